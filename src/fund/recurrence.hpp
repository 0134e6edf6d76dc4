#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "fund/work_calendar.hpp"

namespace anlan::fund {

/// Something that is due again and again, in China's time.
struct Recurrence {
  enum class Unit { daily, working_days, weekly, monthly };
  Unit unit = Unit::daily;
  int day = 0;     ///< weekly: 1 (Monday) to 7; monthly: the n-th working day, 1 to 15
  int minute = 0;  ///< of the day

  friend bool operator==(const Recurrence&, const Recurrence&) = default;
};

/// "daily 02:30", "working_days 01:00", "weekly mon 02:00", "monthly 5 02:00" (the fifth working
/// day). Errors: invalid_input "schedule.rule".
Result<Recurrence> parse_recurrence(std::string_view text);
std::string text_of(const Recurrence& rule);

/// The first moment after `after` at which it is due.
Instant next_after(const Recurrence& rule, const WorkCalendar& calendar, Instant after);

}  // namespace anlan::fund
