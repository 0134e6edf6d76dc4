#include "ledger/form.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "ingest/zip_reader.hpp"
#include "ledger/form_reader.hpp"
#include "ledger/test_content.hpp"

namespace anlan::ledger {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FormTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("anlan_form_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Form form(Content content) { return {std::move(content), 3, "已签章", {1543536000000}}; }
  std::string sha(const char* file) const { return sha256_hex(*read_file(folder_ / file)); }

  /// A sheet typed by hand: rows of cells.
  fs::path typed(const std::vector<std::vector<const char*>>& rows) const {
    const auto path = folder_ / "typed.xlsx";
    lxw_workbook* book = workbook_new(path.c_str());
    lxw_worksheet* sheet = workbook_add_worksheet(book, "Sheet1");
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (std::size_t column = 0; column < rows[row].size(); ++column) {
        if (*rows[row][column] != 0)
          worksheet_write_string(sheet, static_cast<lxw_row_t>(row), static_cast<lxw_col_t>(column),
                                 rows[row][column], nullptr);
      }
    }
    EXPECT_EQ(workbook_close(book), LXW_NO_ERROR);
    return path;
  }

  fs::path folder_;
};

const std::vector<const char*> headings = {
    "序号", "部门（岗位）", "风险点", "风险防控\n措施", "直接责任人", "部门负责人", "单位负责人"};

TEST_F(FormTest, HasExactlyTheSevenColumns) {
  EXPECT_THAT(form_headings,
              ::testing::ElementsAre("序号", "部门（岗位）", "风险点", "风险防控措施", "直接责任人",
                                     "部门负责人", "单位负责人"));
  const auto rows = form_rows(small_content());
  EXPECT_EQ(rows[0][0], "1");
  EXPECT_EQ(rows[0][3], "待遇领取资格常态核验：数据比对\n本单位自定：双人上门");
  EXPECT_EQ(rows[1][6], "孙立军");
}

TEST_F(FormTest, EqualFormsGiveEqualBytes) {
  const auto& catalog = test_catalog();
  const auto whole = form(draft_from(catalog, "d03", "某区中心", 2018));
  const struct {
    Status (*write)(const Form&, const fs::path&);
    const char* name;
  } writers[] = {
      {write_xlsx, "a.xlsx"},
      {write_docx, "a.docx"},
      {[](const Form& one, const fs::path& path) { return write_pdf(one, path); }, "a.pdf"}};
  for (const auto& writer : writers) {
    ASSERT_TRUE(writer.write(whole, folder_ / writer.name)) << writer.name;
    const auto first = sha(writer.name);
    ASSERT_TRUE(writer.write(whole, folder_ / writer.name));
    EXPECT_EQ(sha(writer.name), first) << writer.name;
    auto other = whole;
    other.content.points[0].risk += "。";
    ASSERT_TRUE(writer.write(other, folder_ / writer.name));
    EXPECT_NE(sha(writer.name), first) << writer.name;
    EXPECT_EQ(writer.write(whole, folder_ / "none" / writer.name).error().code, "file.unwritable");
  }
  EXPECT_TRUE(read_file(folder_ / "a.pdf")->starts_with("%PDF-"));
}

TEST_F(FormTest, TheWordDocumentRepeatsItsHeadingsAndNamesItsHash) {
  const auto one = form(small_content());
  ASSERT_TRUE(write_docx(one, folder_ / "a.docx"));
  const auto zip = ingest::ZipArchive::open(folder_ / "a.docx", {1 << 20, 200, 1 << 20});
  ASSERT_TRUE(zip) << zip.error().detail;
  const auto document = (*zip)->read_all((*zip)->find("word/document.xml"), 1 << 20);
  ASSERT_TRUE(document);
  EXPECT_THAT(*document, HasSubstr("<w:tblHeader/>"));
  EXPECT_THAT(*document, HasSubstr("填报单位（盖章）：某区社保中心 &lt;甲&amp;乙&gt;"));
  EXPECT_THAT(*document, HasSubstr("w:orient=\"landscape\""));
  const auto footer = (*zip)->read_all((*zip)->find("word/footer1.xml"), 1 << 20);
  ASSERT_TRUE(footer);
  EXPECT_THAT(*footer, HasSubstr(one.sha256()));
  EXPECT_THAT(*footer, HasSubstr(" NUMPAGES "));
}

