#include "catalog/table_docs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace anlan::catalog {
namespace {

using ::testing::HasSubstr;

Column column(std::string name, std::string zh, ColumnType type) {
  Column out;
  out.name = std::move(name);
  out.title = {std::move(zh), "In English"};
  out.type = type;
  return out;
}

TEST(TableDocs, ShowWhatAColumnIs) {
  Table table;
  table.name = "ext_death";
  table.title = {"外部死亡信息", "Deaths"};
  table.group = "external";
  table.subject_kind = "person";
  table.subject_column = "id_no";
  table.key = {"source", "id_no"};
  table.frequency = "monthly";
  table.basis = {"assumed"};
  table.columns = {column("source", "数据|来源", ColumnType::code),
                   column("id_no", "社会保障号码", ColumnType::id_no)};
  table.columns[0].list = "death_source";
  table.columns[1].code = "AAC002";
  table.columns[1].code_sure = "vendor";
  table.columns[1].required = true;
  table.columns[1].aliases = {"身份证号", "证件号码"};
  Catalog catalog;
  catalog.tables = {table};
  catalog.lists["death_source"] = {"death_source",
                                   {"死亡来源", "Source"},
                                   true,
                                   {{"1", {"公安", "Police"}, "found"}},
                                   {{"01", "1"}}};

  const auto text = table_docs(catalog);
  EXPECT_TRUE(text.starts_with("<!-- Generated "));
  for (const auto* line : {
           "### 外部死亡信息 Deaths `ext_death`\n",
           "- 对象 Subject: 人员 person, `id_no`\n- 主键 Key: `source`, `id_no`\n- 交换频率 "
           "Delivered: 每月 monthly\n",
           "| `source` | 数据\\|来源 | In English | code(death_source) |  |  | "
           "[death_source](#list-death_source): 1 公安 |  |\n",
           "| `id_no` | 社会保障号码 | In English | id_no | AAC002* | 是 yes |  | "
           "身份证号、证件号码 |\n",
           "Open: values not listed are accepted.",
           "| `1` | 公安 | Police | 公开来源 found |\n",
           "Changed on import: `01` → `1`\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(TableDocs, TemplateIsAHeaderASpreadsheetOpensInChinese) {
  Table table;
  table.columns = {column("a", "甲", ColumnType::text), column("b", "乙,丙", ColumnType::fen)};
  EXPECT_EQ(table_template(table), "\xEF\xBB\xBF甲,\"乙,丙\"\r\n");
}

TEST(TableDocs, InTheTreeAreFresh) {
  const auto catalog = Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  ASSERT_TRUE(catalog) << catalog.error().detail;
  const auto kept = read_file(ANLAN_SOURCE_DIR "/docs/tables.md");
  ASSERT_TRUE(kept) << kept.error().detail;
  EXPECT_TRUE(*kept == table_docs(*catalog))
      << "docs/tables.md is stale: run `anlan tables docs > docs/tables.md`";
}

}  // namespace
}  // namespace anlan::catalog
