#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "catalog/params_reader.hpp"

namespace anlan::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const auto shipped = fs::path(ANLAN_SOURCE_DIR) / "catalog";

std::string shipped_text(const char* name) {
  std::ifstream file(shipped / "params" / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class Terms>
Result<Terms> read(Terms (*reader)(const std::string&, const Source&), const char* name,
                   const std::string& text) {
  Problems problems;
  auto terms = reader(text, {name, "catalog.params", &problems});
  if (!problems.empty()) return fail(problems.error());
  return terms;
}
Result<RecoveryTerms> recovery_of(const std::string& text) {
  return read(read_recovery_terms, "recovery.yaml", text);
}
Result<ReferralTerms> referral_of(const std::string& text) {
  return read(read_referral_terms, "referral.yaml", text);
}

TEST(ParamsTest, TheShippedRatesAreThoseOfTheLaw) {
  const auto terms = recovery_of(shipped_text("recovery.yaml"));
  ASSERT_TRUE(terms) << terms.error().detail;
  EXPECT_EQ(terms->rule("none")->per_day_per_million, 0);
  EXPECT_EQ(terms->rule("late_contribution")->per_day_per_million, 500);  // 万分之五
  EXPECT_EQ(terms->rule("late_fine")->per_day_per_million, 30'000);       // 3 %
  EXPECT_EQ(terms->rule("late_fine")->cap_per_mille, 1000);
  EXPECT_EQ(terms->rule("none")->sure, "assumed");
  EXPECT_EQ(terms->rule("other"), nullptr);
}

TEST(ParamsTest, TheCitysOwnFigureIsNotSetAndTheLowEndOfTheBandCounts) {
  const auto terms = referral_of(shipped_text("referral.yaml"));
  ASSERT_TRUE(terms) << terms.error().detail;
  const auto* fraud = terms->offence("fraud");
  ASSERT_NE(fraud, nullptr);
  EXPECT_TRUE(fraud->levels[0].local_not_set());
  EXPECT_EQ(fraud->levels[0].threshold(), Fen{300'000});
  EXPECT_FALSE(fraud->levels[2].local_not_set());  // 500,000 yuan: one figure, nobody chooses
  EXPECT_FALSE(terms->offence("embezzlement")->levels[1].local_not_set());
  for (const auto& clock : terms->clocks) EXPECT_FALSE(clock.basis.empty()) << clock.name;
}

TEST(ParamsTest, WhatIsWrongInReferralIsSaidWithItsLine) {
  const auto whole = shipped_text("referral.yaml");
  struct Row {
    const char* find;
    const char* put;
    const char* says;
  };
  const Row rows[] = {
      {"from_yuan: 3000, to_yuan: 10000", "from_yuan: 3000, to_yuan: 10000, local_yuan: 2999",
       "the city's figure lies outside the band of the law"},
      {"from_yuan: 500000", "from_yuan: 500000, local_yuan: 500001",
       "the law has one figure here, nobody chooses another"},
      {"from_yuan: 3000, to_yuan: 10000", "from_yuan: 3000, to_yuan: 2999",
       "the band ends before it begins"},
      {"from_yuan: 30000, to_yuan: 100000", "from_yuan: 2000, to_yuan: 100000",
       "levels do not rise"},
      {"near_percent: 80", "near_percent: 101", "near_percent is missing or out of range"},
      {"from: reported", "from: reporte", "reporte of leader_decision is no event"},
      {"hours: 24, basis", "hours: 24, days: 1, basis", "one of days, working_days and hours"},
      {"after: [handed_over, forwarded]", "after: [handed_over, ended]",
       "ended ends, and receipted comes after it"},
      {"name: reported, zh: 报主要负责人, en: Reported to the head of unit, by: us, "
       "from_matter: true",
       "name: reported, zh: 报主要负责人, en: Reported to the head of unit, by: us",
       "no event reported with from_matter"},
      {"sure: assumed", "sure: guessed", "near_sure"},
  };
  for (const auto& row : rows) {
    auto text = whole;
    const auto at = text.find(row.find);
    ASSERT_NE(at, std::string::npos) << row.find;
    text.replace(at, std::string(row.find).size(), row.put);
    const auto terms = referral_of(text);
    ASSERT_FALSE(terms) << row.put;
    EXPECT_EQ(terms.error().code, "catalog.params");
    EXPECT_THAT(terms.error().detail, HasSubstr(row.says));
    EXPECT_THAT(terms.error().detail, HasSubstr("referral.yaml:"));
  }
}

TEST(ParamsTest, ACitysFigureInsideTheBandIsTaken) {
  auto text = shipped_text("referral.yaml");
  const std::string band = "from_yuan: 3000, to_yuan: 10000";
  text.replace(text.find(band), band.size(), band + ", local_yuan: 6000");
  const auto terms = referral_of(text);
  ASSERT_TRUE(terms) << terms.error().detail;
  EXPECT_EQ(terms->offence("fraud")->levels[0].threshold(), Fen{600'000});
  EXPECT_FALSE(terms->offence("fraud")->levels[0].local_not_set());
}

TEST(ParamsTest, WhatIsWrongInRecoveryIsSaidWithItsLine) {
  struct Row {
    const char* text;
    const char* says;
  };
  const std::string head = "rounding: half_up\ninterest:\n";
  const std::string good =
      "  - {name: a, title: {zh: 甲, en: A}, per_day_per_million: 500, basis: [x], sure: known}\n";
  const Row rows[] = {
      {"  - {name: a, title: {zh: 甲, en: A}, per_day_per_million: -1, basis: [x], sure: known}\n",
       "recovery.yaml:3: per_day_per_million is missing or out of range"},
      {"  - {name: a, title: {zh: 甲, en: A}, per_day_per_million: 0.5, basis: [x], sure: known}\n",
       "expected a whole number"},
      {"  - {name: a, title: {zh: 甲, en: A}, basis: [x], sure: known}\n",
       "per_day_per_million is missing"},
      {"  - {name: a, title: {zh: 甲, en: A}, per_day_per_million: 1, sure: known}\n",
       "has no basis"},
  };
  for (const auto& row : rows) {
    const auto terms = recovery_of(head + row.text);
    ASSERT_FALSE(terms) << row.text;
    EXPECT_EQ(terms.error().code, "catalog.params");
    EXPECT_THAT(terms.error().detail, HasSubstr(row.says));
  }
  EXPECT_THAT(recovery_of(head + good + good).error().detail, HasSubstr("a stands twice"));
  EXPECT_TRUE(recovery_of(head + good));
}

}  // namespace
}  // namespace anlan::catalog
