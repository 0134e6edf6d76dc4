#include "catalog/rule.hpp"

#include <gtest/gtest.h>

#include "catalog/catalog.hpp"
#include "catalog/rule_reader.hpp"

namespace anlan::catalog {
namespace {

const std::string whole =
    "code: EP-01\n"
    "title: {zh: 规则, en: Rule}\n"
    "about: person\n"
    "phases: [before, after]\n"
    "on_hit: {before: block}\n"
    "severity: high\n"
    "each: payment in dossier.payments\n"
    "where: payment.periodic\n"
    "let: {death: dossier.death, late: payment.month > month(death.date)}\n"
    "when: death.known && late\n"
    "amount: payment.amount\n"
    "params:\n"
    "  days: {type: int, value: 30, zh: 天, en: Days, unit: 天, sure: assumed}\n"
    "  base: {type: fen, policy: BASE, scheme: '110', zh: 基数, en: Base, sure: assumed}\n"
    "because: {zh: 说明, en: Reason}\n"
    "exclude: [exception_list]\n"
    "valid_from: 2011-07-01\n"
    "measures: [BU-06]\n"
    "basis: [law]\n"
    "false_alarms: {zh: 无, en: None}\n";

TEST(Rule, IsReadWholeFromItsFile) {
  const auto rule = parse_rule("paid_after_death", whole, "rule.yaml");
  ASSERT_TRUE(rule) << rule.error().detail;
  EXPECT_EQ(rule->each_name, "payment");
  EXPECT_EQ(rule->each_list, "payments");
  EXPECT_EQ(rule->on_hit,
            (std::map<std::string, std::string>{{"before", "block"}, {"after", "lead"}}));
  ASSERT_EQ(rule->lets.size(), 2U);
  EXPECT_EQ(rule->lets[1].name, "late");
  EXPECT_EQ(rule->lets[1].text.text, "payment.month > month(death.date)");
  EXPECT_EQ(rule->amount_kind, AmountKind::recoverable);
  ASSERT_EQ(rule->params.size(), 2U);
  EXPECT_EQ(rule->params[0].param.value, "30");
  EXPECT_EQ(rule->params[1].policy, "BASE");
  EXPECT_EQ(rule->params[1].param.value, "");
  EXPECT_EQ(rule->valid_from, Date::of(2011, 7, 1));
  EXPECT_FALSE(rule->valid_to);
}

std::string replaced(const std::string& from, const std::string& to) {
  auto text = whole;
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(Rule, SaysWhatIsWrongWithItsFile) {
  const struct {
    std::string yaml, problem;
  } rows[] = {
      {replaced("when:", "wen:"), "rule.yaml:10: unknown key wen in the rule"},
      {replaced("code: EP-01", "code: EP1"),
       "rule.yaml:1: code is EP1, expected one such as EP-01"},
      {replaced("on_hit: {before: block}\n", ""),
       "on_hit does not say what happens before, expected on_hit: {before: block}, hold or lead"},
      {replaced("on_hit: {before: block}", "on_hit: {before: block, during: hold}"),
       "rule.yaml:5: on_hit says what during does, which is not among phases"},
      {replaced("payment in dossier.payments", "dossier.payments"),
       "rule.yaml:7: each is dossier.payments, expected such as payment in dossier.payments"},
      {replaced("each: payment in dossier.payments\n", ""),
       "rule.yaml:7: where without each; expected each, or the condition in when"},
      {replaced("each: payment in", "each: dossier in"),
       "rule.yaml:7: each calls its row dossier, a name that has a meaning already"},
      {replaced("late: payment", "n_hits: payment"),
       "rule.yaml:9: let n_hits, a name that has a meaning already"},
      {replaced("late: payment", "payment: payment"),
       "rule.yaml:9: let payment is called as the row of each"},
      {replaced("amount: payment.amount", "amount_kind: difference"),
       "rule.yaml:11: amount_kind is difference but the rule has no amount"},
      {replaced("value: 30", "value: many"),
       "rule.yaml:13: value of days is many, expected a whole number"},
      {replaced("policy: BASE, ", ""),
       "rule.yaml:14: a scheme without policy, the code in policy_param"},
      {replaced("valid_from: 2011-07-01", "valid_from: 2011-13-01"),
       "valid_from is 2011-13-01, expected a date such as 2018-11-30"},
      {replaced("when: death.known && late\n", ""), "the rule has no when"},
  };
  for (const auto& row : rows) {
    const auto rule = parse_rule("paid_after_death", row.yaml, "rule.yaml");
    ASSERT_FALSE(rule) << row.problem;
    EXPECT_EQ(rule.error().code, "catalog.rule");
    EXPECT_NE(rule.error().detail.find(row.problem), std::string::npos) << rule.error().detail;
  }
}

TEST(Rule, ItsVersionIsOfAllThatDecidesItsHits) {
  const auto version = [](const std::string& yaml, const std::string& exclusion,
                          const std::string& dossier) {
    const auto rule = parse_rule("rule", yaml, "rule.yaml");
    const auto exclusions = parse_exclusions(
        "exclusions:\n  - {name: exception_list, code: E6, title: {zh: 例外, en: Exception}, "
        "about: "
        "person, when: " +
            exclusion + "}\n",
        "exclusions.yaml");
    EXPECT_TRUE(rule && exclusions);
    return version_of(*rule, *exclusions, dossier);
  };
  const auto first = version(whole, "row.periodic", "1");
  EXPECT_EQ(first.size(), 16U);
  EXPECT_EQ(version(whole, "row.periodic", "1"), first);
  EXPECT_NE(version(replaced("BU-06", "BU-07"), "row.periodic", "1"), first);
  EXPECT_NE(version(whole, "row.month == as_of_month", "1"), first);
  EXPECT_NE(version(whole, "row.periodic", "2"), first);
}

}  // namespace
}  // namespace anlan::catalog
