#include "fund/work_calendar.hpp"

#include <gtest/gtest.h>

namespace anlan::fund {
namespace {

TEST(WorkCalendarTest, HolidaysAreLeftOutAndExchangedWeekendsCount) {
  // National Day of 2018: 1 to 7 October free, 29 and 30 September (a weekend) worked.
  WorkCalendar calendar;
  for (int day = 1; day <= 5; ++day) calendar.closed.insert(Date::of(2018, 10, day));
  calendar.worked = {Date::of(2018, 9, 29), Date::of(2018, 9, 30)};

  struct Row {
    Date from;
    int n;
    Date expected;
  };
  const Row rows[] = {
      {Date::of(2018, 11, 26), 1, Date::of(2018, 11, 27)},  // Monday
      {Date::of(2018, 11, 30), 1, Date::of(2018, 12, 3)},   // Friday, over a weekend
      {Date::of(2018, 12, 1), 1, Date::of(2018, 12, 3)},    // from a Saturday
      {Date::of(2018, 9, 28), 1, Date::of(2018, 9, 29)},    // a Saturday worked in exchange
      {Date::of(2018, 9, 28), 3, Date::of(2018, 10, 8)},    // over the holiday
  };
  for (const auto& row : rows) {
    EXPECT_EQ(format_date(calendar.working_days_after(row.from, row.n)), format_date(row.expected));
  }
  EXPECT_FALSE(calendar.works_on(Date::of(2018, 10, 5)));  // a Friday
  EXPECT_FALSE(WorkCalendar{}.works_on(Date::of(2018, 9, 30)));
}

}  // namespace
}  // namespace anlan::fund
