#include "cases/numbers.hpp"

#include <algorithm>
#include <map>

#include "cases/desk_rows.hpp"

namespace anlan::cases {
namespace {

/// The earliest day that lies at most so many working days before `today`.
Date earliest_day(const fund::WorkCalendar& calendar, Date today, int working_days) {
  auto day = today;
  for (int passed = calendar.works_on(day) ? 1 : 0; passed <= working_days;) {
    --day.days;
    passed += calendar.works_on(day) ? 1 : 0;
  }
  return {day.days + 1};
}

void add(FlowRow::Figure& to, const FlowRow::Figure& more, int sign = 1) {
  to.leads += sign * more.leads;
  to.amount_fen += sign * more.amount_fen;
}

FlowRow::Figure& figure_of(FlowRow& row, const std::string& kind) {
  if (kind == "found") return row.found;
  if (kind == "reopened") return row.reopened;
  if (kind == "regrown") return row.regrown;
  if (kind == "moved_in") return row.moved_in;
  if (kind == "moved_out") return row.moved_out;
  return kind == "closed" ? row.closed : row.dismissed;
}

FlowRow::Figure closing_of(const FlowRow& row) {
  auto closing = row.opening;
  for (const auto& came : {row.found, row.reopened, row.regrown, row.moved_in}) add(closing, came);
  for (const auto& went : {row.moved_out, row.closed, row.dismissed}) add(closing, went, -1);
  return closing;
}

}  // namespace

Result<std::vector<AgeRow>> ageing(store::Transaction& transaction, const access::Actor& actor,
                                   const catalog::Catalog& catalog, Date today) {
  const auto scope = readable_leads(actor).condition("organisation_id");
  // Sums up to each limit; the buckets are their differences.
  std::string sums;
  std::vector<store::Value> values;
  for (std::size_t i = 0; i < std::size(age_bucket_days); ++i) {
    sums += ", sum(CASE WHEN found_at >= ? THEN 1 ELSE 0 END) AS up_to_" + std::to_string(i);
    values.emplace_back(
        Instant::start_of(earliest_day(catalog.calendar, today, age_bucket_days[i])).ms);
  }
  values.emplace_back(today.days);
  values.insert(values.end(), scope.values.begin(), scope.values.end());
  const auto rows = transaction.query("SELECT state, count(*) AS leads" + sums +
                                          ", sum(CASE WHEN due_on < ? THEN 1 ELSE 0 END) AS "
                                          "overdue FROM lead WHERE ended_at IS NULL"
                                          " AND " +
                                          scope.sql + " GROUP BY state",
                                      values);
  if (!rows) return fail(rows.error());
  std::vector<AgeRow> ages;
  for (const auto& state : catalog.procedure.states) {
    for (const auto& row : *rows) {
      if (row.text("state") != state.name) continue;
      AgeRow age{state.name, {}, row.integer("overdue")};
      std::int64_t younger = 0;
      for (std::size_t i = 0; i < std::size(age_bucket_days); ++i) {
        const auto up_to = row.integer("up_to_" + std::to_string(i));
        age.leads.push_back(up_to - younger);
        younger = up_to;
      }
      age.leads.push_back(row.integer("leads") - younger);
      ages.push_back(std::move(age));
    }
  }
  return ages;
}

Result<std::vector<FlowRow>> stock_and_flow(store::Transaction& transaction,
                                            const access::Actor& actor, Month from, Month to) {
  const auto scope = readable_leads(actor).condition("organisation_id");
  auto values = scope.values;
  values.emplace_back(to.value);
  const auto rows = transaction.query(
      "SELECT month, kind, sum(leads) AS leads, sum(amount_fen) AS amount_fen FROM lead_flow"
      " WHERE " +
          scope.sql + " AND month <= ? GROUP BY month, kind",
      values);
  if (!rows) return fail(rows.error());
  std::map<std::int32_t, FlowRow> by_month;
  for (const auto& row : *rows) {
    auto& month = by_month[static_cast<std::int32_t>(row.integer("month"))];
    figure_of(month, row.text("kind")) = {row.integer("leads"), row.integer("amount_fen")};
  }
  std::vector<FlowRow> flow;
  FlowRow::Figure stock;
  for (auto& [month, row] : by_month) {
    if (month >= from.value) break;
    row.opening = stock;
    stock = closing_of(row);
  }
  for (auto month = from; month <= to; month = month.plus(1)) {
    auto row = by_month[month.value];
    row.month = month;
    row.opening = stock;
    row.closing = closing_of(row);
    stock = row.closing;
    flow.push_back(row);
  }
  return flow;
}

}  // namespace anlan::cases
