#include <gtest/gtest.h>

#include <sstream>

#include "rules/test_rules.hpp"

namespace anlan::rules {
namespace {

TEST(Interpret, GivesEachExpressionItsValue) {
  SmallWorld world;
  const struct {
    std::string expression, value;
  } rows[] = {
      // Numbers.
      {"payment.count + 3 * 2", "13"},
      {"payment.count - 10", "-3"},
      {"payment.count / 2", "3"},
      {"-payment.count / 2", "-3"},
      {"-payment.count % 4", "-3"},
      {"payment.count % -4", "3"},
      {"payment.amount * 2 - yuan(\"0.50\")", "624050"},
      {"-payment.share", "-0.35"},
      {"payment.share * 2 + ratio(\"0.3\")", "1"},
      {"9223372036854775807 - payment.count + payment.count", "9223372036854775807"},
      // Errors.
      {"9223372036854775807 + payment.count", "error: overflow"},
      {"-9223372036854775807 - 0 * payment.count", "-9223372036854775807"},
      {"-9223372036854775807 - payment.count", "error: overflow"},
      {"9223372036854775807 * payment.count", "error: overflow"},
      {"payment.count / (payment.count - 7)", "error: division by zero"},
      {"payment.count % (payment.count - 7)", "error: division by zero"},
      {"div(payment.amount, payment.count - 7)", "error: division by zero"},
      {"ratio_of(payment.amount, payment.amount * 0)", "error: division by zero"},
      {"payment.month + 1000000", "error: out of range"},
      {"payment.day - 1000000", "error: out of range"},
      {"payment.no_count / (payment.count - 7)", "missing"},
      {"payment.no_count + (1 / (payment.count - 7))", "error: division by zero"},
      // Errors in logic: what decides without them decides.
      {"false && 1 / (payment.count - 7) == 1", "false"},
      {"1 / (payment.count - 7) == 1 && payment.count == 0", "false"},
      {"1 / (payment.count - 7) == 1 && payment.periodic", "error: division by zero"},
      {"1 / (payment.count - 7) == 1 && payment.no_flag", "error: division by zero"},
      {"1 / (payment.count - 7) == 1 || payment.periodic", "true"},
      {"payment.periodic ? 1 : 1 / (payment.count - 7)", "1"},
      {"coalesce(payment.count, 1 / (payment.count - 7))", "7"},
      {"has(1 / (payment.count - 7))", "error: division by zero"},
      // Months and days.
      {"payment.month + 9", "2019-01"},
      {"payment.month - 4", "2017-12"},
      {"payment.month - month(\"2017-12\")", "4"},
      {"months_between(month(\"2017-12\"), payment.month)", "4"},
      {"payment.day + 21", "2018-05-01"},
      {"payment.day - date(\"2018-03-10\")", "31"},
      {"month(payment.day)", "2018-04"},
      {"first_day(payment.month)", "2018-04-01"},
      {"last_day(month(\"2016-02\") + payment.count * 0)", "2016-02-29"},
      {"year(payment.month)", "2018"},
      {"year(payment.day)", "2018"},
      {"as_of", "2018-12-31"},
      {"as_of_month", "2018-12"},
      // Comparisons.
      {"payment.month == month(\"2018-04\")", "true"},
      {"payment.scheme < \"111\"", "true"},
      {"payment.scheme != \"110\"", "false"},
      {"payment.periodic == true", "true"},
      {"payment.amount >= yuan(\"3120.50\")", "true"},
      // In.
      {"payment.scheme in [\"110\", \"170\"]", "true"},
      {"payment.scheme in [\"170\"]", "false"},
      {"payment.no_text in [\"170\"]", "missing"},
      {"payment.count in [1, payment.no_count]", "missing"},
      {"payment.count in [7, payment.no_count]", "true"},
      {"payment.scheme in dossier.payments.map(p, p.scheme)", "true"},
      // Missing values.
      {"has(payment.month)", "true"},
      {"has(payment.no_month)", "false"},
      {"coalesce(payment.no_amount, yuan(\"1.00\"))", "100"},
      {"coalesce(payment.no_amount, payment.no_amount)", "missing"},
      {"payment.no_flag ? 1 : 2", "missing"},
      {"!payment.no_flag", "missing"},
      {"payment.no_flag && payment.periodic", "missing"},
      {"payment.no_flag && !payment.periodic", "false"},
      {"payment.no_flag || payment.periodic", "true"},
      {"payment.no_flag || !payment.periodic", "missing"},
      // Facts.
      {"dossier.death.known", "true"},
      {"dossier.death.source", "公安"},
      {"dossier.id", "P1"},
      {"rule_code", "EP-01"},
      // Lists.
      {"size(dossier.checks)", "3"},
      {"dossier.checks", "[0, 1, 2]"},
      {"dossier.checks.filter(c, c.passed)", "[0]"},
      {"dossier.checks.map(c, c.passed)", "[true, false, missing]"},
      {"dossier.checks.exists(c, c.passed)", "true"},
      {"dossier.checks.exists(c, c.passed && c.date > date(\"2018-02-01\"))", "missing"},
      {"dossier.checks.exists(c, c.date > date(\"2019-01-01\"))", "false"},
      {"dossier.checks.all(c, c.passed)", "false"},
      {"dossier.checks.all(c, c.passed || c.date > date(\"2018-02-01\"))", "true"},
      {"dossier.checks.filter(c, !c.passed).all(c, c.passed)", "false"},
      {"dossier.checks.exists_one(c, c.passed)", "missing"},
      {"dossier.checks.exists_one(c, c.date == date(\"2018-02-05\"))", "true"},
      {"dossier.checks.exists_one(c, c.date > date(\"2018-02-01\"))", "false"},
      {"dossier.checks.exists(c, 1 / (payment.count - 7) == 1)", "error: division by zero"},
      {"dossier.checks.exists(c, c.passed || 1 / (payment.count - 7) == 1)", "true"},
      {"first(dossier.checks).date", "2018-01-05"},
      {"last(dossier.checks).date", "2018-03-05"},
      {"dossier.checks[1].date", "2018-02-05"},
      {"dossier.checks[3].date", "missing"},
      {"dossier.checks[-1].known", "false"},
      {"dossier.checks[payment.no_count].known", "false"},
      {"first(dossier.checks.filter(c, false))", "no row"},
      {"first(dossier.checks.filter(c, false)).date", "missing"},
      {"min(dossier.checks.map(c, c.date))", "2018-01-05"},
      {"max(dossier.checks.filter(c, false).map(c, c.date))", "missing"},
      {"sum(dossier.payments.map(p, p.amount))", "312050"},
      {"sum(dossier.payments.map(p, p.no_amount))", "0"},
      {"min([payment.amount, payment.no_amount])", "312050"},
      {"sum([9223372036854775807, payment.count])", "error: overflow"},
      {"sum([9223372036854775807, payment.count, -7])", "9223372036854775807"},
      {"distinct([3, 1, payment.no_count, 3])", "[1, 3]"},
      {"size(distinct([\"b\", \"a\", \"b\"]))", "2"},
      {"dossier.payments.exists(p, dossier.checks.exists(c, c.date < p.day && c.passed))", "true"},
      // Text.
      {"payment.scheme.startsWith(\"11\")", "true"},
      {"payment.scheme.endsWith(\"11\")", "false"},
      {"dossier.death.source.contains(\"安\")", "true"},
      {"payment.scheme.matches(r\"^1\\d0$\")", "true"},
      {"dossier.death.source.substr(1, 1)", "安"},
      {"dossier.death.source.substr(1, 9)", "安"},
      {"dossier.death.source.substr(9, 1)", ""},
      {"size(dossier.death.source)", "2"},
      {"payment.no_text.contains(\"a\")", "missing"},
      // Functions of the field.
      {"share(payment.amount, payment.share)", "109218"},  // 312050 × 0.35 = 109217.5
      {"share(-payment.amount, payment.share)", "-109218"},
      {"div(payment.amount, 3)", "104017"},  // 104016.67
      {"div(yuan(\"0.05\") + payment.amount * 0, 2)", "3"},
      {"ratio_of(payment.count, 3)", "2.333333"},
      {"ratio_of(payment.amount, payment.amount * 3)", "0.333333"},
      {"age_at(date(\"1958-04-10\"), payment.day)", "60"},
      {"age_at(date(\"1958-04-11\"), payment.day)", "59"},
      {"age_at(date(\"1958-04-30\"), payment.month)", "60"},
      {"age_at(date(\"1958-05-01\"), payment.month)", "59"},
      {"stat_month(\"1\", date(\"1958-04-11\"), payment.no_text)", "2018-04"},
      {"stat_month(\"2\", date(\"1958-04-11\"), \"W\")", "2008-04"},
      {"stat_month(\"2\", date(\"1958-04-11\"), \"G\")", "2013-04"},
      {"stat_month(\"2\", date(\"1958-04-11\"), payment.no_text)", "missing"},
      {"stat_month(\"1\", date(\"1976-09-30\"), \"\")", "2039-09"},
      {"min_months(payment.month)", "180"},
      {"min_months(month(\"2030-01\"))", "186"},
      {"resident_pension(yuan(\"88.00\"), yuan(\"13900.00\"))", "18800"},
      {"unemployment_months(60, 10)", "24"},
      {"unemployment_months(-1, payment.count)", "error: out of range"},
      {"employee_pension(yuan(\"6000.00\"), ratio(\"1\"), 360, 0, ratio(\"0\"), ratio(\"0.013\"), "
       "yuan(\"139000.00\"), 720)",
       "280000"},
      {"employee_pension(payment.amount, payment.share, payment.count, 0, ratio(\"0\"), "
       "ratio(\"0.00005\"), payment.amount, 720)",
       "error: out of range"},
  };
  for (const auto& row : rows) EXPECT_EQ(world.value(row.expression), row.value) << row.expression;
}

/// Every operation on plain values says nothing where an argument is missing.
TEST(Interpret, GivesMissingWhereAValueIsMissing) {
  const std::vector<std::tuple<std::string, std::string, std::string>> fields = {
      {"payment.count", "payment.no_count", "== != < <= > >= + - * / %"},
      {"payment.amount", "payment.no_amount", "== != < <= > >= + -"},
      {"payment.share", "payment.no_share", "== != < <= > >= + -"},
      {"payment.month", "payment.no_month", "== != < <= > >= -"},
      {"payment.day", "payment.no_day", "== != < <= > >= -"},
      {"payment.scheme", "payment.no_text", "== != < <= > >="},
      {"payment.periodic", "payment.no_flag", "== !="},
  };
  SmallWorld world;
  for (const auto& [present, absent, operators] : fields) {
    std::string op;
    std::istringstream words(operators);
    while (words >> op) {
      EXPECT_NE(world.value(present + op + present), "missing") << present << op;
      for (const auto& text : {present + op + absent, absent + op + present, absent + op + absent})
        EXPECT_EQ(world.value(text), "missing") << text;
    }
  }
  for (const auto* text :
       {"payment.month + payment.no_count", "payment.no_day - 1", "payment.no_amount * 2",
        "month(payment.no_day)", "last_day(payment.no_month)", "year(payment.no_month)",
        "share(payment.no_amount, payment.share)", "age_at(payment.no_day, payment.month)",
        "stat_month(payment.no_text, payment.day, \"W\")", "size(payment.no_text)",
        "payment.no_text.substr(0, 1)", "-payment.no_count"})
    EXPECT_EQ(world.value(text), "missing") << text;
}

TEST(Interpret, JoinsTruthsAsKleeneDoes) {
  SmallWorld world;
  const std::string values[] = {"payment.periodic", "!payment.periodic", "payment.no_flag",
                                "1 / (payment.count - 7) == 1"};
  const std::string error = "error: division by zero";
  // Rows and columns: true, false, unknown, error.
  const std::string both[4][4] = {{"true", "false", "missing", error},
                                  {"false", "false", "false", "false"},
                                  {"missing", "false", "missing", error},
                                  {error, "false", error, error}};
  const std::string either[4][4] = {{"true", "true", "true", "true"},
                                    {"true", "false", "missing", error},
                                    {"true", "missing", "missing", error},
                                    {"true", error, error, error}};
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      EXPECT_EQ(world.value(values[a] + " && " + values[b]), both[a][b]) << a << b;
      EXPECT_EQ(world.value(values[a] + " || " + values[b]), either[a][b]) << a << b;
    }
  }
}

