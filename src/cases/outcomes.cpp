#include "cases/outcomes.hpp"

#include <fmt/format.h>

#include "cases/numbers.hpp"

namespace anlan::cases {
namespace {

DetectionOutcome outcome_from(const store::Row& row) {
  return {row.text("code"), row.integer("confirmed"), row.integer("partly"),
          row.integer("unfounded"), row.integer("unverifiable")};
}

Result<std::vector<DetectionOutcome>> all_outcomes(store::Transaction& transaction) {
  const auto rows = transaction.query("SELECT * FROM detection_outcome ORDER BY code");
  if (!rows) return fail(rows.error());
  std::vector<DetectionOutcome> outcomes;
  for (const auto& row : *rows) outcomes.push_back(outcome_from(row));
  return outcomes;
}

}  // namespace

std::optional<int> DetectionOutcome::precision_mille() const {
  if (concluded() < precision_known_from) return std::nullopt;
  return static_cast<int>((confirmed + partly) * 1000 / concluded());
}

Status count_outcomes(store::Transaction& transaction, const std::vector<DeskLead>& leads,
                      int sign) {
  for (const auto& lead : leads) {
    if (!lead.result) continue;
    const auto column = name_of(*lead.result);
    const auto there = transaction.run(
        "INSERT INTO detection_outcome (code, confirmed, partly, unfounded,"
        " unverifiable) VALUES (?, 0, 0, 0, 0) ON CONFLICT (code) DO NOTHING",
        {lead.code});
    if (!there) return fail(there.error());
    const auto counted = transaction.run(
        fmt::format("UPDATE detection_outcome SET {0} = {0} + ? WHERE code = ?", column),
        {sign, lead.code});
    if (!counted) return fail(counted.error());
  }
  return {};
}

Result<std::map<std::string, int>> known_precision(store::Transaction& transaction) {
  const auto outcomes = all_outcomes(transaction);
  if (!outcomes) return fail(outcomes.error());
  std::map<std::string, int> known;
  for (const auto& one : *outcomes) {
    if (const auto mille = one.precision_mille()) known.emplace(one.code, *mille);
  }
  return known;
}

Result<std::vector<DetectionOutcome>> precision(store::Transaction& transaction,
                                                const access::Actor& actor) {
  const auto scope = readable_leads(actor);
  if (!scope.is_everything() && scope.organisations().empty())
    return fail(ErrorKind::forbidden, "access.no_right", "lead_read");
  return all_outcomes(transaction);
}

}  // namespace anlan::cases
