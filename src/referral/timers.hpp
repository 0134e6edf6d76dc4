#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "catalog/referral_terms.hpp"
#include "fund/work_calendar.hpp"

namespace anlan::referral {

/// An event as it happened.
struct Happened {
  std::string event;
  Instant at;
};

enum class TimerState {
  running,  ///< not done, and its limit is not over, or it has none
  overdue,  ///< not done, and its limit is over
  in_time,  ///< done within the limit, or without one
  late,     ///< done after it
};
std::string_view name_of(TimerState state);

struct Timer {
  const catalog::ReferralClock* clock;  ///< of the terms, which must outlive this
  Instant from;
  std::optional<Instant> due;  ///< the last moment in time; none: no limit
  std::optional<Instant> done;
  TimerState state = TimerState::running;
};

/// The clock of every step that began, in the order in which they began. A day counts to its end in
/// China. A step of a referral that is over, and was never done, is left out: it is no longer to be
/// done. Pure. In: what happened, oldest first.
std::vector<Timer> timers_of(const catalog::ReferralTerms& terms,
                             const std::vector<Happened>& happened,
                             const fund::WorkCalendar& calendar, Instant now);

}  // namespace anlan::referral
