#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catalog/catalog.hpp"

namespace anlan::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(CalendarTest, TheShippedYearsAreReadAndOthersHaveWeekendsOnly) {
  const auto calendar = load_work_calendar(fs::path(ANLAN_SOURCE_DIR) / "catalog");
  ASSERT_TRUE(calendar) << calendar.error().detail;
  EXPECT_FALSE(calendar->works_on(Date::of(2018, 10, 5)));  // National Day, a Friday
  EXPECT_TRUE(calendar->works_on(Date::of(2018, 9, 30)));   // a Sunday worked in exchange
  EXPECT_TRUE(calendar->works_on(Date::of(2018, 10, 8)));
  EXPECT_TRUE(calendar->works_on(Date::of(2017, 10, 2)));  // a Monday of a year not listed
}

TEST(CalendarTest, LaterYearsAreThereToo) {
  const auto calendar = load_work_calendar(fs::path(ANLAN_SOURCE_DIR) / "catalog");
  ASSERT_TRUE(calendar) << calendar.error().detail;
  EXPECT_FALSE(calendar->works_on(Date::of(2026, 2, 23)));  // Spring Festival, a Monday
  EXPECT_TRUE(calendar->works_on(Date::of(2026, 2, 28)));   // a Saturday worked in exchange
  EXPECT_EQ(calendar->working_days_after(Date::of(2020, 1, 23), 1), Date::of(2020, 2, 3));
}

TEST(CalendarTest, WhatIsWrongIsSaidWithItsLine) {
  struct Row {
    const char* days;
    const char* says;
  };
  const Row rows[] = {
      {"closed: [2018-10-06]", "work_days.yaml:3: 2018-10-06 of closed is a weekend day"},
      {"worked: [2018-10-05]", "work_days.yaml:3: 2018-10-05 of worked is no weekend day"},
      {"closed: [2019-10-01]", "work_days.yaml:3: 2019-10-01 is not of 2018"},
      {"closed: [2018-13-01]", "work_days.yaml:3: 2018-13-01, expected a day such as 2018-10-01"},
      {"closed: [2018-10-01, 2018-10-01]", "work_days.yaml:3: 2018-10-01 stands twice"},
      {"open: [2018-10-01]", "work_days.yaml:3: unknown key open"},
  };
  const auto folder = fs::temp_directory_path() / ("anlan_calendar_" + std::to_string(::getpid()));
  fs::create_directories(folder / "calendar");
  for (const auto& row : rows) {
    std::ofstream(folder / "calendar" / "work_days.yaml")
        << "years:\n  - year: 2018\n    " << row.days << "\n    basis: [x]\n    sure: known\n";
    const auto calendar = load_work_calendar(folder);
    ASSERT_FALSE(calendar) << row.days;
    EXPECT_EQ(calendar.error().code, "catalog.calendar");
    EXPECT_THAT(calendar.error().detail, HasSubstr(row.says));
  }
  fs::remove_all(folder);
  EXPECT_TRUE(load_work_calendar(folder)->closed.empty());  // no calendar at all
}

}  // namespace
}  // namespace anlan::catalog
