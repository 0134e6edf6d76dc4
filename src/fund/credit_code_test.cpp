#include "fund/credit_code.hpp"

#include <gtest/gtest.h>

namespace anlan::fund {
namespace {

TEST(CreditCode, IsNormalisedAndChecked) {
  const struct {
    std::string_view text;
    CreditCodeOutcome outcome;
    std::string_view normalised;
  } rows[] = {
      {"91350100M000100Y43", CreditCodeOutcome::ok,
       "91350100M000100Y43"},  // the standard's own sample
      {"91350100m000100y43", CreditCodeOutcome::ok, "91350100M000100Y43"},
      {" 91350100M000100Y43 ", CreditCodeOutcome::ok, "91350100M000100Y43"},
      {"９１３５０１００Ｍ０００１００Ｙ４３", CreditCodeOutcome::ok, "91350100M000100Y43"},
      {"91350100M000100Y44", CreditCodeOutcome::bad_check_character, "91350100M000100Y44"},
      {"91350100M000100Y4", CreditCodeOutcome::malformed, {}},
      {"91350100M000100Y433", CreditCodeOutcome::malformed, {}},
      {"91350100M000100I43", CreditCodeOutcome::malformed, {}},  // I is not in the alphabet
      {"", CreditCodeOutcome::malformed, {}},
  };
  for (const auto& row : rows) {
    CreditCodeText out{};
    EXPECT_EQ(normalise_credit_code(row.text, out), row.outcome) << row.text;
    if (!row.normalised.empty()) {
      EXPECT_EQ(std::string_view(out.data(), out.size()), row.normalised) << row.text;
    }
  }
}

TEST(CreditCode, KnowsTheInnerOrganisationCode) {
  EXPECT_EQ(organisation_code_check("D2143569"), 'X');  // the sample of GB 11714
}

}  // namespace
}  // namespace anlan::fund
