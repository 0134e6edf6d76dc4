#include "fund/scheme.hpp"

#include <gtest/gtest.h>

#include "fund/region.hpp"

namespace anlan::fund {
namespace {

TEST(Scheme, GoesThereAndBack) {
  for (const Scheme scheme : all_schemes) EXPECT_EQ(parse_scheme(code(scheme)), scheme);
  EXPECT_EQ(parse_scheme("150"), Scheme::resident_pension);
  EXPECT_EQ(parse_scheme("160"), Scheme::resident_pension);
  EXPECT_EQ(parse_scheme("111"), std::nullopt);
  EXPECT_EQ(parse_scheme(""), std::nullopt);
}

TEST(Region, WithdrawnCodesFindTheirDistrict) {
  EXPECT_EQ(present_region(120107), 120116);
  EXPECT_EQ(present_region(120225), 120119);
  EXPECT_EQ(present_region(120101), 120101);
  for (const auto region : districts) EXPECT_FALSE(is_synthetic_region(region));
  EXPECT_TRUE(is_synthetic_region(129901));
}

}  // namespace
}  // namespace anlan::fund
