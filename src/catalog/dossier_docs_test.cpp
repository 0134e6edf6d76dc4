#include "catalog/dossier_docs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace anlan::catalog {
namespace {

using ::testing::HasSubstr;

Field field(std::string name, FieldType type) {
  Field out;
  out.name = std::move(name);
  out.title = {"字段|一", "In English"};
  out.type = type;
  return out;
}

TEST(DossierDocs, ShowWhatAFieldIs) {
  DossierList list;
  list.name = "payments";
  list.row = "payment";
  list.title = {"待遇支付", "Payments"};
  list.from = "v_pay";
  list.tables = {"benefit_payment", "person"};
  list.only = {{"periodic", "true"}};
  list.order = {"months", "scheme"};
  list.note = {"净额", "net"};
  list.fields = {field("months", FieldType::integer), field("scheme", FieldType::text),
                 field("amount", FieldType::fen)};
  list.fields[0].unit = "months";
  list.fields[0].note = {"累计", "in all"};
  list.fields[1].list = "scheme";
  list.fields[1].of = {"benefit_payment.scheme"};
  DossierKind kind;
  kind.subject = "person";
  kind.title = {"人员", "Person"};
  kind.lists = {list};
  Catalog catalog;
  catalog.dossiers = {kind};
  catalog.lists["scheme"] = {
      "scheme", {"险种", "Scheme"}, false, {{"110", {"职工", "Employee"}, "found"}}, {}};

  const auto text = dossier_docs(catalog);
  EXPECT_TRUE(text.starts_with("<!-- Generated "));
  for (const auto* line : {
           "### 待遇支付 Payments `dossier.payments`\n",
           "`each: payment in dossier.payments`",
           "- 次序 Order: `months`, `scheme`",
           "- 来自 From: `v_pay (benefit_payment, person) where periodic = true`\n",
           "- 净额。net.\n",
           "| `months` | 字段\\|一 | In English | int | 月 months |  |  | 累计 in all |\n",
           "| string |  | [scheme](tables.md#list-scheme): 110 职工 | "
           "[benefit_payment.scheme](tables.md#table-benefit_payment) |  |\n",
           "| fen | 分 fen |",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

class TheTree : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Catalog::load(ANLAN_SOURCE_DIR "/catalog");
    ASSERT_TRUE(loaded) << loaded.error().detail;
    catalog = std::move(*loaded);
  }
  Catalog catalog;
};

TEST_F(TheTree, DocumentsItsDossiersFreshly) {
  const auto kept = read_file(ANLAN_SOURCE_DIR "/docs/dossiers.md");
  ASSERT_TRUE(kept) << kept.error().detail;
  EXPECT_TRUE(*kept == dossier_docs(catalog))
      << "docs/dossiers.md is stale: run `anlan rules docs > docs/dossiers.md`";
}

TEST_F(TheTree, SaysOfEachFieldWhatItComesFromAndCounts) {
  for (const auto& kind : catalog.dossiers) {
    for (const auto& list : kind.lists) {
      const bool view = catalog.table(list.from) == nullptr;
      EXPECT_FALSE(view && list.note.zh.empty()) << kind.file << ":" << list.line;
      for (const auto& one : list.fields) {
        EXPECT_FALSE(one.of.empty() && one.note.zh.empty()) << kind.file << ":" << one.line;
        EXPECT_EQ(one.type == FieldType::integer, !one.unit.empty())
            << kind.file << ":" << one.line;
      }
    }
  }
}

TEST(DossierDescription, NamesOnlyColumnsThatItsListReads) {
  const auto problems_of = [](const std::string& of) {
    Table table;
    table.name = "person";
    const auto read = parse_dossier("person",
                                    "subject: person\ntitle: {zh: 人, en: P}\nkey: id_no\n"
                                    "count: person\nlists:\n  a:\n    row: one\n"
                                    "    title: {zh: 甲, en: A}\n    from: person\n"
                                    "    order: [x]\n    evidence: {table: person, key: row_key}\n"
                                    "    fields: {x: {type: text, zh: 甲, en: A" +
                                        of + "}}\n",
                                    {table}, "person.yaml");
    return read ? std::string() : read.error().detail;
  };
  EXPECT_EQ(problems_of(""), "");
  EXPECT_THAT(problems_of(", of: [person.x]"), HasSubstr("of is for fields of views"));
  EXPECT_THAT(problems_of(", unit: months"), HasSubstr("unit is for integers only"));
  EXPECT_THAT(problems_of(", unit: monts"), HasSubstr("did you mean months?"));
}

}  // namespace
}  // namespace anlan::catalog
