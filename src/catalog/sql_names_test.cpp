#include "catalog/sql_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace anlan::catalog {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> plain(const std::vector<SqlName>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) out.push_back(name.name + "@" + std::to_string(name.line));
  return out;
}

TEST(SqlNames, AreFoundOutsideStringsAndComments) {
  const auto names = names_in(
      "-- FROM a :b\n"
      "WITH c AS (SELECT ':d' AS x, \"FROM e\" /* FROM f\n :g */ FROM Person p)\n"
      "SELECT CAST(:as_of AS DATE), x::int, 'it''s :h' FROM c JOIN v_pay ON x = :min_fen\n"
      "WHERE x IS DISTINCT FROM y AND EXISTS (SELECT 1 FROM ext_death)");
  EXPECT_THAT(plain(names.params), ElementsAre("as_of@4", "min_fen@4"));
  EXPECT_THAT(plain(names.sources), ElementsAre("person@3", "v_pay@4", "ext_death@5"));
  EXPECT_EQ(names.first_word, "with");
  EXPECT_EQ(names.first_line, 2);
  EXPECT_EQ(names.second_statement, 0);
  EXPECT_EQ(names.open_quote, 0);
}

TEST(SqlNames, TellsWhatIsNotOneSelect) {
  EXPECT_EQ(names_in("").first_word, "");
  EXPECT_EQ(names_in("SELECT 1;\n-- end\n").second_statement, 0);
  EXPECT_EQ(names_in("SELECT 1;\nDROP x").second_statement, 2);
  EXPECT_EQ(names_in("SELECT 1\n, 'x").open_quote, 2);
  EXPECT_EQ(names_in("SELECT /* x").open_quote, 1);
}

}  // namespace
}  // namespace anlan::catalog
