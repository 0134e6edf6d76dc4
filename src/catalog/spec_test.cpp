#include "catalog/spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace anlan::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

TEST(Spec, ReadsCasesWithTheirTables) {
  const auto spec = parse_spec(
      "# what it is about\n"                           // 1
      "case shared by three  # the usual one\n"        // 2
      "params ids_min=3 amount_min_fen=100.00\n"       // 3
      "as_of 20181231\n"                               // 4
      "given person\n"                                 // 5
      "  person_id  name\n"                            // 6
      "  P1         张三\n"                            // 7
      "\n"                                             // 8
      "  P2         欧阳 娜娜    # one space stays\n"  // 9
      "  # no row\n"                                   // 10
      "\tP3\t-\r\n"                                    // 11
      "given ext_death\n"                              // 12
      "  person_id\n"                                  // 13
      "expect\n"                                       // 14
      "  subject_id  why\n"                            // 15
      "  A#1         - to be paid\n"                   // 16
      "case none\n"                                    // 17
      "expect\n",                                      // 18
      "m.spec");
  ASSERT_TRUE(spec) << spec.error().detail;
  ASSERT_EQ(spec->cases.size(), 2U);

  const auto& first = spec->cases[0];
  EXPECT_EQ(first.name, "shared by three");
  EXPECT_EQ(first.line, 2);
  ASSERT_EQ(first.params.size(), 2U);
  EXPECT_EQ(first.params[1].name, "amount_min_fen");
  EXPECT_EQ(first.params[1].value, "100.00");
  EXPECT_EQ(first.as_of, "2018-12-31");
  ASSERT_EQ(first.given.size(), 2U);
  const auto& person = first.given[0];
  EXPECT_EQ(person.line, 5);
  EXPECT_THAT(person.columns, ElementsAre("person_id", "name"));
  ASSERT_EQ(person.rows.size(), 3U);
  EXPECT_EQ(person.rows[1].line, 9);
  EXPECT_THAT(person.rows[1].cells,
              ElementsAre(Optional(std::string("P2")), Optional(std::string("欧阳 娜娜"))));
  EXPECT_THAT(person.rows[2].cells, ElementsAre(Optional(std::string("P3")), std::nullopt));
  EXPECT_TRUE(first.given[1].rows.empty());
  EXPECT_THAT(first.expect.rows[0].cells,
              ElementsAre(Optional(std::string("A#1")), Optional(std::string("- to be paid"))));

  EXPECT_TRUE(spec->cases[1].given.empty());
  EXPECT_TRUE(spec->cases[1].expect.columns.empty());
}

TEST(Spec, MayOpenWithoutACaseLine) {
  const auto spec = parse_spec("given death\n  person_id\n  P1\nexpect\n", "r.spec");
  ASSERT_TRUE(spec) << spec.error().detail;
  EXPECT_EQ(spec->cases[0].name, "");
}

TEST(Spec, NamesFileAndLineOfEveryMistake) {
  struct Row {
    const char* text;
    const char* said;
  };
  const Row rows[] = {
      {"", "m.spec:1: the spec has no case"},
      {"case a\n", "m.spec:1: case a has no expect"},
      {"case\nexpect\n", "m.spec:1: the case has no name"},
      {"case a\nexpect\ncase a\nexpect\n", "m.spec:3: case a stands twice"},
      {"case a\nexpct\n",
       "m.spec:2: unknown word expct, expected case, params, as_of, given or expect"},
      {"case a\nexpct\n", "did you mean expect?"},
      {"case a\n  x  y\nexpect\n", "m.spec:2: a row outside a table"},
      {"case a\ngiven t\nexpect\n", "m.spec:2: given t has no header"},
      {"case a\ngiven two tables\nexpect\n",
       "m.spec:2: given two tables, expected the name of one table"},
      {"case a\ngiven t\n  x\ngiven t\n  x\nexpect\n", "m.spec:4: t is given twice"},
      {"case a\ngiven t\n  x y\nexpect\n", "m.spec:3: column x y, expected a snake_case name"},
      {"case a\ngiven t\n  x y\n  1  2\ngiven u\n  v w\nexpect\n",
       "m.spec:3: column x y, expected a snake_case name (two spaces between columns) (also in "
       "line 6)"},
      {"case a\ngiven t\n  x | y\nexpect\n",
       "m.spec:3: column x | y, expected a snake_case name (two spaces between columns, no |)"},
      {"case a\ngiven t\nx  y\n1  2\nexpect\n",
       "m.spec:3: a row of a table is not indented, expected spaces before it (also in line 4)"},
      {"case a\ngiven t\n  x  x\nexpect\n", "m.spec:3: column x stands twice"},
      {"case a\ngiven t\n  x  y\n  1\nexpect\n", "m.spec:4: the row has 1 cells, expected 2"},
      {"case a\nparams x\nexpect\n", "m.spec:2: parameter x, expected name=value"},
      {"case a\nparams x=1 x=2\nexpect\n", "m.spec:2: parameter x is given twice"},
      {"case a\nas_of soon\nexpect\n", "m.spec:2: as_of is soon, expected a date"},
      {"case a\nexpect\nexpect\n", "m.spec:3: this case already has an expect"},
  };
  for (const auto& row : rows) {
    const auto spec = parse_spec(row.text, "m.spec");
    ASSERT_FALSE(spec) << row.text;
    EXPECT_EQ(spec.error().code, "catalog.spec");
    EXPECT_THAT(spec.error().detail, HasSubstr(row.said)) << row.text;
  }
}

}  // namespace
}  // namespace anlan::catalog
