#include "fund/recurrence.hpp"

#include <gtest/gtest.h>

namespace anlan::fund {
namespace {

/// "2018-11-30 16:05" in China.
Instant at(const std::string& text) {
  const auto day = parse_date(text.substr(0, 10));
  const int minute = std::stoi(text.substr(11, 2)) * 60 + std::stoi(text.substr(14, 2));
  return {day->days * std::int64_t{86'400'000} + (minute - 8 * 60) * std::int64_t{60'000}};
}

WorkCalendar golden_week() {
  WorkCalendar calendar;
  for (int day = 1; day <= 5; ++day) calendar.closed.insert(Date::of(2018, 10, day));
  calendar.worked = {Date::of(2018, 9, 29), Date::of(2018, 9, 30)};
  return calendar;
}

TEST(Recurrence, IsDueAtTheNextMoment) {
  const struct {
    const char* rule;
    const char* after;
    const char* due;
  } rows[] = {
      {"daily 02:30", "2018-10-01 02:29", "2018-10-01 02:30"},
      {"daily 02:30", "2018-10-01 02:30", "2018-10-02 02:30"},  // after, not at
      {"daily 00:00", "2018-12-31 23:59", "2019-01-01 00:00"},
      {"weekly mon 02:00", "2018-10-01 01:59", "2018-10-01 02:00"},  // a Monday
      {"weekly mon 02:00", "2018-10-01 02:00", "2018-10-08 02:00"},
      {"weekly sun 02:00", "2018-10-01 02:00", "2018-10-07 02:00"},
      {"working_days 01:00", "2018-09-28 01:00", "2018-09-29 01:00"},  // a Saturday worked
      {"working_days 01:00", "2018-09-30 01:00", "2018-10-08 01:00"},  // over the holiday
      {"monthly 1 02:00", "2018-09-30 12:00", "2018-10-08 02:00"},
      {"monthly 5 02:00", "2018-10-08 12:00", "2018-10-12 02:00"},
      {"monthly 5 02:00", "2018-10-12 02:00", "2018-11-07 02:00"},
      {"monthly 15 23:59", "2018-02-01 00:00", "2018-02-21 23:59"},
  };
  for (const auto& row : rows) {
    const auto rule = parse_recurrence(row.rule);
    ASSERT_TRUE(rule) << row.rule;
    EXPECT_EQ(text_of(*rule), row.rule);
    EXPECT_EQ(format_instant(next_after(*rule, golden_week(), at(row.after))),
              format_instant(at(row.due)))
        << row.rule << " after " << row.after;
  }
}

TEST(Recurrence, RefusesWhatIsNoRule) {
  for (const char* text :
       {"", "daily", "daily 24:00", "daily 2:30", "daily 02:60", "weekly 02:00", "weekly mo 02:00",
        "monthly 0 02:00", "monthly 16 02:00", "monthly x 02:00", "yearly 02:00", "daily mon 02:00",
        "monthly 5 02:00 ;", "daily  02:30", "daily -1:30"}) {
    const auto rule = parse_recurrence(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error().code, "schedule.rule");
  }
}

}  // namespace
}  // namespace anlan::fund