Outcome outcome_of(SmallWorld& world, const std::string& lines, const Moment& moment) {
  const auto checked = world.check(lines);
  EXPECT_TRUE(checked) << checked.error().detail;
  if (!checked) return {};
  const auto& bucket = world.memory().bucket();
  return interpret(*checked, {&bucket, 0}, moment);
}

const Moment december{Date::of(2018, 12, 31), nullptr};

TEST(Interpret, FindsTheRowsThatARulePicks) {
  SmallWorld world;
  world.add_payment("P1", 201803, "B0");  // the month of death is due
  world.add_payment("P1", 201805, "B2", 100);
  world.add_payment("P2", 201805, "B9");  // somebody else
  const auto outcome = outcome_of(world,
                                  "each: payment in dossier.payments\n"
                                  "where: payment.scheme == \"110\" && payment.periodic\n"
                                  "let: {death: dossier.death}\n"
                                  "when: death.known && payment.month > month(death.date)\n"
                                  "amount: payment.amount\n"
                                  "because: {zh: \"{date(death.date)} {payment.month} "
                                  "{yuan(payment.amount)}\", en: \"{payment.no_text}\"}\n",
                                  december);
  ASSERT_EQ(outcome.hits.size(), 2U);
  const auto& hit = outcome.hits[0];
  EXPECT_EQ(hit.subject_id, "P1");
  EXPECT_EQ(hit.month, 201804);
  EXPECT_EQ(hit.amount_fen, std::optional<std::int64_t>(312050));
  EXPECT_EQ(hit.person_id_no, "P1");
  EXPECT_EQ(hit.scheme, "110");
  EXPECT_EQ(hit.evidence,
            (std::vector<EvidenceRow>{{"benefit_payment", "B1"}, {"ext_death", "D1"}}));
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(hit.values, (std::vector<Pair>{{"death.date", "2018-03-15"},
                                           {"payment.month", "2018-04"},
                                           {"payment.amount", "312050"}}));
  EXPECT_EQ(outcome.hits[1].month, 201805);
  EXPECT_TRUE(outcome.faults.empty());
}

