#include "rules/policy_rows.hpp"

namespace anlan::rules {

Result<PolicyTable> read_policies(lake::Connection& connection) {
  auto rows = connection.query(
      "SELECT code, scheme, region, valid_from, valid_to, value FROM policy_param "
      "WHERE code IS NOT NULL AND scheme IS NOT NULL AND region IS NOT NULL "
      "AND valid_from IS NOT NULL AND value IS NOT NULL");
  if (!rows) return fail(rows.error());
  std::vector<PolicyRow> all;
  for (;;) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) break;
    PolicyRow row{std::string(rows->text(0)),
                  std::string(rows->text(1)),
                  std::string(rows->text(2)),
                  Date{static_cast<std::int32_t>(rows->int64(3))},
                  std::nullopt,
                  std::string(rows->text(5))};
    if (!rows->is_null(4)) row.to = Date{static_cast<std::int32_t>(rows->int64(4))};
    all.push_back(std::move(row));
  }
  return PolicyTable(std::move(all));
}

}  // namespace anlan::rules
