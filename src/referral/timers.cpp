#include "referral/timers.hpp"

#include <algorithm>

#include "duties/matter.hpp"

namespace anlan::referral {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_over(const catalog::ReferralTerms& terms, const std::vector<Happened>& happened) {
  if (happened.empty()) return false;
  const auto* last = terms.event(happened.back().event);
  return last != nullptr && last->ends;
}

}  // namespace

std::string_view name_of(TimerState state) {
  switch (state) {
    case TimerState::running:
      return "running";
    case TimerState::overdue:
      return "overdue";
    case TimerState::in_time:
      return "in_time";
    case TimerState::late:
      break;
  }
  return "late";
}

std::vector<Timer> timers_of(const catalog::ReferralTerms& terms,
                             const std::vector<Happened>& happened,
                             const fund::WorkCalendar& calendar, Instant now) {
  const bool over = is_over(terms, happened);
  std::vector<Timer> timers;
  for (std::size_t i = 0; i < happened.size(); ++i) {
    for (const auto& clock : terms.clocks) {
      if (clock.from != happened[i].event) continue;
      Timer timer;
      timer.clock = &clock;
      timer.from = happened[i].at;
      timer.due = duties::due_at(clock.within, calendar, timer.from);
      const auto done =
          std::find_if(happened.begin() + static_cast<std::ptrdiff_t>(i) + 1, happened.end(),
                       [&](const Happened& later) { return contains(clock.to, later.event); });
      if (done != happened.end()) timer.done = done->at;
      if (!timer.done && (over || clock.only_once_done)) continue;
      const auto ended = timer.done ? *timer.done : now;
      const bool too_late = timer.due && ended > *timer.due;
      timer.state = timer.done ? (too_late ? TimerState::late : TimerState::in_time)
                               : (too_late ? TimerState::overdue : TimerState::running);
      timers.push_back(timer);
    }
  }
  return timers;
}

}  // namespace anlan::referral
