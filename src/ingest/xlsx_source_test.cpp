#include "ingest/xlsx_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <xlsxwriter.h>

#include <random>

#include "ingest/sniff.hpp"
#include "ingest/test_files.hpp"

namespace anlan::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Members = std::vector<std::pair<std::string, std::string>>;

const std::string workbook_part =
    "<workbook xmlns:r='r'><workbookPr/><sheets><sheet name='甲' sheetId='1' "
    "r:id='rId1'/></sheets></workbook>";
const std::string relations_part =
    "<Relationships><Relationship Id='rId1' Type='x/worksheet' Target='worksheets/sheet1.xml'/>"
    "<Relationship Id='rId2' Type='x/sharedStrings' Target='/xl/sharedStrings.xml'/>"
    "<Relationship Id='rId3' Type='x/styles' Target='styles.xml'/></Relationships>";
const std::string styles_part =
    "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy\"年\"m\"月\"'/></numFmts>"
    "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
    "<cellXfs><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='22'/></cellXfs></styleSheet>";
const std::string shared_part =
    "<sst><si><t>姓名</t></si><si><r><t>张</t></r><r><t xml:space='preserve'> 三</t></r>"
    "<rPh sb='0' "
    "eb='1'><t>ZHANG</t></rPh></si><si><t>a_x000D_b_x005F_x</t></si><si><t/></si></sst>";

Members book_of(const std::string& sheet, const std::string& workbook = workbook_part) {
  return {{"[Content_Types].xml", "<Types/>"},
          {"xl/workbook.xml", workbook},
          {"xl/_rels/workbook.xml.rels", relations_part},
          {"xl/styles.xml", styles_part},
          {"xl/sharedStrings.xml", shared_part},
          {"xl/worksheets/sheet1.xml", sheet}};
}

std::vector<std::string> lines_of_book(const Members& members, const XlsxLimits& limits = {}) {
  const TestFolder folder;
  const auto path = folder.write_zip("表.xlsx", members);
  auto source = open_xlsx(path, "", limits);
  if (!source) return {source.error().code + " " + source.error().detail};
  return lines_of(**source);
}

std::vector<std::string> lines_of_sheet(const std::string& rows) {
  return lines_of_book(book_of("<worksheet><sheetData>" + rows + "</sheetData></worksheet>"));
}

TEST(XlsxSource, ReadsEveryKindOfCell) {
  EXPECT_THAT(
      lines_of_sheet(
          "<row r='2'><c r='B2' t='s'><v>0</v></c><c r='D2' t='s'><v>1</v></c></row>"
          "<row><c t='inlineStr'><is><t>内</t><rPh><t>NEI</t></rPh></is></c><c><v>1.2E+3</v></c>"
          "<c><v>3120.4999999999995</v></c></row>"
          "<row r='5'><c r='A5' s='1'><v>43434</v></c><c r='B5' s='2'><v>43434.5</v></c>"
          "<c r='C5' t='b'><v>1</v></c><c r='D5' t='e'><v>#N/A</v></c>"
          "<c r='E5' t='d'><v>2018-11-30T00:00:00</v></c><c "
          "r='F5'><v>110105194912310021</v></c></row>"
          "<row r='6'><c r='A6'><f>SUM(A1:A3)</f><v>7</v></c><c r='B6' "
          "t='str'><f>A&amp;B</f><v>ab</v></c>"
          "<c r='C6'><f>SUM(A1:A3)</f></c><c r='D6' t='s'><v>2</v></c><c r='E6' "
          "t='s'><v>3</v></c></row>"),
      ElementsAre(
          "2: |姓名||张 三", "3: 内|1200#n|3120.5#n",
          "5: 2018-11-30#d|2018-11-30 12:00:00#d|1#b|#N/A#e|2018-11-30#d|110105194912310021#l",
          "6: 7#n|ab|=SUM(A1:A3)#e|a\rb_x"));
}

TEST(XlsxSource, LeavesOutEmptyRowsAndEmptyCellsAtTheEnd) {
  EXPECT_THAT(
      lines_of_sheet(
          "<row r='1'><c r='A1' s='1'/></row><row r='3'><c r='A3'><v>1</v></c><c r='B3' s='1'/>"
          "</row><row r='4'/><row r='7'><c r='C7'><v>2</v></c></row>"),
      ElementsAre("3: 1#n", "7: ||2#n"));
}