TEST(Interpret, CountsErrorsByRowAndGoesOn) {
  SmallWorld world;
  world.add_payment("P1", 201805, "B2", 0);
  const auto outcome = outcome_of(world,
                                  "each: payment in dossier.payments\n"
                                  "when: ratio_of(payment.amount, payment.amount) > ratio(\"0\")\n",
                                  december);
  EXPECT_EQ(outcome.hits.size(), 1U);
  ASSERT_EQ(outcome.faults.size(), 1U);
  EXPECT_EQ(outcome.faults[0].fault, Fault::division_by_zero);
  EXPECT_EQ(outcome.faults[0].row, std::optional<std::uint32_t>(1));
}

TEST(Interpret, AnErrorInWhenIsNoneWhereWhereSaysNo) {
  SmallWorld world;
  const auto outcome = outcome_of(world,
                                  "each: payment in dossier.payments\n"
                                  "where: payment.count < 0\n"
                                  "when: 1 / (payment.count - 7) > 0\n",
                                  december);
  EXPECT_TRUE(outcome.hits.empty());
  EXPECT_TRUE(outcome.faults.empty());
}

TEST(Interpret, DropsAndCountsWhatAnExclusionCovers) {
  SmallWorld world;
  auto exclusions = catalog::parse_exclusions(
      "exclusions:\n"
      "  - {name: alive, code: E5, title: {zh: 活, en: Alive}, about: person,\n"
      "     when: 'dossier.checks.exists(c, c.passed && c.date > row.day)'}\n"
      "  - {name: small, code: E3, title: {zh: 小, en: Small}, about: person,\n"
      "     when: 'row.amount < yuan(\"1.00\")'}\n"
      "  - {name: unsure, code: E4, title: {zh: 疑, en: Unsure}, about: person, when: "
      "row.no_flag}\n",
      "exclusions.yaml");
  ASSERT_TRUE(exclusions) << exclusions.error().detail;
  world.exclusions = *exclusions;
  world.add_payment("P1", 201805, "B2", 99);
  world.memory().add(2, "P1", {SmallWorld::date(2018, 4, 9), std::int64_t{1}}, "C4");
  const std::string rule =
      "each: payment in dossier.payments\n"
      "when: \"true\"\n"
      "exclude: [alive, small, unsure]\n";
  const auto outcome = outcome_of(world, rule, december);
  EXPECT_EQ(outcome.hits.size(), 1U);
  EXPECT_EQ(outcome.excluded, (std::vector<std::size_t>{0, 1, 0}));
  world.memory().add(2, "P1", {SmallWorld::date(2018, 4, 11), std::int64_t{1}}, "C5");
  EXPECT_EQ(outcome_of(world, rule, december).excluded, (std::vector<std::size_t>{2, 0, 0}));
}

