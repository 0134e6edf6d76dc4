#include "rules/functions.hpp"

namespace anlan::rules {

std::span<const FieldFunction> field_functions() {
  using enum Kind;
  static const std::vector<FieldFunction> all = {
      {"share", Op::share, {fen, ratio}, fen},
      {"div", Op::div, {fen, integer}, fen},
      {"ratio_of", Op::ratio_of, {fen, fen}, ratio},
      {"ratio_of", Op::ratio_of, {integer, integer}, ratio},
      {"month", Op::month_of, {date}, month},
      {"months_between", Op::month_difference, {month, month}, integer, true},
      {"first_day", Op::first_day, {month}, date},
      {"last_day", Op::last_day, {month}, date},
      {"year", Op::year_of, {month}, integer},
      {"year", Op::year_of, {date}, integer},
      {"age_at", Op::age_on_day, {date, date}, integer},
      {"age_at", Op::age_in_month, {date, month}, integer},
      {"stat_month", Op::stat_month, {text, date, text}, month},
      {"min_months", Op::min_months, {month}, integer},
      {"employee_pension",
       Op::employee_pension,
       {fen, ratio, integer, integer, ratio, ratio, fen, integer},
       fen},
      {"resident_pension", Op::resident_pension, {fen, fen}, fen},
      {"unemployment_months", Op::unemployment_months, {integer, integer}, integer},
  };
  return all;
}

std::string signature(const FieldFunction& function) {
  std::string out = std::string(function.name) + "(";
  for (std::size_t i = 0; i < function.takes.size(); ++i) {
    out += (i > 0 ? ", " : "") + kind_name(function.takes[i]);
  }
  return out + ")";
}

}  // namespace anlan::rules
