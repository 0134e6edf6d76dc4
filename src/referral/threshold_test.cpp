#include "referral/threshold.hpp"
#include "referral/test_terms.hpp"

#include <gtest/gtest.h>

namespace anlan::referral {
namespace {

std::int64_t yuan(std::int64_t value) {
  return value * 100;
}

TEST(ReferralTest, EachThresholdOneFenToEachSide) {
  struct Row {
    const char* offence;
    bool aggravated;
    std::int64_t fen;
    Assessment assessment;
    const char* reached;
  };
  const Row rows[] = {
      {"fraud", false, 0, Assessment::no, ""},
      {"fraud", false, yuan(2'400) - 1, Assessment::no, ""},
      {"fraud", false, yuan(2'400), Assessment::near, ""},  // 80 % of the band's lower end
      {"fraud", false, yuan(3'000) - 1, Assessment::near, ""},
      {"fraud", false, yuan(3'000), Assessment::must_assess, "large"},
      {"fraud", false, yuan(30'000) - 1, Assessment::must_assess, "large"},
      {"fraud", false, yuan(30'000), Assessment::must_assess, "huge"},
      {"fraud", false, yuan(500'000) - 1, Assessment::must_assess, "huge"},
      {"fraud", false, yuan(500'000), Assessment::must_assess, "especially_huge"},
      {"embezzlement", false, yuan(24'000) - 1, Assessment::no, ""},
      {"embezzlement", false, yuan(24'000), Assessment::near, ""},
      {"embezzlement", false, yuan(30'000), Assessment::must_assess, "large"},
      {"embezzlement", true, yuan(8'000) - 1, Assessment::no, ""},
      {"embezzlement", true, yuan(8'000), Assessment::near, ""},
      {"embezzlement", true, yuan(10'000), Assessment::must_assess, "aggravated"},
      {"embezzlement", true, yuan(3'000'000), Assessment::must_assess, "especially_huge"},
      {"misappropriation_illegal_use", false, yuan(30'000) - 1, Assessment::near, ""},
      {"misappropriation_illegal_use", false, yuan(30'000), Assessment::must_assess, "large"},
      {"misappropriation", false, yuan(40'000) - 1, Assessment::no, ""},
      {"misappropriation", false, yuan(40'000), Assessment::near, ""},
      {"misappropriation", false, yuan(50'000), Assessment::must_assess, "large"},
      {"fraud", false, INT64_MAX, Assessment::must_assess, "especially_huge"},
  };
  for (const auto& row : rows) {
    const auto answer = referral_test(
        shipped_terms(), {row.offence, Fen{row.fen}, 1, SubjectKind::official, row.aggravated});
    ASSERT_TRUE(answer) << answer.error().code;
    EXPECT_EQ(answer->assessment, row.assessment) << row.offence << " " << row.fen;
    EXPECT_EQ(answer->reached == nullptr ? "" : answer->reached->name, row.reached)
        << row.offence << " " << row.fen;
  }
}

TEST(ReferralTest, ACitysFigureTakesThePlaceOfTheBand) {
  auto city = shipped_terms();
  auto& large = city.offences.front().levels.front();
  ASSERT_EQ(large.name, "large");
  large.local = Fen{yuan(6'000)};
  const auto of = [&](std::int64_t fen) {
    return referral_test(city, {"fraud", Fen{fen}, 1, SubjectKind::individual, false});
  };
  EXPECT_EQ(of(yuan(4'800) - 1)->assessment, Assessment::no);
  EXPECT_EQ(of(yuan(4'800))->assessment, Assessment::near);
  EXPECT_EQ(of(yuan(6'000) - 1)->assessment, Assessment::near);
  EXPECT_EQ(of(yuan(6'000))->assessment, Assessment::must_assess);
  EXPECT_FALSE(of(yuan(6'000))->local_not_set);
  EXPECT_TRUE(referral_test(shipped_terms(), {"fraud", Fen{0}, 1, SubjectKind::individual, false})
                  ->local_not_set);
  EXPECT_FALSE(
      referral_test(shipped_terms(), {"embezzlement", Fen{0}, 1, SubjectKind::official, false})
          ->local_not_set);  // one figure for all the country
}

TEST(ReferralTest, OddThresholdsAreRoundedUp) {
  auto odd = shipped_terms();
  odd.near_percent = 33;
  odd.offences.front().levels.front().local = Fen{300'001};  // 33 % are 99,000.33 fen
  const auto of = [&](std::int64_t fen) {
    return referral_test(odd, {"fraud", Fen{fen}, 1, SubjectKind::individual, false})->assessment;
  };
  EXPECT_EQ(of(99'000), Assessment::no);
  EXPECT_EQ(of(99'001), Assessment::near);
}

TEST(ReferralTest, WhatCannotBeAsked) {
  const auto code = [&](const Question& question) {
    const auto answer = referral_test(shipped_terms(), question);
    return answer ? std::string() : answer.error().code;
  };
  EXPECT_EQ(code({"theft", Fen{1}, 1, SubjectKind::individual, false}), "referral.offence");
  EXPECT_EQ(code({"fraud", Fen{-1}, 1, SubjectKind::individual, false}), "referral.amount");
  EXPECT_EQ(code({"fraud", Fen{1}, 0, SubjectKind::individual, false}), "referral.persons");
  EXPECT_EQ(code({"embezzlement", Fen{1}, 1, SubjectKind::employer, false}), "referral.subject");
  EXPECT_EQ(code({"fraud", Fen{1}, 1, SubjectKind::official, false}), "");
  EXPECT_TRUE(
      referral_test(shipped_terms(), {"fraud", Fen{1}, 2, SubjectKind::employer, false})->joint);
}

}  // namespace
}  // namespace anlan::referral