TEST_F(FormTest, AnExportedSheetReadsBackAsTheSameLedger) {
  const auto& catalog = test_catalog();
  auto whole = draft_from(catalog, "", "某区中心", 0);
  whole.points.push_back(small_content().points[0]);
  whole.points[1].risk = "=SUM(A1) 以等号开头";
  whole.points[2].risk = "第一段\n第二段，<尖括号> & \"引号\"";
  std::string text;
  for (int i = 0; i < 180; ++i) text += "很长的风险点，";
  whole.points[3].risk = text;  // taller than a row of a sheet may be
  ASSERT_TRUE(write_xlsx(form(whole), folder_ / "a.xlsx"));
  const auto read = read_form(folder_ / "a.xlsx", catalog);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_TRUE(read->registered);
  EXPECT_EQ(read->content, whole);
  EXPECT_EQ(hash_of(read->content), hash_of(whole));
}

TEST_F(FormTest, ReadsAFormTypedByHand) {
  const auto path =
      typed({{"社会保险基金风险防控台账"},
             {"填报单位（盖章）：", "", "某区中心"},
             headings,
             {"1", "待遇科（受理）", " 死亡后领取 ", "待遇领取资格常态核验：每月比对\r\n\n双人上门",
              "张伟", "周建国", "孙立军"},
             {"", "", ""},
             {"2", "财务科", "未达账项", "BU-08 追回", "王芳", "", ""},
             {"注：本表一式两份"}});
  const auto read = read_form(path, test_catalog());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_FALSE(read->registered);
  EXPECT_EQ(read->content.unit, "某区中心");
  ASSERT_EQ(read->content.points.size(), 2U);
  const auto& first = read->content.points[0];
  EXPECT_EQ(first.risk, "死亡后领取");
  ASSERT_EQ(first.measures.size(), 2U);
  EXPECT_EQ(first.measures[0].measure, "BU-06");
  EXPECT_EQ(first.measures[0].text, "待遇领取资格常态核验：每月比对");
  EXPECT_EQ(first.measures[1].measure, "");
  EXPECT_EQ(read->content.points[1].measures[0].measure, "BU-08");
  EXPECT_EQ(read->content.points[1].department_head.name, "");
}

TEST_F(FormTest, MergedCellsAreAnErrorOrTakenFromAbove) {
  const auto path = typed({{"填报单位：某区中心"},
                           headings,
                           {"1", "待遇科", "甲", "措施", "张伟", "周建国", "孙立军"},
                           {"2", "", "乙", "措施", "", "", ""}});
  const auto refused = read_form(path, test_catalog());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "ledger.form");
  EXPECT_THAT(refused.error().detail, HasSubstr("typed.xlsx: row 4, 部门（岗位）: empty"));
  const auto read = read_form(path, test_catalog(), {.fill_down = true});
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->content.points[1].department, "待遇科");
  EXPECT_EQ(read->content.points[1].direct.name, "张伟");
}

TEST_F(FormTest, NamesFileRowAndColumnOfWhatIsWrong) {
  const std::string long_name(100, 'a');
  const struct {
    std::vector<std::vector<const char*>> rows;
    const char* said;
  } mistakes[] = {
      {{{"一张别的表"}}, "typed.xlsx: expected the headings 序号、部门（岗位）"},
      {{{"填报单位：中心"}, {"序号", "风险点"}},
       "typed.xlsx: row 2, 风险防控措施: there is no such column"},
      {{headings, {"1", "科", "点", "措施", "", "", ""}},
       "typed.xlsx: row 1, 填报单位（盖章）: expected"},
      {{{"填报单位：中心"}, headings}, "typed.xlsx: no rows below the headings"},
      {{{"填报单位：中心"}, headings, {"2", "科", "点", "措施"}},
       "typed.xlsx: row 3, 序号: 2, expected 1"},
      {{{"填报单位：中心"}, headings, {"1", "科", "", "措施"}}, "typed.xlsx: row 3, 风险点: empty"},
      {{{"填报单位：中心"}, headings, {"1", "科", "点", "措施", long_name.c_str()}},
       "typed.xlsx: row 3, 直接责任人: longer than 60 characters"},
  };
  for (const auto& mistake : mistakes) {
    const auto read = read_form(typed(mistake.rows), test_catalog());
    ASSERT_FALSE(read) << mistake.said;
    EXPECT_THAT(read.error().detail, HasSubstr(mistake.said));
  }
  auto eight = headings;
  eight.push_back("备注");
  const auto read = read_form(typed({{"填报单位：中心"}, eight}), test_catalog());
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().detail, HasSubstr("row 2, 备注: the form has seven columns"));
  EXPECT_EQ(read_form(folder_ / "none.xlsx", test_catalog()).error().code, "file.unreadable");
}

}  // namespace
}  // namespace anlan::ledger
