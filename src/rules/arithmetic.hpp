#pragma once

// What numbers, months and days do in rules. Every evaluator calls these, so that all agree.

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "base/month.hpp"

namespace anlan::rules {

/// Why an expression has no value on one dossier.
enum class Fault : std::uint8_t {
  none,
  overflow,          ///< a number beyond ±(2^63 − 1)
  division_by_zero,  ///< /, %, div or ratio_of
  out_of_range,      ///< a month or day before 1900 or after 9999, or an argument no formula takes
};

struct Number {
  std::int64_t value = 0;
  Fault fault = Fault::none;

  friend bool operator==(const Number&, const Number&) = default;
};

__extension__ using Wide = __int128;

constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max();
constexpr Month month_first = Month::of(1900, 1);
constexpr Month month_last = Month::of(9999, 12);
constexpr std::int64_t day_first = -25567;   ///< 1900-01-01
constexpr std::int64_t day_last = 2932896;   ///< 9999-12-31
constexpr std::int64_t ratio_one = 1000000;  ///< a ratio counts millionths

/// The lowest int64 stands for "missing" in columns and is no number.
constexpr Number narrowed(Wide value) {
  if (value > number_max || value < -Wide{number_max}) return {0, Fault::overflow};
  return {static_cast<std::int64_t>(value), Fault::none};
}

constexpr Number add(std::int64_t a, std::int64_t b) {
  return narrowed(Wide{a} + b);
}
constexpr Number subtract(std::int64_t a, std::int64_t b) {
  return narrowed(Wide{a} - b);
}
constexpr Number multiply(std::int64_t a, std::int64_t b) {
  return narrowed(Wide{a} * b);
}
constexpr Number divide(std::int64_t a, std::int64_t b) {
  if (b == 0) return {0, Fault::division_by_zero};
  return {a / b, Fault::none};
}
constexpr Number remainder(std::int64_t a, std::int64_t b) {
  if (b == 0) return {0, Fault::division_by_zero};
  return {b == -1 ? 0 : a % b, Fault::none};
}

/// a ÷ b to the nearest whole number, halves away from zero: 四舍五入.
constexpr Number divide_half_up(Wide a, Wide b) {
  if (b == 0) return {0, Fault::division_by_zero};
  const bool negative = (a < 0) != (b < 0);
  const Wide size = a < 0 ? -a : a;
  const Wide parts = b < 0 ? -b : b;
  const Wide rounded = (size + parts / 2) / parts;
  // With odd parts, parts / 2 is just below a half, which no whole remainder can equal.
  return narrowed(negative ? -rounded : rounded);
}

constexpr Number share(std::int64_t fen, std::int64_t ratio) {
  return divide_half_up(Wide{fen} * ratio, ratio_one);
}
constexpr Number ratio_of(std::int64_t part, std::int64_t whole) {
  return divide_half_up(Wide{part} * ratio_one, whole);
}

/// `month` is YYYYMM, as the result.
constexpr Number add_months(std::int64_t month, std::int64_t months) {
  const Wide index = Wide{Month{static_cast<std::int32_t>(month)}.index()} + months;
  if (index < month_first.index() || index > month_last.index()) return {0, Fault::out_of_range};
  return {Month::from_index(static_cast<int>(index)).value, Fault::none};
}
/// Months from `b` to `a`: a − b.
constexpr std::int64_t month_difference(std::int64_t a, std::int64_t b) {
  return months_between(Month{static_cast<std::int32_t>(b)}, Month{static_cast<std::int32_t>(a)});
}
constexpr Number add_days(std::int64_t date, std::int64_t days) {
  const Wide day = Wide{date} + days;
  if (day < day_first || day > day_last) return {0, Fault::out_of_range};
  return {static_cast<std::int64_t>(day), Fault::none};
}

/// Full years from a birth date to a day: one more on each birthday; who is born on February 29
/// has it on March 1 in other years.
std::int64_t age_on(Date birth, Date day);
/// Full years in a month: one more from the month of the birthday on.
std::int64_t age_in(Date birth, Month month);

/// Statutory retirement month by codes of the lists sex and post_class; nothing if the codes do
/// not tell the group, as for a woman whose post class is missing ("").
std::optional<Month> stat_month(std::string_view sex, Date birth, std::string_view post_class);

/// Monthly employee pension by 国发〔2005〕38号. Ratios in millionths; the transit rate to 0.0001.
Number employee_pension(std::int64_t average_wage_fen, std::int64_t index,
                        std::int64_t total_months, std::int64_t deemed_months,
                        std::int64_t deemed_index, std::int64_t transit_rate,
                        std::int64_t account_fen, std::int64_t age_months);
Number resident_pension(std::int64_t basic_fen, std::int64_t account_fen);
Number unemployment_months(std::int64_t paid_months, std::int64_t carried_months);

const char* fault_name(Fault fault);  ///< "overflow", …, as in counts and messages

}  // namespace anlan::rules
