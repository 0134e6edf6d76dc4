#include "base/month.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"

namespace anlan {
namespace {

/// Up to three groups of digits, separated by '-', '/', '.', or the words 年 月 日.
struct Parts {
  std::array<int, 3> value{};
  std::array<int, 3> digits{};
  int count = 0;
  bool ok = false;
};

Parts split_parts(std::string_view text) {
  Parts parts;
  std::size_t i = 0;
  while (i < text.size()) {
    if (parts.count == 3) return parts;
    int digits = 0;
    int value = 0;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') {
      if (++digits > 8) return parts;
      value = value * 10 + (text[i++] - '0');
    }
    if (digits == 0) return parts;
    const auto slot = static_cast<std::size_t>(parts.count++);
    parts.value[slot] = value;
    parts.digits[slot] = digits;
    if (i == text.size()) break;
    const std::string_view rest = text.substr(i);
    bool separated = false;
    for (const std::string_view mark : {"年", "月", "日"}) {
      if (!rest.starts_with(mark)) continue;
      i += mark.size();
      separated = true;
      break;
    }
    if (!separated) {
      if (text[i] != '-' && text[i] != '/' && text[i] != '.') return parts;
      if (++i == text.size()) return parts;  // a separator must be followed by something
    }
  }
  parts.ok = parts.count > 0;
  return parts;
}

bool plausible_year(int year) {
  return (year >= 1900 && year <= 2199) || year == 9999;
}

}  // namespace

Date Date::of(int year, int month, int day) {
  const std::chrono::sys_days days =
      std::chrono::year{year} / static_cast<unsigned>(month) / static_cast<unsigned>(day);
  return {static_cast<std::int32_t>(days.time_since_epoch().count())};
}

Month Date::month() const {
  const auto date = ymd();
  return Month::of(static_cast<int>(date.year()),
                   static_cast<int>(static_cast<unsigned>(date.month())));
}

Result<Month> parse_month(std::string_view text) {
  const Parts parts = split_parts(trim(text));
  int year = 0;
  int month = 0;
  if (parts.ok && parts.count == 1 && parts.digits[0] == 6) {
    year = parts.value[0] / 100;
    month = parts.value[0] % 100;
  } else if (parts.ok && parts.count == 2 && parts.digits[0] == 4 && parts.digits[1] <= 2) {
    year = parts.value[0];
    month = parts.value[1];
  } else if (const auto date = parse_date(text)) {
    return date->month();
  }
  if (!plausible_year(year) || month < 1 || month > 12) {
    return fail(ErrorKind::invalid_input, "month.malformed", "expected a month like 2018-11");
  }
  return Month::of(year, month);
}

Result<Date> parse_date(std::string_view text) {
  const Parts parts = split_parts(trim(text));
  int year = 0;
  int month = 0;
  int day = 0;
  if (parts.ok && parts.count == 1 && parts.digits[0] == 8) {
    year = parts.value[0] / 10000;
    month = parts.value[0] / 100 % 100;
    day = parts.value[0] % 100;
  } else if (parts.ok && parts.count == 3 && parts.digits[0] == 4 && parts.digits[1] <= 2 &&
             parts.digits[2] <= 2) {
    year = parts.value[0];
    month = parts.value[1];
    day = parts.value[2];
  } else {
    return fail(ErrorKind::invalid_input, "date.malformed", "expected a date like 2018-11-30");
  }
  const auto ymd = std::chrono::year{year} / month / day;
  if (!plausible_year(year) || !ymd.ok()) {
    return fail(ErrorKind::invalid_input, "date.impossible", "no such day");
  }
  return Date::of(year, month, day);
}

std::string format_month(Month month) {
  return fmt::format("{:04}-{:02}", month.year(), month.month());
}

std::string format_date(Date date) {
  const auto ymd = date.ymd();
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
}

Date last_day(Month month) {
  return {Date::of(month.plus(1).year(), month.plus(1).month(), 1).days - 1};
}

}  // namespace anlan
