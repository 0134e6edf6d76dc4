#include "leads/lead.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/month.hpp"
#include "base/sha256.hpp"

namespace anlan::leads {

using catalog::AmountKind;
using catalog::Severity;

std::string severity_name(Severity severity) {
  switch (severity) {
    case Severity::high:
      return "high";
    case Severity::medium:
      return "medium";
    case Severity::low:
      return "low";
  }
  return "";
}

std::string amount_kind_name(AmountKind kind) {
  switch (kind) {
    case AmountKind::recoverable:
      return "recoverable";
    case AmountKind::difference:
      return "difference";
    case AmountKind::exposure:
      return "exposure";
  }
  return "";
}

std::string lead_id(const std::string& code, const std::string& subject_kind,
                    const std::string& subject_id) {
  return code + "-" + sha256_hex(code + "\n" + subject_kind + "\n" + subject_id).substr(0, 12);
}

int score_tenths(Severity severity, std::int64_t amount_fen, double identity_quality,
                 double source_quality) {
  const double weight = severity == Severity::high ? 1.0 : severity == Severity::medium ? 0.6 : 0.3;
  // Only the logarithm of the money enters, and it leaves rounded: no amount is ever derived from
  // it.
  const double yuan = static_cast<double>(std::max<std::int64_t>(0, amount_fen)) / 100.0;
  const double points = 40.0 * weight + 25.0 * std::min(1.0, std::log10(1.0 + yuan) / 4.0) +
                        20.0 * identity_quality + 15.0 * source_quality;
  return static_cast<int>(std::lround(points * 10.0));
}

int verify_within_days(int tenths) {
  return tenths >= 750 ? 10 : tenths >= 500 ? 20 : 30;
}

std::string lead_json(const Lead& lead) {
  using Json = nlohmann::ordered_json;
  const auto title = [](const Title& words) { return Json{{"zh", words.zh}, {"en", words.en}}; };
  const auto month = [](std::int32_t value) {
    return value == 0 ? Json() : Json(format_month(Month{value}));
  };
  Json hits = Json::array();
  for (const auto& hit : lead.hits) {
    Json evidence = Json::array();
    for (const auto& row : hit.evidence) {
      evidence.push_back({{"table", row.table}, {"key", row.key}});
    }
    Json months = Json::array();
    if (hit.month != 0) months.push_back(format_month(Month{hit.month}));
    hits.push_back({{"months", std::move(months)},
                    {"amount_fen", hit.amount_fen ? Json(*hit.amount_fen) : Json()},
                    {"person", hit.person_id_no},
                    {"scheme", hit.scheme},
                    {"item", hit.item},
                    {"evidence", std::move(evidence)},
                    {"reason", title(hit.reason)}});
  }
  // The score is written by hand: one decimal, the same on every machine.
  const Json score =
      Json::parse(fmt::format("{}.{}", lead.score_tenths / 10, lead.score_tenths % 10));
  const Json json = {{"lead_id", lead.lead_id},
                     {"detection", lead.detection},
                     {"code", lead.code},
                     {"severity", severity_name(lead.severity)},
                     {"score", score},
                     {"verify_within_days", lead.verify_within_days},
                     {"subject_kind", lead.subject_kind},
                     {"subject_id", lead.subject_id},
                     {"month_from", month(lead.month_from)},
                     {"month_to", month(lead.month_to)},
                     {"amount_kind", amount_kind_name(lead.amount_kind)},
                     {"amount_fen", lead.amount_fen},
                     {"reason", title(lead.reason)},
                     {"n_hits", lead.hits.size()},
                     {"run", lead.run_id},
                     {"snapshot", lead.snapshot_id},
                     {"detection_version", lead.detection_version},
                     {"as_of", lead.as_of},
                     {"params", lead.params},
                     {"hits", std::move(hits)}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace anlan::leads
