#include "rules/arithmetic.hpp"

#include "fund/pension.hpp"
#include "fund/retirement.hpp"

namespace anlan::rules {
namespace {

std::int64_t whole_years(int months) {
  return months >= 0 ? months / 12 : -((-months + 11) / 12);
}

// Beyond these no pension is; the formulae stay exact within them.
constexpr std::int64_t fen_max = 1'000'000'000'000;  // ten billion yuan
constexpr std::int64_t months_max = 2400;
constexpr std::int64_t index_max = 1'000 * ratio_one;

bool within(std::int64_t value, std::int64_t largest) {
  return value >= 0 && value <= largest;
}

constexpr Number no_formula{0, Fault::out_of_range};

}  // namespace

std::int64_t age_on(Date birth, Date day) {
  const auto born = birth.ymd();
  const auto now = day.ymd();
  const int months = months_between(birth.month(), day.month());
  return whole_years(now.day() < born.day() ? months - 1 : months);
}

std::int64_t age_in(Date birth, Month month) {
  return whole_years(months_between(birth.month(), month));
}

std::optional<Month> stat_month(std::string_view sex, Date birth, std::string_view post_class) {
  using fund::RetirementGroup;
  std::optional<RetirementGroup> group;
  if (sex == "1") group = RetirementGroup::men;
  if (sex == "2" && post_class == "G") group = RetirementGroup::women_cadre;
  if (sex == "2" && post_class == "W") group = RetirementGroup::women_worker;
  if (!group) return std::nullopt;
  return fund::statutory_retirement_month(birth.month(), *group);
}

Number employee_pension(std::int64_t average_wage_fen, std::int64_t index,
                        std::int64_t total_months, std::int64_t deemed_months,
                        std::int64_t deemed_index, std::int64_t transit_rate,
                        std::int64_t account_fen, std::int64_t age_months) {
  const bool fits = within(average_wage_fen, fen_max) && within(index, index_max) &&
                    within(total_months, months_max) && within(deemed_months, months_max) &&
                    within(deemed_index, index_max) && within(transit_rate, ratio_one) &&
                    transit_rate % 100 == 0 && within(account_fen, fen_max) &&
                    within(age_months, months_max);
  if (!fits) return no_formula;
  fund::EmployeePensionInput input;
  input.average_wage = {average_wage_fen};
  input.index_millionths = index;
  input.total_months = static_cast<int>(total_months);
  input.deemed_months = static_cast<int>(deemed_months);
  input.deemed_index_millionths = deemed_index;
  input.transit_rate_ten_thousandths = static_cast<int>(transit_rate / 100);
  input.account = {account_fen};
  input.age_months = static_cast<int>(age_months);
  return {fund::employee_pension(input).total.value, Fault::none};
}

Number resident_pension(std::int64_t basic_fen, std::int64_t account_fen) {
  if (!within(basic_fen, fen_max) || !within(account_fen, fen_max)) return no_formula;
  return {fund::resident_pension({basic_fen}, {account_fen}).value, Fault::none};
}

Number unemployment_months(std::int64_t paid_months, std::int64_t carried_months) {
  if (!within(paid_months, months_max) || !within(carried_months, months_max)) return no_formula;
  return {fund::unemployment_months_max(static_cast<int>(paid_months),
                                        static_cast<int>(carried_months)),
          Fault::none};
}

const char* fault_name(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::overflow:
      return "overflow";
    case Fault::division_by_zero:
      return "division by zero";
    case Fault::out_of_range:
      return "out of range";
  }
  return "none";
}

}  // namespace anlan::rules
