#include "fund/work_calendar.hpp"

#include "base/check.hpp"

namespace anlan::fund {

bool WorkCalendar::works_on(Date day) const {
  if (closed.contains(day)) return false;
  if (worked.contains(day)) return true;
  const std::chrono::weekday weekday{std::chrono::sys_days{std::chrono::days{day.days}}};
  return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday;
}

Date WorkCalendar::working_days_after(Date day, int n) const {
  CHECK(n >= 1);
  while (n > 0) {
    ++day.days;
    if (works_on(day)) --n;
  }
  return day;
}

}  // namespace anlan::fund
