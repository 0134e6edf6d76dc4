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

}  // namespace
}  // namespace anlan
