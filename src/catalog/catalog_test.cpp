#include "catalog/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace anlan::catalog {
namespace {

TEST(RealCatalog, LoadsWithoutAnyProblem) {
  const auto catalog = Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  ASSERT_TRUE(catalog) << catalog.error().detail;
  EXPECT_NE(catalog->table("person"), nullptr);
}

}  // namespace
}  // namespace anlan::catalog
