#include "referral/timers.hpp"
#include "referral/test_terms.hpp"

#include <gtest/gtest.h>

#include <set>

namespace anlan::referral {
namespace {

constexpr std::int64_t hour = 3'600'000;
// Friday 2019-01-04, 10:00 in China: days are those of the calendar, so weekends count.
constexpr Instant start{1'546'567'200'000};
constexpr Instant later(std::int64_t ms) {
  return {start.ms + ms};
}
/// The last millisecond, in China, of the n-th day after the start.
constexpr std::int64_t end_of_day(int n) {
  return (14 + 24 * n) * hour - 1;
}

const Timer* timer(const std::vector<Timer>& timers, const std::string& clock) {
  for (const auto& one : timers) {
    if (one.clock->name == clock) return &one;
  }
  return nullptr;
}

TEST(ReferralTimers, EachClockOneMillisecondToEachSide) {
  struct Row {
    const char* clock;
    const char* from;
    const char* to;
    std::int64_t limit;
  };
  const Row rows[] = {
      {"leader_decision", "reported", "approved", end_of_day(3)},
      {"leader_decision", "reported", "refused", end_of_day(3)},
      {"hand_over", "approved", "handed_over", 24 * hour},
      {"hand_over", "approved", "clue_sent", 24 * hour},
      {"forwarding", "receipted", "forwarded", 24 * hour},
      {"police_decision", "receipted", "filed", end_of_day(3)},
      {"police_decision", "receipted", "not_filed", end_of_day(3)},
      {"objection", "not_filed", "reconsideration_asked", end_of_day(3)},
      {"objection", "not_filed", "procuratorate_asked", end_of_day(3)},
      {"reconsideration", "reconsideration_asked", "filed", end_of_day(3)},
      {"reconsideration", "reconsideration_asked", "not_filed_upheld", end_of_day(3)},
      {"items", "filed", "items_handed_over", end_of_day(3)},
  };
  std::set<std::string> looked_at;
  for (const auto& row : rows) {
    looked_at.insert(row.clock);
    const auto of = [&](std::optional<std::int64_t> done, std::int64_t now) {
      std::vector<Happened> happened = {{row.from, start}};
      if (done) happened.push_back({row.to, later(*done)});
      return timers_of(shipped_terms(), happened, {}, later(now));
    };
    const auto in_time = of(row.limit, row.limit);
    ASSERT_NE(timer(in_time, row.clock), nullptr) << row.clock;
    EXPECT_EQ(timer(in_time, row.clock)->state, TimerState::in_time) << row.clock;
    EXPECT_EQ(timer(in_time, row.clock)->due, later(row.limit)) << row.clock;
    EXPECT_EQ(timer(of(row.limit + 1, row.limit + 1), row.clock)->state, TimerState::late)
        << row.clock;
    if (std::string(row.clock) == "forwarding") {
      // Nobody has to forward: until it happens nothing runs.
      EXPECT_EQ(timer(of({}, row.limit + 1), row.clock), nullptr);
      continue;
    }
    EXPECT_EQ(timer(of({}, row.limit), row.clock)->state, TimerState::running) << row.clock;
    EXPECT_EQ(timer(of({}, row.limit + 1), row.clock)->state, TimerState::overdue) << row.clock;
  }
  // Every clock that has a limit stands in the table above.
  for (const auto& clock : shipped_terms().clocks) {
    EXPECT_TRUE(clock.within.count == 0 || looked_at.contains(clock.name)) << clock.name;
  }
}

TEST(ReferralTimers, ASecondReceiptStartsItsOwnClock) {
  const auto timers = timers_of(
      shipped_terms(),
      {{"receipted", start}, {"forwarded", later(30 * hour)}, {"receipted", later(50 * hour)}}, {},
      later(60 * hour));
  std::vector<std::string> said;
  for (const auto& one : timers)
    said.push_back(one.clock->name + " " + std::string(name_of(one.state)));
  EXPECT_EQ(said, (std::vector<std::string>{"forwarding late", "police_decision in_time",
                                            "police_decision running"}));
}

TEST(ReferralTimers, WhatIsOverRunsNoLonger) {
  const std::vector<Happened> refused = {{"reported", start}, {"refused", later(hour)}};
  const auto waiting = timers_of(shipped_terms(), refused, {}, later(1'000 * hour));
  ASSERT_NE(timer(waiting, "reasons"), nullptr);
  EXPECT_EQ(timer(waiting, "reasons")->state, TimerState::running);  // no limit
  EXPECT_EQ(timer(waiting, "reasons")->due, std::nullopt);
  const auto ended =
      timers_of(shipped_terms(), {{"not_filed", start}, {"ended", later(1'000 * hour)}}, {},
                later(2'000 * hour));
  EXPECT_EQ(timer(ended, "objection")->state, TimerState::late);  // it was ended instead, too late
  const auto withdrawn = timers_of(
      shipped_terms(), {{"reported", start}, {"withdrawn", later(hour)}}, {}, later(2'000 * hour));
  EXPECT_TRUE(withdrawn.empty());
}

}  // namespace
}  // namespace anlan::referral
