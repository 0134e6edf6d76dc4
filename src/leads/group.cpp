#include "leads/group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/check.hpp"
#include "base/fen.hpp"
#include "base/month.hpp"
#include "leads/sentence.hpp"

namespace anlan::leads {
namespace {

/// What a single hit says for itself: month, amount, and how many rows of which tables it rests on.
std::string hit_reason(const LeadHit& hit, const catalog::Catalog& catalog, Lang lang) {
  std::string words;
  const auto add = [&](const std::string& part) {
    if (part.empty()) return;
    if (!words.empty()) words += lang == Lang::zh ? "，" : ", ";
    words += part;
  };
  if (hit.month != 0) add(format_month(Month{hit.month}));
  if (hit.amount_fen) {
    add(fmt::format(fmt::runtime(say(lang, "{} 元", "{} yuan")),
                    format_yuan(Fen{*hit.amount_fen})));
  }
  std::string rows;
  for (const auto& evidence : hit.evidence) {
    const auto* table = catalog.table(evidence.table);
    if (!rows.empty()) rows += lang == Lang::zh ? "、" : ", ";
    rows += (table != nullptr ? table->title.in(lang) : evidence.table);
  }
  if (!rows.empty()) add(std::string(say(lang, "依据", "see ")) + rows);
  return words;
}

/// Money of one (person, scheme, item, month) counts once, at its largest; money that is nobody's
/// counts each time.
std::int64_t amount_once(const std::vector<LeadHit>& hits) {
  using Key = std::tuple<std::string, std::string, std::string, std::int32_t>;
  std::map<Key, std::int64_t> once;
  std::int64_t total = 0;
  for (const auto& hit : hits) {
    if (!hit.amount_fen) continue;
    if (hit.person_id_no.empty()) {
      total += *hit.amount_fen;
      continue;
    }
    const auto [slot, fresh] =
        once.try_emplace({hit.person_id_no, hit.scheme, hit.item, hit.month}, *hit.amount_fen);
    if (!fresh) slot->second = std::max(slot->second, *hit.amount_fen);
  }
  for (const auto& [key, amount] : once) total += amount;
  return total;
}

}  // namespace

Status LeadGrouper::add(const detect::Hit& hit) {
  if (lead_ && lead_->subject_id != hit.subject_id) {
    CHECK(lead_->subject_id < hit.subject_id);
    if (auto given = give_out(); !given) return given;
  }
  if (!lead_) {
    lead_.emplace();
    lead_->subject_id = hit.subject_id;
    identity_quality_ = hit.identity_quality;
    source_quality_ = hit.source_quality;
    first_values_ = hit.values;
  }
  // A lead is as sure as its least sure hit.
  identity_quality_ = std::min(identity_quality_, hit.identity_quality);
  source_quality_ = std::min(source_quality_, hit.source_quality);
  LeadHit kept{hit.month, hit.amount_fen, hit.person_id_no, hit.scheme, hit.item, hit.evidence, {}};
  kept.reason = {hit_reason(kept, catalog_, Lang::zh), hit_reason(kept, catalog_, Lang::en)};
  lead_->hits.push_back(std::move(kept));
  return {};
}

Status LeadGrouper::finish() {
  return lead_ ? give_out() : Status{};
}

Status LeadGrouper::give_out() {
  Lead& lead = *lead_;
  lead.code = detection_.code;
  lead.detection = detection_.name;
  lead.detection_version = detection_.version;
  lead.severity = detection_.severity;
  lead.amount_kind = detection_.amount_kind;
  lead.subject_kind = detection_.about;
  lead.lead_id = lead_id(lead.code, lead.subject_kind, lead.subject_id);
  for (const auto& hit : lead.hits) {
    if (hit.month == 0) continue;
    if (lead.month_from == 0 || hit.month < lead.month_from) lead.month_from = hit.month;
    lead.month_to = std::max(lead.month_to, hit.month);
  }
  lead.amount_fen = amount_once(lead.hits);
  lead.score_tenths =
      score_tenths(lead.severity, lead.amount_fen, identity_quality_, source_quality_);
  lead.verify_within_days = verify_within_days(lead.score_tenths);

  const ValueOf value_of = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "subject_id") {
      return shown_subject(lead.subject_kind, lead.subject_id);
    }
    if (name == "n_hits") return std::to_string(lead.hits.size());
    if (name == "month_from") return lead.month_from ? std::to_string(lead.month_from) : "";
    if (name == "month_to") return lead.month_to ? std::to_string(lead.month_to) : "";
    if (name == "amount_fen") return std::to_string(lead.amount_fen);
    for (const auto& [column, text] : first_values_) {
      if (column == name) return text;
    }
    if (const auto param = origin_.params.find(name); param != origin_.params.end()) {
      return param->second;
    }
    return std::nullopt;
  };
  lead.reason = {fill_sentence(detection_.because.zh, Lang::zh, catalog_, value_of),
                 fill_sentence(detection_.because.en, Lang::en, catalog_, value_of)};
  lead.run_id = origin_.run_id;
  lead.snapshot_id = origin_.snapshot_id;
  lead.as_of = origin_.as_of;
  lead.params = origin_.params;
  auto given = sink_(lead);
  lead_.reset();
  return given;
}

}  // namespace anlan::leads
