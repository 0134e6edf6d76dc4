#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/month.hpp"
#include "rules/checked.hpp"
#include "rules/scalar.hpp"

namespace anlan::rules {

/// A row of the canonical table policy_param.
struct PolicyRow {
  std::string code;
  std::string scheme;
  std::string region;
  Date from;
  std::optional<Date> to;  ///< last day it is valid
  std::string value;       ///< as people write it: fen as yuan
};

/// What param("name", at) reads.
class PolicyTable {
 public:
  PolicyTable() = default;
  explicit PolicyTable(std::vector<PolicyRow> rows);

  /// The value valid on the day: of `region` (six digits), else of its city, else of its province,
  /// else of the whole country (000000); without a region, of the city or what is above it. Of
  /// several, the one that began last. Without any, the use's own value, else missing; a text that
  /// is no value of the type is an error.
  Scalar find(const PolicyUse& use, Date day, std::optional<std::string_view> region) const;

  const std::vector<PolicyRow>& rows() const { return rows_; }

 private:
  std::vector<PolicyRow> rows_;  ///< by code and scheme, then begin
};

}  // namespace anlan::rules