TEST(XlsxSource, CountsDaysFrom1904WhereTheWorkbookSaysSo) {
  auto book =
      book_of("<worksheet><sheetData><row><c s='1'><v>41972</v></c></row></sheetData></worksheet>",
              "<workbook><workbookPr date1904='1'/><sheets><sheet name='a' "
              "id='rId1'/></sheets></workbook>");
  EXPECT_THAT(lines_of_book(book), ElementsAre("1: 2018-11-30#d"));
}

TEST(XlsxSource, ReadsPrefixedElementsAndIgnoresWhatFollowsTheCells) {
  EXPECT_THAT(
      lines_of_book(book_of(
          "<x:worksheet xmlns:x='s'><x:sheetData><x:row r='1'><x:c r='A1'><x:v>5</x:v></x:c>"
          "</x:row></x:sheetData><controls><row>3</row><c/></controls></x:worksheet>")),
      ElementsAre("1: 5#n"));
}

TEST(XlsxSource, SaysWhereASheetIsWrong) {
  const struct {
    std::string rows;
    std::string_view code;
    std::string_view where;
  } cases[] = {
      {"<row r='1'><c r='A1' t='s'><v>9</v></c></row>", "file.damaged", "row 1, column A"},
      {"<row r='1'><c r='B1'><v>1</v></c><c r='A1'><v>1</v></c></row>", "file.damaged",
       "row 1, column B"},
      {"<row r='2'/><row r='1'/>", "file.damaged", "row 2"},
      {"<row r='1048577'/>", "file.too_large", "1,048,576 rows"},
      {"<row r='1'><c r='XFE1'><v>1</v></c></row>", "file.too_large", "column XFE"},
      {"<c r='A1'><v>1</v></c>", "file.damaged", "row 0"},
      {"<row r='1'><c r='A1'><v>" + std::string((1 << 20) + 1, 'x') + "</v></c></row>",
       "file.too_large", "row 1, column A"},
      {"<row r='1'><c r='A1'>", "file.damaged", "line 1"},
      {"<row r='1'><c r='A1' t='s'><v>&evil;</v></c></row>", "file.damaged", "undefined entity"},
  };
  for (const auto& wrong : cases) {
    const auto lines = lines_of_sheet(wrong.rows);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], StartsWith(std::string(wrong.code))) << wrong.rows.substr(0, 80);
    EXPECT_THAT(lines[0], HasSubstr(std::string(wrong.where)));
  }
}

TEST(XlsxSource, RefusesDocumentTypes) {
  const auto lines = lines_of_book(
      book_of("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><worksheet>"
              "<sheetData><row><c t='str'><v>&e;</v></c></row></sheetData></worksheet>"));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], StartsWith("file.xml_doctype"));
}

TEST(XlsxSource, RefusesBombsAndOversize) {
  std::string rows = "<worksheet><sheetData><row><c><v>1</v></c></row>";
  rows += std::string(3 << 20, ' ') + "</sheetData></worksheet>";
  auto lines = lines_of_book(book_of(rows), {.ratio_from_bytes = 1 << 20});
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.back(), StartsWith("file.zip_bomb"));
  lines = lines_of_book(book_of(rows), {.bytes_max = 1 << 20});
  EXPECT_THAT(lines.back(), StartsWith("file.too_large"));
  lines = lines_of_book(book_of(rows), {.shared_text_max = 10});
  EXPECT_THAT(lines.back(), StartsWith("file.too_large"));
  EXPECT_THAT(lines_of_book(book_of(rows)), ElementsAre("1: 1#n"));
}

