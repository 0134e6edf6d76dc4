#include "rules/spec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/check_catalog.hpp"

namespace anlan::rules {
namespace {

const catalog::Catalog& real_catalog() {
  static const auto catalog = [] {
    auto loaded = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
    EXPECT_TRUE(loaded) << loaded.error().detail;
    return loaded ? std::move(*loaded) : catalog::Catalog{};
  }();
  return catalog;
}

catalog::Rule paid_after_death(const std::string& spec) {
  auto rule = catalog::parse_rule(
      "paid_after_death",
      "code: EP-01\n"
      "title: {zh: 规则, en: Rule}\n"
      "about: person\n"
      "phases: [after]\n"
      "severity: high\n"
      "each: payment in dossier.payments\n"
      "let: {death: dossier.death, late: payment.month - month(death.date)}\n"
      "when: death.known && late > param(\"months_max\")\n"
      "amount: payment.amount\n"
      "params: {months_max: {type: int, value: 0, zh: 月, en: Months, sure: assumed}}\n"
      "because: {zh: \"{date(death.date)}\", en: \"{late}\"}\n"
      "basis: [law]\n"
      "false_alarms: {zh: 无, en: None}\n",
      "rule.yaml");
  EXPECT_TRUE(rule) << rule.error().detail;
  rule->spec = spec;
  return *rule;
}

const std::string given =
    "given person\n"
    "  person_id  id_no               name\n"
    "  P1         129901195001010010  张三\n"
    "given ext_death\n"
    "  source  id_no               name  death_date  death_rank\n"
    "  1       129901195001010010  张三  2018-03-31  1\n"
    "given benefit_payment\n"
    "  pay_id  person_id  scheme  item    benefit_month  amount   pay_kind  result\n"
    "  B1      P1         110     100010  201803         3000.00  0         1\n"
    "  B2      P1         110     100010  201804         3000.00  0         1\n"
    "  B3      P1         110     100010  201805         2000.00  0         1\n";

TEST(RuleSpec, JudgesGivenRowsAsDossiers) {
  auto runner = SpecRunner::open(real_catalog());
  ASSERT_TRUE(runner) << runner.error().detail;
  const auto result = runner->run(paid_after_death(
      "case both months\n" + given +
      "expect\n"
      "  subject_id          month   amount_fen  ev_benefit_payment  scheme  death.date  late\n"
      "  129901195001010010  201805  200000      B3                  110     2018-03-31  2\n"
      "  129901195001010010  201804  300000      B2                  110     2018-03-31  1\n"
      "case a month is allowed\n"
      "params months_max=1\n" +
      given +
      "expect\n"
      "  month\n"
      "  201805\n"
      "case nothing of the case before is left\n"
      "given person\n"
      "  person_id  id_no               name\n"
      "  P1         129901195001010010  张三\n"
      "expect\n"));
  ASSERT_FALSE(result.error) << result.error->detail;
  ASSERT_EQ(result.cases.size(), 3U);
  for (const auto& one : result.cases) EXPECT_EQ(one.difference, "") << one.name;
  EXPECT_TRUE(result.passed());
}

TEST(RuleSpec, ShowsWhatIsMissingUnexpectedAndWrong) {
  auto runner = SpecRunner::open(real_catalog());
  ASSERT_TRUE(runner) << runner.error().detail;
  const auto result = runner->run(paid_after_death("case wrong\n" + given +
                                                   "expect\n"
                                                   "  month   amount_fen\n"
                                                   "  201804  300000\n"
                                                   "  201803  300000\n"
                                                   "case no such column\n" +
                                                   given +
                                                   "expect\n"
                                                   "  amount\n"
                                                   "  1\n"
                                                   "case no such day\n" +
                                                   given +
                                                   "expect\n"
                                                   "  death.date\n"
                                                   "  201803\n"));
  ASSERT_EQ(result.cases.size(), 3U);
  EXPECT_EQ(result.cases[0].difference,
            "            month    amount_fen\n"
            "missing     2018-03  300000\n"
            "unexpected  2018-05  200000\n");
  EXPECT_THAT(result.cases[1].difference, testing::HasSubstr("no column amount; did you mean"));
  EXPECT_THAT(result.cases[2].difference,
              testing::HasSubstr("death.date is '201803', expected date"));
  EXPECT_FALSE(result.passed());
}

TEST(RuleSpec, TheCatalogsRulesCheckAndPassTheirSpecs) {
  const auto checked = check_catalog(real_catalog());
  ASSERT_TRUE(checked) << checked.error().detail;
  auto runner = SpecRunner::open(real_catalog());
  ASSERT_TRUE(runner) << runner.error().detail;
  for (const auto& rule : real_catalog().rules) {
    const auto result = runner->run(rule);
    EXPECT_FALSE(result.error) << rule.name << ": " << result.error->detail;
    for (const auto& one : result.cases)
      EXPECT_EQ(one.difference, "") << rule.name << "/rule.spec:" << one.line << ": " << one.name;
  }
}

}  // namespace
}  // namespace anlan::rules
