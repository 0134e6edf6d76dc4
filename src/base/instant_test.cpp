#include "base/instant.hpp"

#include <gtest/gtest.h>

namespace anlan {
namespace {

TEST(Instant, IsWrittenInChinasTime) {
  EXPECT_EQ(format_instant({0}), "1970-01-01T08:00:00+08:00");
  EXPECT_EQ(format_instant({1'543'564'799'999}), "2018-11-30T15:59:59+08:00");
  EXPECT_EQ(format_instant({-28'800'001}), "1969-12-31T23:59:59+08:00");
}

TEST(Instant, FallsOnChinasDay) {
  const Instant last_of_november{1'543'593'599'999};  // 15:59:59.999 UTC
  EXPECT_EQ(format_date(last_of_november.day()), "2018-11-30");
  EXPECT_EQ(format_date(Instant{last_of_november.ms + 1}.day()), "2018-12-01");
}

TEST(Instant, BeginsADayInChina) {
  for (const auto day : {Date::of(2018, 11, 30), Date::of(1970, 1, 1), Date::of(1949, 10, 1)}) {
    const auto begins = Instant::start_of(day);
    EXPECT_EQ(begins.day(), day);
    EXPECT_EQ(Instant{begins.ms - 1}.day().days, day.days - 1);
  }
}

TEST(Instant, IsReadBackAsItIsWritten) {
  const Instant moments[] = {{0}, {1'543'565'109'000}, {-1'000}, {1'582'934'399'000}};
  for (const auto moment : moments) EXPECT_EQ(*parse_instant(format_instant(moment)), moment);
  EXPECT_EQ(*parse_instant("2018-11-30T08:05:09Z"), *parse_instant("2018-11-30T16:05:09+08:00"));
  EXPECT_EQ(*parse_instant("2018-11-30T02:35:09-05:30"),
            *parse_instant("2018-11-30T16:05:09+08:00"));
  for (const auto* wrong :
       {"", "2018-11-30", "2018-11-30T16:05:09", "2018-11-30 16:05:09Z", "2018-02-30T16:05:09Z",
        "2018-11-30T24:05:09Z", "2018-11-30T16:60:09Z", "2018-11-30T16:05:60Z",
        "2018-11-30T1:605:09Z", "2018-11-30T16:05:09+0800", "2018-11-30T16:05:09+08:00x",
        "2018-11-30T16:05:09*08:00", "2018-11-30T16:05:09+15:00"}) {
    const auto read = parse_instant(wrong);
    ASSERT_FALSE(read) << wrong;
    EXPECT_EQ(read.error().code, "instant.malformed");
  }
}

}  // namespace
}  // namespace anlan
