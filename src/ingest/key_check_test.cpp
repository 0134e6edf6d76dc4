#include "ingest/key_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace anlan::ingest {
namespace {

using Hashes = std::vector<std::vector<std::uint64_t>>;

std::size_t count(const MarkedRows& marked) {
  std::size_t rows = 0;
  for (const auto& part : marked)
    rows += static_cast<std::size_t>(std::count(part.begin(), part.end(), true));
  return rows;
}

TEST(KeyCheck, MarksEveryRowWhoseHashOccursAgain) {
  const Hashes hashes = {{1, 2, 3}, {}, {4, 2, 5, 2}, {0}};
  const MarkedRows expected = {{false, true, false}, {}, {false, true, false, true}, {}};
  EXPECT_EQ(rows_with_equal_hash(hashes), expected);
}

TEST(KeyCheck, HashesOfOneBucketAndAllEqualOnes) {
  EXPECT_EQ(count(rows_with_equal_hash(Hashes{{7, 7, 7}})), 3u);
  EXPECT_TRUE(rows_with_equal_hash({}).empty());
}

TEST(KeyCheck, FindsPlantedPairsAmongManyAndNothingElse) {
  constexpr unsigned seed = 20181130;
  std::mt19937_64 random(seed);
  Hashes hashes(5);
  for (auto& part : hashes) {
    for (int i = 0; i < 40'000; ++i) part.push_back(random());
  }
  for (std::size_t i = 0; i < 100; ++i) hashes[4][i * 7] = hashes[i % 4][i * 11];
  EXPECT_EQ(count(rows_with_equal_hash(hashes)), 200u) << "seed " << seed;
}

TEST(KeyCheck, InSmallRoundsWithFewHashesVeryOften) {
  constexpr unsigned seed = 7;
  std::mt19937_64 random(seed);
  const std::uint64_t often[] = {random(), random(), random()};
  Hashes hashes(4);
  std::map<std::uint64_t, int> times;
  for (auto& part : hashes) {
    for (int i = 0; i < 20'000; ++i) {
      const auto kind = random() % 10;
      part.push_back(kind < 6 ? often[kind % 3] : kind == 6 ? random() % 3000 << 33 : random());
      ++times[part.back()];
    }
  }
  const auto marked = rows_with_equal_hash(hashes, 1000);
  for (std::size_t part = 0; part < hashes.size(); ++part) {
    for (std::size_t i = 0; i < hashes[part].size(); ++i)
      ASSERT_EQ(marked[part][i], times[hashes[part][i]] > 1) << part << " " << i;
  }
}

TEST(SeenKeys, TellsKeysWithOneEqualHashApart) {
  SeenKeys seen;
  EXPECT_FALSE(seen.put(0, 0));
  EXPECT_TRUE(seen.put(0, 0));
  for (std::uint64_t i = 1; i < 1000; ++i) {
    EXPECT_FALSE(seen.put(5, i));
    EXPECT_FALSE(seen.put(i << 40, 5));
  }
  for (std::uint64_t i = 1; i < 1000; ++i) {
    EXPECT_TRUE(seen.put(5, i));
    EXPECT_TRUE(seen.put(i << 40, 5));
  }
}

}  // namespace
}  // namespace anlan::ingest
