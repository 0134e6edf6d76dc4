#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace anlan {

/// A calendar month, kept as the field writes it: 201811. Arithmetic goes through `index()`.
struct Month {
  std::int32_t value = 0;  // YYYYMM

  static constexpr Month of(int year, int month) { return {year * 100 + month}; }
  static constexpr Month from_index(int index) { return of(index / 12, index % 12 + 1); }
  constexpr int year() const { return value / 100; }
  constexpr int month() const { return value % 100; }
  constexpr int index() const { return year() * 12 + month() - 1; }  // months since year 0
  constexpr Month plus(int months) const { return from_index(index() + months); }

  friend constexpr auto operator<=>(Month, Month) = default;
};

/// Months from `a` to `b`; negative if `b` is earlier.
constexpr int months_between(Month a, Month b) {
  return b.index() - a.index();
}

/// A calendar day: days since 1970-01-01, as DuckDB and Parquet count.
struct Date {
  std::int32_t days = 0;

  static Date of(int year, int month, int day);
  std::chrono::year_month_day ymd() const {
    return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{days}}};
  }
  Month month() const;

  friend constexpr auto operator<=>(Date, Date) = default;
};

/// 201811, 2018-11, 2018/11, 2018.11, 2018年11月, or a date whose month is taken.
/// Errors: invalid_input "month.malformed". Years 1900 to 2199.
Result<Month> parse_month(std::string_view text);

/// 20181130, 2018-11-30, 2018/11/30, 2018.11.30 (one-digit parts allowed with separators),
/// 2018年11月30日. Errors: invalid_input "date.malformed", "date.impossible". Years 1900 to 2199,
/// and 9999-12-31 for "no end".
Result<Date> parse_date(std::string_view text);

std::string format_month(Month month);  // "2018-11"
std::string format_date(Date date);     // "2018-11-30"
Date last_day(Month month);

}  // namespace anlan
