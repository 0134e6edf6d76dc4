#include "rules/explain.hpp"

#include <gtest/gtest.h>

#include "rules/test_rules.hpp"

namespace anlan::rules {
namespace {

const Moment december{Date::of(2018, 12, 31), nullptr};

const std::string after_death =
    "each: payment in dossier.payments\n"
    "where: payment.scheme == \"110\"\n"
    "let: {death: dossier.death}\n"
    "when: death.known && payment.month > month(death.date)\n"
    "amount: payment.amount\n"
    "because: {zh: \"{date(death.date)} 死亡，仍发放 {payment.month} {label(scheme, "
    "payment.scheme)} "
    "{yuan(amount_fen)} 元\", en: \"{payment.no_text} {percent(payment.share)} {count(n_hits)} "
    "{tail(subject_id)}\"}\n";

TEST(Explain, ShowsAHitWithTheValuesOfItsParts) {
  SmallWorld world;
  const auto rule = world.check(after_death);
  ASSERT_TRUE(rule) << rule.error().detail;
  const auto& bucket = world.memory().bucket();
  const auto rows = explain(*rule, {&bucket, 0}, december);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].verdict, Verdict::holds);
  EXPECT_EQ(rows[0].key, "B1");
  EXPECT_TRUE(rows[0].failed.empty());
  EXPECT_EQ(explanation_text(rows[0].when),
            "true           death.known && payment.month > month(death.date)\n"
            "true             death.known\n"
            "true             payment.month > month(death.date)\n"
            "2018-04            payment.month\n"
            "2018-03            month(death.date)\n"
            "2018-03-15           death.date\n");
  ASSERT_TRUE(rows[0].hit);
  EXPECT_EQ(sentence_of(*rule, *rows[0].hit, Lang::zh, world.lists),
            "2018-03-15 死亡，仍发放 2018-04 职工养老 3,120.50 元");
  EXPECT_EQ(sentence_of(*rule, *rows[0].hit, Lang::en, world.lists), "— 35.0% 1 P1");
}

TEST(Explain, NamesThePartThatKeepsARuleSilent) {
  SmallWorld world;
  world.add_payment("P1", 201803, "B0");
  world.add_payment("P2", 201804, "B9");
  const auto rule = world.check(after_death);
  ASSERT_TRUE(rule) << rule.error().detail;
  const auto& bucket = world.memory().bucket();
  const auto rows = explain(*rule, {&bucket, 0}, december);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].verdict, Verdict::does_not);
  EXPECT_EQ(rows[0].failed,
            (std::vector<std::string>{"payment.month > month(death.date) = false"}));
  const auto others = explain(*rule, {&bucket, 1}, december);
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0].verdict, Verdict::does_not);
  EXPECT_EQ(others[0].failed,
            (std::vector<std::string>{"death.known = false",
                                      "payment.month > month(death.date) = unknown"}));
}

TEST(Explain, TellsValidityApartFromTheCondition) {
  SmallWorld world;
  const auto rule = world.check(
      "each: payment in dossier.payments\n"
      "when: payment.scheme in [\"110\", \"170\"] && payment.count == 8\nvalid_from: 2018-05-01\n");
  ASSERT_TRUE(rule) << rule.error().detail;
  const auto& bucket = world.memory().bucket();
  const auto rows = explain(*rule, {&bucket, 0}, december);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(explanation_text(rows[0].when),
            "false          payment.scheme in [\"110\", \"170\"] && payment.count == 8\n"
            "true             payment.scheme in [\"110\", \"170\"]\n"
            "\"110\"              payment.scheme\n"
            "false            payment.count == 8\n"
            "7                  payment.count\n");
  EXPECT_EQ(explanation_text(rows[0].validity),
            "false          validity\n"
            "2018-04          payment.month\n");
  EXPECT_EQ(rows[0].failed,
            (std::vector<std::string>{"payment.count == 8 = false", "validity = false"}));
  const auto whole = world.check("when: dossier.death.known\nvalid_to: 2017-12-31\n");
  ASSERT_TRUE(whole) << whole.error().detail;
  const auto once = explain(*whole, {&bucket, 0}, december);
  EXPECT_EQ(once[0].failed, std::vector<std::string>{"validity = false"});
  EXPECT_EQ(explanation_text(once[0].validity),
            "false          validity\n"
            "2018-12-31       as_of\n");
}

TEST(Explain, ARowWhoseAmountIsAnErrorIsNoHit) {
  SmallWorld world;
  const auto rule = world.check(
      "each: payment in dossier.payments\nwhen: payment.count == 7\n"
      "amount: payment.amount * (payment.count / (payment.count - 7))\n");
  ASSERT_TRUE(rule) << rule.error().detail;
  const auto& bucket = world.memory().bucket();
  const auto rows = explain(*rule, {&bucket, 0}, december);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].verdict, Verdict::error);
  EXPECT_FALSE(rows[0].hit);
  EXPECT_EQ(
      rows[0].failed,
      (std::vector<std::string>{"payment.count / (payment.count - 7) = error: division by zero"}));
}

TEST(Explain, SaysOneSentenceOfAllHits) {
  SmallWorld world;
  world.add_payment("P1", 201806, "B3");
  world.add_payment("P1", 201805, "B2");
  const auto rule = world.check(after_death);
  ASSERT_TRUE(rule) << rule.error().detail;
  const auto& bucket = world.memory().bucket();
  const auto outcome = interpret(*rule, {&bucket, 0}, december);
  ASSERT_EQ(outcome.hits.size(), 3U);
  const auto summary = summary_of(outcome.hits);
  EXPECT_EQ(summary.month_from, 201804);
  EXPECT_EQ(summary.month_to, 201806);
  EXPECT_EQ(summary.amount_fen, 936150);
  EXPECT_EQ(sentence_of(*rule, std::span<const Hit>(outcome.hits), Lang::zh, world.lists),
            "2018-03-15 死亡，仍发放 2018-04 职工养老 9,361.50 元");
}

TEST(Explain, CountsTheSameMoneyOnce) {
  Hit hit;
  hit.amount_fen = 100;
  EXPECT_EQ(summary_of(std::vector{hit, hit}).amount_fen, 200);  // nobody's
  hit.person_id_no = "P1";
  auto more = hit;
  more.amount_fen = 300;
  EXPECT_EQ(summary_of(std::vector{hit, more, hit}).amount_fen, 300);
  auto later = hit;
  later.month = 201804;
  EXPECT_EQ(summary_of(std::vector{more, later}).amount_fen, 400);
  hit.amount_fen.reset();
  EXPECT_FALSE(summary_of(std::vector{hit}).amount_fen);
}

TEST(Explain, ShowsTheElementsOfAList) {
  SmallWorld world;
  const auto rule = world.check("when: dossier.checks.exists(c, c.passed && c.date > as_of)\n");
  ASSERT_TRUE(rule) << rule.error().detail;
  const auto& bucket = world.memory().bucket();
  const auto rows = explain(*rule, {&bucket, 0}, december);
  ASSERT_EQ(rows.size(), 1U);
  ASSERT_EQ(rows[0].when.parts.size(), 4U);  // the list and three checks
  EXPECT_EQ(rows[0].when.parts[0].value, "3 rows");
  EXPECT_EQ(rows[0].when.parts[2].text, "[1] c.passed && c.date > as_of");
  EXPECT_EQ(rows[0].when.parts[2].value, "false");
  EXPECT_EQ(rows[0].when.parts[3].value, "false");
}

}  // namespace
}  // namespace anlan::rules
