#include "catalog/organisations.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.hpp"

namespace anlan::catalog {
namespace {

TEST(Organisations, TheStandardTreeHasSixteenDistrictsAndTheirAgencies) {
  const auto tree = load_organisations(std::string(ANLAN_SOURCE_DIR) + "/catalog", "standard");
  ASSERT_TRUE(tree) << tree.error().detail;
  int districts = 0;
  int agencies_below = 0;
  for (const auto& one : *tree) {
    districts += one.kind == "district" ? 1 : 0;
    agencies_below += one.kind == "agency" && one.parent.starts_with("d") ? 1 : 0;
  }
  EXPECT_EQ(districts, 16);
  EXPECT_EQ(agencies_below, 16);
  EXPECT_EQ(tree->front().parent, "");
}

TEST(Organisations, WhatIsWrongIsNamedByFileAndLine) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("anlan_organisations_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "organisations");
  ASSERT_TRUE(
      write_file(folder / "organisations" / "own.yaml",
                 "organisations:\n"
                 "  - {id: a, zh: 甲, en: A, kind: bureau, side: policy, region: \"1\", from: "
                 "2018-01-01}\n"
                 "  - {id: a, parent: b, zh: 乙, en: B, kind: office, side: policy, region: "
                 "\"1\", from: soon}\n"));
  const auto tree = load_organisations(folder, "own");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code, "catalog.organisations");
  for (const auto* words :
       {"own.yaml:3:", "stands twice", "does not stand above", "bureau", "expected 2018-01-01"}) {
    EXPECT_NE(tree.error().detail.find(words), std::string::npos) << tree.error().detail;
  }
  EXPECT_EQ(load_organisations(folder, "other").error().code, "file.unreadable");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace anlan::catalog
