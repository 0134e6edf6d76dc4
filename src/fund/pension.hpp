#pragma once

#include <cstdint>

#include "base/fen.hpp"

namespace anlan::fund {

/// Divisor months 计发月数 in twelfths (60 years: 139 × 12), by age at retirement; linear between
/// whole years. Ages below 40 and above 70 count as 40 and 70. Source: 国发〔2005〕38号, annex;
/// between years: our choice.
std::int64_t divisor_twelfths(int age_months);

/// An account divided by its divisor months, rounded half up to the fen.
Fen account_pension(Fen account, std::int64_t divisor_twelfths);

struct EmployeePensionInput {
  Fen average_wage;                   ///< C: last year's local average, or 计发基数, a month
  std::int64_t index_millionths = 0;  ///< mean of base ÷ average wage
  int total_months = 0;               ///< deemed and paid
  int deemed_months = 0;              ///< before personal accounts existed
  std::int64_t deemed_index_millionths = 0;
  int transit_rate_ten_thousandths = 0;  ///< r: 100–140, local
  Fen account;
  int age_months = 0;
};

struct EmployeePension {
  Fen base;     ///< 基础养老金
  Fen transit;  ///< 过渡性养老金
  Fen account;  ///< 个人账户养老金
  Fen total;  ///< the exact sum rounded once: may differ by a fen from the sum of the rounded parts
};

/// Source: 国发〔2005〕38号. Rounding half up to 0.01 yuan.
EmployeePension employee_pension(const EmployeePensionInput& input);

/// Basic pension and account ÷ 139. Source: 国发〔2014〕8号.
Fen resident_pension(Fen basic, Fen account);

/// Most months of unemployment benefit for `paid_months` since the last spell (below 12: none) and
/// the months carried over from before; never more than 24. Source: 社会保险法 46.
int unemployment_months_max(int paid_months, int carried_months);

}  // namespace anlan::fund
