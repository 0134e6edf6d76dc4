#include "sim/books_calendar.hpp"

#include "sim/books_input.hpp"

namespace anlan::sim {
namespace {

int weekday(Date day) {  // 0 = Sunday
  return static_cast<int>(
      std::chrono::weekday{std::chrono::sys_days{std::chrono::days{day.days}}}.c_encoding());
}

struct DayInYear {
  int month;
  int day;
};

DayInYear in_year(Date day) {
  const auto ymd = day.ymd();
  return {static_cast<int>(unsigned{ymd.month()}), static_cast<int>(unsigned{ymd.day()})};
}

bool is_between(DayInYear at, int month, int from, int to) {
  return at.month == month && at.day >= from && at.day <= to;
}

std::string_view holiday(Date day) {
  const DayInYear at = in_year(day);
  if (is_between(at, 1, 1, 1)) return "元旦（合成）";
  if (is_between(at, 2, 1, 7)) return "春节假期（合成）";
  if (is_between(at, 4, 5, 5)) return "清明节（合成）";
  if (is_between(at, 5, 1, 3)) return "劳动节（合成）";
  if (is_between(at, 10, 1, 7)) return "国庆节（合成）";
  return {};
}

// One weekend day before and one after each long holiday is worked in exchange.
bool is_exchanged(Date day) {
  const DayInYear at = in_year(day);
  if (weekday(day) == 0) return is_between(at, 1, 25, 31) || is_between(at, 9, 24, 30);
  if (weekday(day) == 6) return is_between(at, 2, 8, 14) || is_between(at, 10, 8, 14);
  return false;
}

}  // namespace

std::string_view calendar_note(Date day) {
  if (const auto name = holiday(day); !name.empty()) return name;
  return is_exchanged(day) ? "调休上班（合成）" : "";
}

bool is_working_day(Date day) {
  if (!holiday(day).empty()) return false;
  if (is_exchanged(day)) return true;
  return weekday(day) != 0 && weekday(day) != 6;
}

Date working_day_on_or_after(Date day) {
  while (!is_working_day(day)) ++day.days;
  return day;
}

Date plus_working_days(Date day, int n) {
  const int step = n < 0 ? -1 : 1;
  while (n != 0) {
    day.days += step;
    if (is_working_day(day)) n -= step;
  }
  return day;
}

Date first_working_day(Month month) {
  return working_day_on_or_after(Date::of(month.year(), month.month(), 1));
}

Date last_working_day(Month month) {
  Date day = last_day(month);
  while (!is_working_day(day)) --day.days;
  return day;
}

}  // namespace anlan::sim