TEST(Interpret, JudgesFactsOfItsTime) {
  SmallWorld world;
  for (const auto& [from, hits] : {std::pair("2018-04-30", 1U), std::pair("2018-05-01", 0U)}) {
    const auto rule =
        fmt::format("each: payment in dossier.payments\nwhen: \"true\"\nvalid_from: {}\n", from);
    EXPECT_EQ(outcome_of(world, rule, december).hits.size(), hits) << from;
  }
  for (const auto& [to, hits] : {std::pair("2018-12-31", 1U), std::pair("2018-12-30", 0U)}) {
    const auto rule = fmt::format("when: dossier.death.known\nvalid_to: {}\n", to);
    EXPECT_EQ(outcome_of(world, rule, december).hits.size(), hits) << to;
  }
}

TEST(Interpret, ReadsPoliciesByDayRegionAndScheme) {
  const auto day = [](int year, int month) { return Date::of(year, month, 1); };
  const PolicyTable table(
      {{"BASE", "110", "110000", day(2018, 1), Date::of(2018, 12, 31), "100.00"},
       {"BASE", "110", "110100", day(2018, 7), std::nullopt, "200.00"},
       {"BASE", "110", "110105", day(2018, 7), std::nullopt, "300.00"},
       {"BASE", "170", "000000", day(2018, 1), std::nullopt, "1.00"},
       {"ODD", "110", "110000", day(2018, 1), std::nullopt, "much"}});
  const auto found = [&](const char* code, const char* scheme, int month,
                         std::optional<std::string_view> region) {
    const PolicyUse use{code, scheme, catalog::ParamType::fen, std::nullopt};
    const auto value = table.find(use, day(2018, month), region);
    return value.known() ? std::to_string(value.number) : value.is_error() ? "error" : "missing";
  };
  EXPECT_EQ(found("BASE", "110", 6, std::nullopt), "10000");
  EXPECT_EQ(found("BASE", "110", 7, std::nullopt), "20000");
  EXPECT_EQ(found("BASE", "110", 7, "110105"), "30000");
  EXPECT_EQ(found("BASE", "110", 7, "110106"), "20000");
  EXPECT_EQ(found("BASE", "110", 7, "110200"), "10000");
  EXPECT_EQ(found("BASE", "110", 7, "120000"), "missing");
  EXPECT_EQ(found("BASE", "170", 7, "120000"), "100");
  EXPECT_EQ(found("ODD", "110", 7, std::nullopt), "error");
  EXPECT_EQ(table.find({"NONE", "", catalog::ParamType::fen, 5}, day(2018, 7), {}).number, 5);

  SmallWorld world;
  const std::string rule =
      "each: payment in dossier.payments\n"
      "when: payment.amount > param(\"base\", payment.month)\n"
      "params:\n"
      "  base: {type: fen, policy: BASE, scheme: '110', zh: 基数, en: base, sure: assumed}\n";
  EXPECT_EQ(outcome_of(world, rule, {Date::of(2018, 12, 31), &table}).hits.size(), 1U);
  EXPECT_EQ(outcome_of(world, rule, december).hits.size(), 0U);
}

}  // namespace
}  // namespace anlan::rules
