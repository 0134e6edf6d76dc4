#include "catalog/near_name.hpp"

#include <gtest/gtest.h>

namespace anlan::catalog {
namespace {

TEST(NearName, IsTheOneProbablyMeant) {
  const std::vector<std::string> names = {"benefit_payment", "benefit_grant", "person", "deposit",
                                          "参保人员"};
  struct Row {
    const char* word;
    const char* near;
  };
  const Row rows[] = {
      {"persn", "person"}, {"perosn", "person"}, {"benefit_payments", "benefit_payment"},
      {"benefit", ""},     {"depo", "deposit"},  {"参保人", "参保人员"},
      {"待遇", ""},        {"salary", ""},       {"", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(near_name(row.word, names), row.near) << row.word;
  EXPECT_EQ(did_you_mean("persn", names), "; did you mean person?");
  EXPECT_EQ(did_you_mean("salary", names), "");
}

}  // namespace
}  // namespace anlan::catalog
