#include "fund/pension.hpp"

#include <algorithm>

namespace anlan::fund {
namespace {

__extension__ using Wide = __int128;

constexpr int divisors[] = {233, 230, 226, 223, 220, 216, 212, 208, 204, 199, 195,
                            190, 185, 180, 175, 170, 164, 158, 152, 145, 139, 132,
                            125, 117, 109, 101, 93,  84,  75,  65,  56};
constexpr int youngest = 40;
constexpr int oldest = 70;
static_assert(std::size(divisors) == oldest - youngest + 1);

// Money is never negative here, so half up is half away from zero.
Fen rounded(Wide numerator, Wide denominator) {
  return {static_cast<std::int64_t>((2 * numerator + denominator) / (2 * denominator))};
}

}  // namespace

std::int64_t divisor_twelfths(int age_months) {
  const int months = std::clamp(age_months, youngest * 12, oldest * 12);
  const int year = months / 12 - youngest;
  const int part = months % 12;
  if (part == 0) return divisors[year] * 12;
  return divisors[year] * 12 - (divisors[year] - divisors[year + 1]) * part;
}

Fen account_pension(Fen account, std::int64_t twelfths) {
  return rounded(Wide{account.value} * 12, twelfths);
}

EmployeePension employee_pension(const EmployeePensionInput& input) {
  const Wide wage = input.average_wage.value;
  // base = C · (1+I)/2 · months/12 · 1%;  transit = C · Id · months/12 · r.
  const Wide base = wage * (1'000'000 + input.index_millionths) * input.total_months;
  const Wide base_over = Wide{2} * 1'000'000 * 12 * 100;
  const Wide transit = wage * input.deemed_index_millionths * input.deemed_months *
                       input.transit_rate_ten_thousandths;
  const Wide transit_over = Wide{1'000'000} * 12 * 10'000;
  const Wide account = Wide{input.account.value} * 12;
  const Wide account_over = divisor_twelfths(input.age_months);

  EmployeePension pension;
  pension.base = rounded(base, base_over);
  pension.transit = rounded(transit, transit_over);
  pension.account = rounded(account, account_over);
  static_assert(Wide{1'000'000} * 12 * 10'000 == Wide{2} * 1'000'000 * 12 * 100 * 50);
  pension.total = rounded((base * 50 + transit) * account_over + account * transit_over,
                          transit_over * account_over);
  return pension;
}

Fen resident_pension(Fen basic, Fen account) {
  return basic + account_pension(account, 139 * 12);
}

int unemployment_months_max(int paid_months, int carried_months) {
  if (paid_months < 12) return 0;
  const int own = paid_months < 60 ? 12 : paid_months < 120 ? 18 : 24;
  return std::min(24, own + carried_months);
}

}  // namespace anlan::fund
