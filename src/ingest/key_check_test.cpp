#include "ingest/key_check.hpp"

#include <gtest/gtest.h>

#include <random>

namespace anlan::ingest {
namespace {

TEST(KeyCheck, NamesEveryRowWhoseHashOccursAgain) {
  const std::vector<std::vector<std::uint64_t>> hashes = {{1, 2, 3}, {}, {4, 2, 5, 2}, {0}};
  const std::vector<LoadedRow> expected = {{0, 1}, {2, 1}, {2, 3}};
  EXPECT_EQ(rows_with_equal_hash(hashes), expected);
}

TEST(KeyCheck, HashesOfOneBucketAndAllEqualOnes) {
  EXPECT_EQ(rows_with_equal_hash(std::vector<std::vector<std::uint64_t>>{{7, 7, 7}}).size(), 3u);
  EXPECT_TRUE(rows_with_equal_hash({}).empty());
}

TEST(KeyCheck, FindsPlantedPairsAmongManyAndNothingElse) {
  constexpr unsigned seed = 20181130;
  std::mt19937_64 random(seed);
  std::vector<std::vector<std::uint64_t>> hashes(5);
  for (auto& part : hashes) {
    for (int i = 0; i < 40'000; ++i) part.push_back(random());
  }
  for (std::size_t i = 0; i < 100; ++i) hashes[4][i * 7] = hashes[i % 4][i * 11];
  EXPECT_EQ(rows_with_equal_hash(hashes).size(), 200u) << "seed " << seed;
}

}  // namespace
}  // namespace anlan::ingest
