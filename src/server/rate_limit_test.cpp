#include "server/rate_limit.hpp"

#include <gtest/gtest.h>

namespace anlan::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimit, GivesABurstAndThenAsMuchAsFlowsIn) {
  RateLimit limit(3, 2);
  const RateLimit::Time start{};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take("a", start).count(), 0);
  EXPECT_EQ(limit.take("a", start).count(), 501);
  EXPECT_EQ(limit.take("b", start).count(), 0) << "each key has a bucket of its own";
  EXPECT_GT(limit.take("a", start + milliseconds(499)).count(), 0);
  EXPECT_EQ(limit.take("a", start + milliseconds(501)).count(), 0);
  EXPECT_GT(limit.take("a", start + milliseconds(502)).count(), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take("a", start + seconds(100)).count(), 0);
  EXPECT_GT(limit.take("a", start + seconds(100)).count(), 0) << "it does not overflow";
}

TEST(RateLimit, GivesBackWhatDidNotCount) {
  RateLimit limit(1, 0.1);
  const RateLimit::Time start{};
  EXPECT_EQ(limit.take("a", start).count(), 0);
  limit.give_back("a");
  EXPECT_EQ(limit.take("a", start).count(), 0);
  EXPECT_GT(limit.take("a", start).count(), 0);
}

TEST(RateLimit, ForgetsThoseWhoseBucketsAreFull) {
  RateLimit limit(1, 1);
  const RateLimit::Time start{};
  for (int i = 0; i < 5000; ++i) {
    (void)limit.take(std::to_string(i), start + seconds(2 * i));
  }
  EXPECT_LT(limit.keys(), 1100u);
}

}  // namespace
}  // namespace anlan::server
