#include <gtest/gtest.h>

#include <set>

#include "rules/functions.hpp"
#include "rules/test_rules.hpp"

namespace anlan::rules {
namespace {

TEST(Checker, SaysWhatIsWrongAndWhatWasExpected) {
  SmallWorld world;
  const struct {
    std::string expression, problem;
  } rows[] = {
      {"payment.mnth", "payments has no field mnth; did you mean month?"},
      {"dossier.paiments", "the dossier of a person has no paiments; did you mean payments?"},
      {"paymnt.month", "unknown name paymnt; did you mean payment?"},
      {"payments", "unknown name payments; did you mean dossier.payments?"},
      {"dossier",
       "dossier is not a value; expected one of its lists or facts, such as "
       "dossier.payments"},
      {"dossier.payments.month",
       "payments is a list, one row has the fields; expected such as "
       ".exists(payment, payment.month …) or first(…).month"},
      {"payment.month.year", "payment.month is month, which has no fields"},
      {"payment.scheme == 110",
       "== compares values of one type, found string and int; write "
       "\"110\""},
      {"payment.month == 201804",
       "== compares values of one type, found month and int; write "
       "month(\"201804\")"},
      {"payment.amount > 100",
       "> compares values of one type, found fen and int; write "
       "yuan(\"100\")"},
      {"payment.month > dossier.death.date",
       "> compares values of one type, found month and "
       "date; write month(dossier.death.date)"},
      {"payment == payment", "== compares plain values, found a row of payments"},
      {"payment.scheme == \"11O\"", "the code list scheme has no \"11O\"; did you mean 110?"},
      {"payment.scheme == \"职工养老\"",
       "\"职工养老\" is a title of the list scheme; expected its "
       "code \"110\""},
      {"payment.scheme in [\"110\", \"999\"]",
       "the code list scheme has no \"999\"; expected one "
       "of 110, 170"},
      {"payment.periodic < true", "bools have no order; expected == or !=, found <"},
      {"payment.amount / 2",
       "/ does not take fen and int; write div(fen, int), which rounds half "
       "up"},
      {"payment.amount / payment.amount", "/ does not take fen and fen; write ratio_of(fen, fen)"},
      {"payment.amount * payment.share", "* does not take fen and ratio; write share(fen, ratio)"},
      {"payment.amount + 1", "+ does not take fen and int; write yuan(\"1\")"},
      {"1 + payment.month", "+ does not take int and month; write the month first"},
      {"payment.scheme + \"x\"",
       "+ does not take string and string; strings are joined in "
       "sentences only"},
      {"payment.periodic && payment.count", "&& joins bools, found int"},
      {"!payment.count", "! turns a bool round, found int"},
      {"-payment.month", "- takes int, fen or ratio, found month"},
      {"payment.count ? 1 : 2", "the condition before ? is int, expected bool"},
      {"payment.periodic ? 1 : \"a\"", "the two values of ? : differ in type, int and string"},
      {"[1, \"a\"]", "a list of int with a value of type string"},
      {"[]", "an empty list; expected at least one value"},
      {"[payment]", "a list holds plain values, found a row of payments"},
      {"1 in payment.count", "after in stands int, expected list<int>"},
      {"1 in dossier.payments",
       "after in stands list<payment>, expected list<int>; expected one "
       "of its fields by .map(payment, payment.…), or .exists"},
      {"1 in [\"a\"]", "a value of type int is never in list<string>"},
      {"dossier.payments[payment.month]",
       "the place in a list is month, expected int, counted "
       "from 0"},
      {"payment.count[0]", "[…] takes a row out of a list, found int"},
      {"dossier.payments.exist(p, true)", "list<payment> has no exist(…); did you mean exists?"},
      {"dossier.payments.exists(p)", "expected .exists(name, expression)"},
      {"dossier.payments.exists(payment, true)",
       "payment has a meaning already; expected a new "
       "name"},
      {"dossier.payments.exists(1, true)", "expected a name for one element of the list"},
      {"dossier.payments.exists(p, p.count)", "the condition of exists is int, expected bool"},
      {"dossier.payments.map(p, p)", "map gives plain values, found a row of payments"},
      {"dossier.payments.size()", "expected size(dossier.payments)"},
      {"exists(p, true)",
       "exists is called on a list; expected such as "
       "dossier.payments.exists(payment, …)"},
      {"sum(dossier.payments)",
       "sum takes a list of values, found list<payment>; expected one of "
       "its fields, such as sum(dossier.payments.map(payment, "
       "payment.month))"},
      {"sum(dossier.payments.map(p, p.month))", "sum takes int, fen or ratio, found list<month>"},
      {"max(1, 2)", "max takes one list"},
      {"has(payment)",
       "has asks for a plain value, found a row of payments; expected .known of a "
       "fact or size(…) > 0 of a list"},
      {"coalesce(payment.amount, 0)", "the values of coalesce differ in type, fen and int"},
      {"coalesce(payment.amount)",
       "coalesce takes two values or more, such as "
       "coalesce(p.recovered, yuan(\"0\"))"},
      {"shares(payment.amount, payment.share)", "unknown function shares; did you mean share?"},
      {"share(payment.amount, 2)", "expected share(fen, ratio), found share(fen, int)"},
      {"age_at(payment.day)",
       "expected age_at(date, date) or age_at(date, month), found "
       "age_at(date)"},
      {"month(payment.month)", "expected month(date), found month(month)"},
      {"month(\"2018-13\")", "\"2018-13\" is no month, expected such as \"2018-11\""},
      {"date(payment.day)", "date takes one text in quotes, such as date(\"2018-11-30\")"},
      {"yuan(\"1.005\")", "\"1.005\" is no amount in yuan, expected such as \"100.00\""},
      {"payment.scheme.matches(\"[\")", "not a regular expression: missing ]: ["},
      {"payment.scheme.matches(payment.scheme)",
       "expected matches(\"…\") with one constant "
       "string"},
      {"payment.scheme.substr(0)",
       "expected substr(from, length) with two constant ints from 0 "
       "on"},
      {"payment.scheme.upper()", "string has no upper(…)"},
      {"param(\"days\")", "days is not under params"},
      {"9223372036854775807 + 1", "this has no value: overflow"},
      {"1 / 0", "this has no value: division by zero"},
      {"payment.periodic && 1 % 0 == 1", "this has no value: division by zero"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(world.value(row.expression), "wrong: " + row.problem) << row.expression;
}

TEST(Checker, PointsIntoTheFile) {
  SmallWorld world;
  const auto checked = world.check(
      "each: payment in dossier.payments\n"
      "let:\n"
      "  死: dossier.death\n");
  ASSERT_FALSE(checked);  // a name in Chinese is none
  const auto second = world.check(
      "each: payment in dossier.payments\n"
      "when: >\n"
      "  payment.scheme == \"110\" &&\n"
      "  payment.mnth > month(\"2018-01\")\n");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().detail,
            "rule.yaml:4:11: payments has no field mnth; did you mean month?\n"
            "    4 |   payment.mnth > month(\"2018-01\")\n"
            "      |           ^~~~");
  const auto quoted =
      world.check("when: \"dossier.death.source == \\\"公安\\\" && dossier.deth.known\"\n");
  ASSERT_FALSE(quoted);
  EXPECT_EQ(quoted.error().detail,
            "rule.yaml:1:50: the dossier of a person has no deth; did you mean death?\n"
            "    1 | when: \"dossier.death.source == \\\"公安\\\" && dossier.deth.known\"\n"
            "      |                                                    ^~~~");
}

/// Which pairs of kinds each operator takes, and what it gives: docs/rules.md, the table.
TEST(Checker, TakesTheTypesOfTheTableAndNoOthers) {
  const std::vector<std::pair<std::string, std::string>> fields = {
      {"bool", "payment.periodic"}, {"int", "payment.count"},   {"fen", "payment.amount"},
      {"ratio", "payment.share"},   {"month", "payment.month"}, {"date", "payment.day"},
      {"string", "payment.no_text"}};
  std::map<std::string, std::set<std::string>> allowed;  // operator → "left right"
  for (const auto& [kind, text] : fields) {
    for (const auto* op : {"==", "!="}) allowed[op].insert(kind + " " + kind);
    if (kind == "bool") continue;
    for (const auto* op : {"<", "<=", ">", ">="}) allowed[op].insert(kind + " " + kind);
  }
  for (const auto* kind : {"int", "fen", "ratio"}) {
    for (const auto* op : {"+", "-"}) allowed[op].insert(std::string(kind) + " " + kind);
    allowed["*"].insert(std::string(kind) + " int");
    allowed["*"].insert(std::string("int ") + kind);
  }
  for (const auto* kind : {"month", "date"}) {
    for (const auto* op : {"+", "-"}) allowed[op].insert(std::string(kind) + " int");
    allowed["-"].insert(std::string(kind) + " " + kind);
  }
  for (const auto* op : {"/", "%"}) allowed[op].insert("int int");
  for (const auto* op : {"&&", "||"}) allowed[op].insert("bool bool");

  SmallWorld world;
  for (const auto& [op, pairs] : allowed) {
    for (const auto& [left, a] : fields) {
      for (const auto& [right, b] : fields) {
        const auto text = a + " " + op + " " + b;
        const bool wrong = world.value(text).starts_with("wrong: ");
        EXPECT_EQ(!wrong, pairs.contains(left + " " + right)) << text << ": " << world.value(text);
      }
    }
  }
}

TEST(Checker, WantsTheTypeThatEachPartOfARuleHas) {
  SmallWorld world;
  const struct {
    std::string lines, problem;
  } rows[] = {
      {"each: payment in dossier.payments\nwhen: payment.count\n", "when is int, expected bool"},
      {"each: payment in dossier.payments\nwhere: payment.count > 1 || dossier.death.known\n"
       "when: \"true\"\n",
       "where reads only the row and parameters; expected this in when"},
      {"each: payment in dossier.payments\nwhen: \"true\"\namount: payment.count\n",
       "amount is int, expected fen"},
      {"each: payment in dossier.payments\nwhen: \"true\"\nmonth: payment.day\n",
       "month is date, expected month"},
      {"each: payment in dossier.paiments\nwhen: payment.mnth\n",
       "the dossier of this subject has no paiments; did you mean payments?"},
      {"when: \"true\"\nevidence: [dossier.death.date]\n",
       "evidence is date, expected a row, a fact or a list of rows"},
      {"let: {a: b, b: dossier.death.date}\nwhen: has(a)\n",
       "b is defined later; a let reads only those above it"},
      {"when: \"true\"\nexclude: [same_person]\n", "no exclusion same_person about person"},
      {"each: payment in dossier.payments\nwhen: \"true\"\n"
       "because: {zh: \"{payment.mont}\", en: e}\n",
       "payments has no field mont; did you mean month?"},
      {"each: payment in dossier.payments\nwhen: \"true\"\n"
       "because: {zh: \"{payment.amount}\", en: e}\n",
       "an amount shown in fen; expected {yuan(payment.amount)}"},
      {"each: payment in dossier.payments\nwhen: \"true\"\n"
       "because: {zh: \"{yuan(payment.month)}\", en: e}\n",
       "yuan(…) takes fen, found month"},
      {"when: \"true\"\nbecause: {zh: \"{label(schem, subject_id)}\", en: e}\n",
       "unknown code list schem; did you mean scheme?"},
      {"when: \"true\"\nparams:\n  days: {type: int, value: 1, zh: 天, en: days, sure: assumed}\n",
       "parameter days is not used"},
      {"when: as_of > param(\"day\")\nparams:\n  day: {type: date, policy: X, zh: 天, en: d, sure: "
       "assumed}\n",
       "day changes with time; expected param(\"day\", at) with a month or date"},
  };
  for (const auto& row : rows) {
    const auto checked = world.check(row.lines);
    ASSERT_FALSE(checked) << row.lines;
    EXPECT_NE(checked.error().detail.find(": " + row.problem), std::string::npos)
        << row.lines << checked.error().detail;
    EXPECT_EQ(checked.error().code, "catalog.rule");
  }
}

TEST(Checker, TellsSeveralProblemsAtOnce) {
  SmallWorld world;
  const auto checked = world.check(
      "each: payment in dossier.payments\n"
      "when: payment.a && payment.b\n"
      "amount: payment.c\n");
  ASSERT_FALSE(checked);
  const auto& detail = checked.error().detail;
  for (const auto* name : {"no field a", "no field b", "no field c"})
    EXPECT_NE(detail.find(name), std::string::npos) << detail;
}

TEST(Checker, ResolvesNamesAndFoldsConstants) {
  SmallWorld world;
  const auto checked = world.check(
      "each: payment in dossier.payments\n"
      "where: payment.scheme == \"110\" && (true || payment.periodic)\n"
      "let:\n"
      "  death: dossier.death\n"
      "  limit: yuan(\"100.00\") * param(\"times\")\n"
      "when: death.known && payment.amount > limit\n"
      "params:\n"
      "  times: {type: int, value: 3, zh: 倍, en: times, sure: assumed}\n"
      "because: {zh: \"{payment.month} {yuan(limit)}\", en: \"{date(death.date)}\"}\n",
      {{"times", "5"}});
  ASSERT_TRUE(checked) << checked.error().detail;
  EXPECT_EQ(checked->each, std::optional<std::size_t>(0));
  const auto& where = checked->nodes[*checked->where];
  EXPECT_EQ(where.op, Op::equal);
  EXPECT_EQ(checked->child(where, 0).op, Op::field);
  EXPECT_EQ(checked->child(where, 0).field, 12U);
  const auto& when = checked->nodes[checked->when];
  ASSERT_EQ(when.op, Op::logical_and);
  const auto& limit = checked->child(checked->child(when, 1), 1);
  EXPECT_EQ(limit.op, Op::constant);
  EXPECT_EQ(limit.value, 50000);
  ASSERT_TRUE(checked->month);
  EXPECT_EQ(checked->evidence.size(), 2U);  // the payment and the death
  EXPECT_EQ(checked->lists_read, (std::vector<std::size_t>{0, 1}));
  std::vector<std::string> parts;
  for (const auto& part : checked->parts) parts.push_back(part.name);
  EXPECT_EQ(parts, (std::vector<std::string>{"payment.month", "limit", "death.date"}));
  EXPECT_FALSE(checked->lets[0].reads_row);
  for (std::size_t i = 0; i < checked->nodes.size(); ++i) {
    for (const auto child : checked->children_of(checked->nodes[i])) EXPECT_LT(child, i);
  }
}

}  // namespace
}  // namespace anlan::rules
