#include "rules/policy.hpp"

#include <algorithm>
#include <tuple>

#include "rules/literals.hpp"

namespace anlan::rules {
namespace {

/// 3 district, 2 city, 1 province, 0 country.
int level(std::string_view region) {
  if (region == "000000") return 0;
  if (region.ends_with("0000")) return 1;
  return region.ends_with("00") ? 2 : 3;
}

/// Whether a value set for `of` applies in `region`.
bool covers(std::string_view of, std::string_view region) {
  const std::size_t digits = static_cast<std::size_t>(level(of)) * 2;
  return of.size() == 6 && region.size() == 6 && of.substr(0, digits) == region.substr(0, digits);
}

Kind kind_of_use(const PolicyUse& use) {
  switch (use.type) {
    case catalog::ParamType::integer:
      return Kind::integer;
    case catalog::ParamType::fen:
      return Kind::fen;
    case catalog::ParamType::ratio:
      return Kind::ratio;
    case catalog::ParamType::date:
      return Kind::date;
    case catalog::ParamType::month:
      return Kind::month;
    case catalog::ParamType::text:
      break;
  }
  return Kind::text;
}

}  // namespace

PolicyTable::PolicyTable(std::vector<PolicyRow> rows) : rows_(std::move(rows)) {
  std::sort(rows_.begin(), rows_.end(), [](const PolicyRow& a, const PolicyRow& b) {
    return std::tie(a.code, a.scheme, a.region, a.from, a.value) <
           std::tie(b.code, b.scheme, b.region, b.from, b.value);
  });
}

Scalar PolicyTable::find(const PolicyUse& use, Date day,
                         std::optional<std::string_view> region) const {
  const PolicyRow* best = nullptr;
  const auto better = [&](const PolicyRow& row) {
    if (best == nullptr) return true;
    return std::pair(level(row.region), row.from) >= std::pair(level(best->region), best->from);
  };
  for (const auto& row : rows_) {
    if (row.code != use.code || (!use.scheme.empty() && row.scheme != use.scheme)) continue;
    if (day < row.from || (row.to && *row.to < day)) continue;
    if (region ? !covers(row.region, *region) : level(row.region) == 3) continue;
    if (better(row)) best = &row;
  }
  if (best == nullptr) return use.value ? Scalar::of(*use.value) : Scalar::missing();
  const auto value = literal_value(kind_of_use(use), best->value);
  return value ? Scalar::of(*value) : Scalar::failed(Fault::out_of_range);
}

}  // namespace anlan::rules
