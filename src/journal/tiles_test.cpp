#include "journal/tiles.hpp"

#include <gtest/gtest.h>

namespace anlan::journal {
namespace {

TEST(Tiles, HaveThePathsOfTheSpecification) {
  EXPECT_EQ(tile_path(0, 0, 256), "tile/0/000");
  EXPECT_EQ(tile_path(4, 1234067, 256), "tile/4/x001/x234/067");
  EXPECT_EQ(tile_path(4, 1234067, 8), "tile/4/x001/x234/067.p/8");
  EXPECT_EQ(tile_path(1, 1000, 256), "tile/1/x001/000");
  EXPECT_EQ(bundle_path(1234067, 8), "tile/entries/x001/x234/067.p/8");
  EXPECT_EQ(bundle_path(999, 256), "tile/entries/999");
}

TEST(Tiles, HaveTheWidthsOfTheSpecification) {
  // "A tree of size 70,000 will be represented by 273 full level 0 tiles, one partial level 0 tile
  // of width 112, one full level 1 tile, one partial level 1 tile of width 17, and one partial
  // level 2 tile of width 1."
  EXPECT_EQ(width_of_tile(0, 272, 70'000), 256U);
  EXPECT_EQ(width_of_tile(0, 273, 70'000), 112U);
  EXPECT_EQ(width_of_tile(0, 274, 70'000), 0U);
  EXPECT_EQ(width_of_tile(1, 0, 70'000), 256U);
  EXPECT_EQ(width_of_tile(1, 1, 70'000), 17U);
  EXPECT_EQ(width_of_tile(2, 0, 70'000), 1U);
  EXPECT_EQ(width_of_tile(3, 0, 70'000), 0U);
  EXPECT_EQ(width_of_tile(63, 0, 70'000), 0U);
  EXPECT_EQ(width_of_tile(1, 0, 256), 1U);
}

TEST(Tiles, BundlesGiveBackTheirEntries) {
  const std::string long_entry(entry_bytes_max, 'l');
  std::string bundle;
  for (const std::string_view entry : {std::string_view("a"), std::string_view(""),
                                       std::string_view(long_entry), std::string_view("\0b", 2)}) {
    add_to_bundle(bundle, entry);
  }
  const auto entries = entries_of_bundle(bundle);
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0], "a");
  EXPECT_EQ(entries[1], "");
  EXPECT_EQ(entries[2], long_entry);
  EXPECT_EQ(entries[3], std::string_view("\0b", 2));
  EXPECT_EQ(bundle.substr(0, 3), std::string("\0\1a", 3));
  for (std::size_t cut = 0; cut < bundle.size(); ++cut) {
    EXPECT_LT(entries_of_bundle(std::string_view(bundle).substr(0, cut)).size(), 4U);
  }
}

}  // namespace
}  // namespace anlan::journal
