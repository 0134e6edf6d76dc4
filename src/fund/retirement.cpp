#include "fund/retirement.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace anlan::fund {
namespace {

struct Delay {
  Month from;  ///< first birth month whose age rises
  int step;    ///< months of birth per month of delay
  int cap;     ///< most months of delay
};

Month raised(Month birth, int base_years, const Delay& delay) {
  const int later = months_between(delay.from, birth);
  const int months = later < 0 ? 0 : std::min(delay.cap, later / delay.step + 1);
  return birth.plus(base_years * 12 + months);
}

}  // namespace

Month statutory_retirement_month(Month birth, RetirementGroup group) {
  switch (group) {
    case RetirementGroup::men:
      return raised(birth, 60, {Month::of(1965, 1), 4, 36});
    case RetirementGroup::women_cadre:
      return raised(birth, 55, {Month::of(1970, 1), 4, 36});
    case RetirementGroup::women_worker:
      return raised(birth, 50, {Month::of(1975, 1), 2, 60});
    case RetirementGroup::resident:
      return birth.plus(60 * 12);
    case RetirementGroup::special_men:
      return birth.plus(55 * 12);
    case RetirementGroup::special_women:
      return birth.plus(45 * 12);
    case RetirementGroup::ill_health_men:
      return birth.plus(50 * 12);
    case RetirementGroup::ill_health_women:
      return birth.plus(45 * 12);
  }
  CHECK(false);
}

int min_contribution_months(int year) {
  return 180 + 6 * std::clamp(year - 2029, 0, 10);
}

}  // namespace anlan::fund
