#include "base/month.hpp"

#include <gtest/gtest.h>

namespace anlan {
namespace {

TEST(Month, CountsAcrossYears) {
  EXPECT_EQ(Month::of(2018, 11).plus(2), Month::of(2019, 1));
  EXPECT_EQ(Month::of(2018, 1).plus(-1), Month::of(2017, 12));
  EXPECT_EQ(months_between(Month::of(2017, 12), Month::of(2019, 1)), 13);
}

TEST(Month, ReadsEveryFormOfTheContract) {
  for (const char* text : {"201811", "2018-11", "2018/11", "2018.11", "20181130", "2018-11-30",
                           "2018年11月", " 2018-11 "}) {
    const auto month = parse_month(text);
    ASSERT_TRUE(month) << text;
    EXPECT_EQ(month->value, 201811) << text;
  }
  for (const char* text : {"", "201813", "2018", "18-11", "2018-11-", "2018-11-31", "189901"}) {
    EXPECT_FALSE(parse_month(text)) << text;
  }
}

TEST(Date, ReadsEveryFormOfTheContract) {
  for (const char* text :
       {"20181130", "2018-11-30", "2018/11/30", "2018.11.30", "2018年11月30日"}) {
    const auto date = parse_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(format_date(*date), "2018-11-30") << text;
  }
  EXPECT_EQ(parse_date("2018-2-3")->month(), Month::of(2018, 2));
  EXPECT_EQ(parse_date("20180229").error().code, "date.impossible");
  EXPECT_EQ(parse_date("2018113").error().code, "date.malformed");
  EXPECT_EQ(parse_date("30000101").error().code, "date.impossible");
  EXPECT_EQ(format_date(*parse_date("99991231")), "9999-12-31");
  EXPECT_EQ(parse_date("19700102")->days, 1);
}

TEST(Date, KnowsTheLastDayOfAMonth) {
  EXPECT_EQ(format_date(last_day(Month::of(2016, 2))), "2016-02-29");
  EXPECT_EQ(format_date(last_day(Month::of(2018, 12))), "2018-12-31");
}

}  // namespace
}  // namespace anlan
