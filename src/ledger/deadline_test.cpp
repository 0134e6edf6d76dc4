#include "ledger/deadline.hpp"

#include <gtest/gtest.h>

namespace anlan::ledger {
namespace {

TEST(LedgerDeadline, TellsWhatIsLateOnADay) {
  const auto deadlines = deadlines_of(2018);
  EXPECT_EQ(format_date(deadlines.submit_by), "2018-11-30");
  EXPECT_EQ(format_date(deadlines.in_force_by), "2018-12-31");
  const auto day = [](int month, int of_month) { return Date::of(2018, month, of_month); };
  const std::optional<Date> never;
  const struct {
    std::optional<Date> submitted;
    std::optional<Date> in_force;
    Date as_of;
    const char* kind;
    int days;
  } rows[] = {
      {never, never, day(11, 30), "", 0},
      {never, never, day(12, 1), "not_submitted", 1},
      {day(12, 5), never, day(12, 1), "not_submitted", 1},  // not yet, on that day
      {day(11, 30), never, day(12, 31), "", 0},
      {day(12, 1), never, day(12, 31), "submitted_late", 1},
      {day(12, 1), never, Date::of(2019, 1, 1), "not_in_force", 1},  // what is open comes first
      {day(11, 30), day(12, 31), Date::of(2019, 6, 1), "", 0},
      {day(11, 30), Date::of(2019, 1, 3), Date::of(2019, 1, 2), "not_in_force", 2},
      {day(11, 30), Date::of(2019, 1, 3), Date::of(2019, 1, 3), "in_force_late", 3},
      {day(12, 2), Date::of(2019, 1, 3), Date::of(2019, 1, 3), "submitted_late", 2},
  };
  for (const auto& row : rows) {
    const auto late = lateness_of(deadlines, row.submitted, row.in_force, row.as_of);
    EXPECT_EQ(late.kind, row.kind) << format_date(row.as_of);
    EXPECT_EQ(late.days, row.days) << format_date(row.as_of);
  }
}

}  // namespace
}  // namespace anlan::ledger
