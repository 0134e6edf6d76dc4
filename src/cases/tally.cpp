#include "cases/tally.hpp"

namespace anlan::cases {
namespace {

bool ended(const DeskLead& lead) {
  return lead.ended_at.has_value();
}

/// Our choice: reading this many rows of differences takes well under a millisecond.
constexpr std::int64_t fold_every = 512;

}  // namespace

void Tally::count(const DeskLead& lead, int sign) {
  auto& sums = counts_[{lead.organisation, lead.state, lead.code, lead.severity}];
  sums.leads += sign;
  sums.amount_fen += sign * lead.amount_fen;
  sums.expected_fen += sign * lead.expected_fen;
}

void Tally::flow(const std::string& organisation, const std::string& kind, std::int64_t leads,
                 std::int64_t amount_fen) {
  auto& sums = flows_[{organisation, kind}];
  sums.leads += leads;
  sums.amount_fen += amount_fen;
}

void Tally::found(const DeskLead& lead) {
  count(lead, 1);
  flow(lead.organisation, "found", 1, lead.amount_fen);
}

void Tally::changed(const DeskLead& before, const DeskLead& after) {
  count(before, -1);
  count(after, 1);
  if (ended(before) && ended(after)) return;
  if (ended(before)) {
    flow(after.organisation, "reopened", 1, after.amount_fen);
    return;
  }
  if (before.organisation != after.organisation) {
    flow(before.organisation, "moved_out", 1, before.amount_fen);
    flow(after.organisation, "moved_in", 1, before.amount_fen);
  }
  if (before.amount_fen != after.amount_fen)
    flow(after.organisation, "regrown", 0, after.amount_fen - before.amount_fen);
  if (ended(after))
    flow(after.organisation, after.state == "dismissed" ? "dismissed" : "closed", 1,
         after.amount_fen);
}

Status Tally::write(store::Transaction& transaction) {
  bool fold = false;
  for (const auto& [kind, sums] : counts_) {
    if (sums.leads == 0 && sums.amount_fen == 0 && sums.expected_fen == 0) continue;
    const auto& [organisation, state, code, severity] = kind;
    const auto row = transaction.query_one(
        "INSERT INTO lead_count (organisation_id, state, code, severity, leads, amount_fen,"
        " expected_fen) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING count_id",
        {organisation, state, code, severity, sums.leads, sums.amount_fen, sums.expected_fen});
    if (!row) return fail(row.error());
    fold = fold || (*row)->integer("count_id") % fold_every == 0;
  }
  for (const auto& [kind, sums] : flows_) {
    if (sums.leads == 0 && sums.amount_fen == 0) continue;
    const auto added = transaction.run(
        "INSERT INTO lead_flow (month, organisation_id, kind, leads, amount_fen)"
        " VALUES (?, ?, ?, ?, ?)",
        {month_.value, kind.first, kind.second, sums.leads, sums.amount_fen});
    if (!added) return fail(added.error());
  }
  counts_.clear();
  flows_.clear();
  if (fold) return fold_sums(transaction);
  return {};
}

Status fold_sums(store::Transaction& transaction) {
  const auto counts = transaction.query(
      "SELECT organisation_id, state, code, severity, sum(leads) AS leads,"
      " sum(amount_fen) AS amount_fen, sum(expected_fen) AS expected_fen FROM lead_count"
      " GROUP BY organisation_id, state, code, severity");
  if (!counts) return fail(counts.error());
  const auto flows = transaction.query(
      "SELECT month, organisation_id, kind, sum(leads) AS leads, sum(amount_fen) AS amount_fen"
      " FROM lead_flow GROUP BY month, organisation_id, kind");
  if (!flows) return fail(flows.error());
  for (const auto* table : {"lead_count", "lead_flow"}) {
    if (const auto emptied = transaction.run(std::string("DELETE FROM ") + table); !emptied)
      return fail(emptied.error());
  }
  for (const auto& row : *counts) {
    if (row.integer("leads") == 0 && row.integer("amount_fen") == 0 &&
        row.integer("expected_fen") == 0)
      continue;
    const auto added = transaction.run(
        "INSERT INTO lead_count (organisation_id, state, code, severity, leads, amount_fen,"
        " expected_fen) VALUES (?, ?, ?, ?, ?, ?, ?)",
        row.values());
    if (!added) return fail(added.error());
  }
  for (const auto& row : *flows) {
    const auto added = transaction.run(
        "INSERT INTO lead_flow (month, organisation_id, kind, leads, amount_fen)"
        " VALUES (?, ?, ?, ?, ?)",
        row.values());
    if (!added) return fail(added.error());
  }
  return {};
}

}  // namespace anlan::cases