/// Written by a library of others: three sheets, of which the first is empty and the second hidden.
std::filesystem::path write_workbook(const TestFolder& folder, int rows) {
  const auto path = folder.path() / "导出 export.xlsx";
  lxw_workbook* book = workbook_new(path.c_str());
  workbook_add_worksheet(book, "空");
  lxw_worksheet* hidden = workbook_add_worksheet(book, "藏");
  lxw_worksheet* sheet = workbook_add_worksheet(book, "人员");
  worksheet_write_string(hidden, 0, 0, "hidden", nullptr);
  worksheet_hide(hidden);
  lxw_format* date = workbook_add_format(book);
  format_set_num_format(date, "yyyy-mm-dd");
  lxw_format* merged = workbook_add_format(book);
  worksheet_merge_range(sheet, 0, 0, 0, 3, "参保人员名单", merged);
  const char* headers[] = {"姓名", "出生日期", "缴费基数", "在职"};
  for (int i = 0; i < 4; ++i)
    worksheet_write_string(sheet, 1, static_cast<lxw_col_t>(i), headers[i], nullptr);
  for (int i = 0; i < rows; ++i) {
    const auto row = static_cast<lxw_row_t>(i + 2);
    worksheet_write_string(sheet, row, 0, i % 2 == 0 ? "张三" : "李四 & <女>", nullptr);
    lxw_datetime birth{1949, 12, 31, 0, 0, 0};
    worksheet_write_datetime(sheet, row, 1, &birth, date);
    worksheet_write_number(sheet, row, 2, 4500.1 + i, nullptr);
    worksheet_write_boolean(sheet, row, 3, i % 2, nullptr);
  }
  EXPECT_EQ(workbook_close(book), LXW_NO_ERROR);
  return path;
}

TEST(XlsxSource, ReadsTheFirstVisibleSheetThatHoldsACell) {
  const TestFolder folder;
  const auto path = write_workbook(folder, 2);
  ASSERT_EQ(sniff(path).value(), FileFormat::xlsx);
  auto source = open_records(path, {});
  ASSERT_TRUE(source) << source.error().detail;
  EXPECT_THAT(lines_of(**source), ElementsAre("1: 参保人员名单", "2: 姓名|出生日期|缴费基数|在职",
                                              "3: 张三|1949-12-31#d|4500.1#n|0#b",
                                              "4: 李四 & <女>|1949-12-31#d|4501.1#n|1#b"));
}

TEST(XlsxSource, ReadsTheNamedSheetEvenIfHidden) {
  const TestFolder folder;
  const auto path = write_workbook(folder, 1);
  auto source = open_xlsx(path, "藏");
  ASSERT_TRUE(source);
  EXPECT_THAT(lines_of(**source), ElementsAre("1: hidden"));
  const auto missing = open_xlsx(path, "乙");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "file.sheet_missing");
  EXPECT_THAT(missing.error().detail, HasSubstr("空, 藏, 人员"));
  EXPECT_EQ(open_xlsx(path, "空").error().code, "file.no_cells");
}

TEST(XlsxSource, SurvivesDamageOfEveryKind) {
  const TestFolder folder;
  const std::string whole = bytes_of(write_workbook(folder, 300));
  const unsigned seed = 20181130;
  std::mt19937 random(seed);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    if (round % 2 == 0) {
      bytes.resize(random() % bytes.size());
    } else {
      for (int flips = 0; flips < 5; ++flips)
        bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto path = folder.write("damaged.xlsx", bytes);
    auto source = open_xlsx(path, "");
    if (!source) {
      EXPECT_THAT(source.error().code, StartsWith("file."));
      ++refused;
      continue;
    }
    const auto lines = lines_of(**source, 100);
    if (!lines.empty() && lines.back().starts_with("file.")) ++refused;
    // A file cut off anywhere lacks the list of contents at its end.
    EXPECT_TRUE(round % 2 == 1 || (!lines.empty() && lines.back().starts_with("file."))) << round;
  }
  EXPECT_GT(refused, 200) << "seed " << seed;
}

TEST(XlsxSource, SurvivesDamageInsideItsParts) {
  const TestFolder folder;
  std::string rows;
  for (int i = 1; i <= 40; ++i) {
    const auto n = std::to_string(i);
    rows += "<row r='" + n + "'><c r='A" + n + "' t='s'><v>1</v></c><c r='B" + n +
            "' s='1'><v>43434.25</v></c>" + "<c r='C" + n +
            "' t='inlineStr'><is><t>x_x000A_</t></is></c></row>";
  }
  const unsigned seed = 7;
  std::mt19937 random(seed);
  for (int round = 0; round < 400; ++round) {
    auto members = book_of("<worksheet><sheetData>" + rows + "</sheetData></worksheet>");
    auto& part = members[1 + random() % 5].second;
    for (int flips = 0; flips < 3; ++flips)
      part[random() % part.size()] = static_cast<char>(random() % 96 + 32);
    auto source = open_xlsx(folder.write_zip("damaged.xlsx", members), "");
    if (source) (void)lines_of(**source, 7);
  }
}

}  // namespace
}  // namespace anlan::ingest
