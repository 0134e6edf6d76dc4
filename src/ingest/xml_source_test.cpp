#include "ingest/xml_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <random>

#include "catalog/catalog.hpp"
#include "ingest/test_files.hpp"

namespace anlan::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::filesystem::path elements =
    std::filesystem::path(ANLAN_SOURCE_DIR) / "catalog/xml/gbt40217.yaml";

/// As annex B of the standard prints it: "GB 18030" with a space, a default namespace, a month of
/// eight digits.
const std::string sample =
    "<?xml version=\"1.0\" encoding=\"GB 18030\"?>\n"
    "<参保信息 "
    "xmlns=\"http://sxbw.audit.gov.cn/AppsDataInterfaceStandard/2019/Pension/XMLSchema\">\n"
    "<养老保险人员参保信息表>\n <险种代码>110</险种代码><险种名称>企业职工基本养老保险</险种名称>\n"
    " <首次参保年月>19920701</首次参保年月>\n <未知项/>\n</养老保险人员参保信息表>\n"
    "<养老保险人员参保信息表><险种代码>120</险种代码><姓名>㛃 &amp; "
    "䶮</姓名></养老保险人员参保信息表>\n"
    "<养老保险个人账户明细表><年度>2018</年度></养老保险个人账户明细表>\n"
    "</参保信息>\n";

std::string in_encoding(const std::string& text, const char* encoding) {
  UErrorCode status = U_ZERO_ERROR;
  std::string out(text.size() * 4 + 16, '\0');
  out.resize(static_cast<std::size_t>(
      ucnv_convert(encoding, "UTF-8", out.data(), static_cast<std::int32_t>(out.size()),
                   text.data(), static_cast<std::int32_t>(text.size()), &status)));
  EXPECT_TRUE(U_SUCCESS(status));
  return out;
}

std::vector<std::string> lines_of_xml(const std::string& content, const std::string& table = "") {
  const TestFolder folder;
  auto source = open_xml(folder.write("a.xml", content), table, "");
  if (!source) return {source.error().code + " " + source.error().detail};
  return lines_of(**source);
}

TEST(XmlSource, ListsTheTablesOfAFile) {
  const TestFolder folder;
  const auto path = folder.write("参保信息.xml", in_encoding(sample, "GB18030"));
  const auto tables = list_xml_tables(path, elements);
  ASSERT_TRUE(tables) << tables.error().detail;
  ASSERT_EQ(tables->size(), 2u);
  EXPECT_EQ((*tables)[0].element, "养老保险人员参保信息表");
  EXPECT_EQ((*tables)[0].table, "enrolment");
  EXPECT_EQ((*tables)[0].records, 2);
  EXPECT_EQ((*tables)[1].table, "personal_account");
  EXPECT_EQ((*tables)[1].records, 1);
}

TEST(XmlSource, ReadsOneTableInEveryEncoding) {
  const TestFolder folder;
  for (const char* encoding : {"GB18030", "UTF-8", "UTF-16LE", "UTF-16BE"}) {
    std::string content = sample;
    if (std::string_view(encoding).starts_with("UTF-16")) {
      // There a declaration of another encoding is an error of XML itself; a byte order mark leads.
      content.erase(content.find(" encoding"), std::string_view(" encoding=\"GB 18030\"").size());
      content = "\xEF\xBB\xBF" + content;
    }
    content = in_encoding(content, encoding);
    auto source = open_xml(folder.write("a.xml", content), "养老保险人员参保信息表", elements);
    ASSERT_TRUE(source) << encoding << source.error().detail;
    EXPECT_THAT(lines_of(**source),
                ElementsAre("0: AAE140|AAE140N|首次参保年月|未知项|姓名",
                            "3: 110|企业职工基本养老保险|19920701||", "8: 120||||㛃 & 䶮"))
        << encoding;
  }
}

TEST(XmlSource, FindsRecordsWhereverTheyStand) {
  EXPECT_THAT(lines_of_xml("<a><版本>1.0</版本><发放><记录><月>201811</月></记录><记录><月>201812</"
                           "月></记录></发放></a>"),
              ElementsAre("0: 月", "1: 201811", "1: 201812"));
  EXPECT_THAT(lines_of_xml("<t><p:r xmlns:p='u'><p:a> 1 </p:a></p:r>\n<!-- x "
                           "--><r><![CDATA[]]><a><![CDATA[<2>]]></a></r></t>"),
              ElementsAre("0: a", "1: 1", "2: <2>"));
}

TEST(XmlSource, SaysWhatIsWrong) {
  const struct {
    std::string content;
    std::string_view table;
    std::string_view expected;
  } rows[] = {
      {"<a><r><x>1</x></r><s><x>1</x></s></a>", "",
       "file.table_missing a.xml: which table?; there are: r, s"},
      {"<a><r><x>1</x></r></a>", "q", "file.table_missing a.xml: no table q; there are: r"},
      {"<a><r><x>1</x><x>2</x></r></a>", "", "x stands twice in one record"},
      {"<a><r><x>1</x></r>\n<r><x>", "", "file.damaged a.xml, line 2"},
      {"<a><r><x>1</r></a>", "", "mismatched tag"},
      {"<!DOCTYPE a [<!ENTITY e 'x'>]><a><r><x>&e;</x></r></a>", "",
       "file.xml_doctype a.xml, line 1"},
      {"<a>text</a>", "", "file.no_cells"},
      {"<a><r><x>\xC4\xE3\xFF</x></r></a>", "", "file.damaged a.xml: near byte"},
      {std::string(70 * 3, ' ') +
           [] {
             std::string deep;
             for (int i = 0; i < 70; ++i) deep += "<d>";
             return deep;
           }(),
       "", "nested too deeply"},
  };
  for (const auto& row : rows) {
    const auto lines = lines_of_xml(row.content, std::string(row.table));
    ASSERT_FALSE(lines.empty());
    EXPECT_THAT(lines.back(), HasSubstr(std::string(row.expected)));
  }
}

TEST(XmlSource, KnowsOnlyTablesAndCodesThatExist) {
  const auto catalog = catalog::Catalog::load(std::filesystem::path(ANLAN_SOURCE_DIR) / "catalog");
  ASSERT_TRUE(catalog) << catalog.error().detail;
  const TestFolder folder;
  std::string all = "<全部>";
  std::istringstream lines(bytes_of(elements));
  int known = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find("{element: ");
    if (at == std::string::npos) continue;
    const auto from = at + std::string("{element: ").size();
    const auto element = line.substr(from, line.find(',') - from);
    all += "<" + element + "><x>1</x></" + element + ">";
    ++known;
  }
  EXPECT_EQ(known, 20);  // the standard's tables
  const auto tables = list_xml_tables(folder.write("a.xml", all + "</全部>"), elements);
  ASSERT_TRUE(tables) << tables.error().detail;
  EXPECT_EQ(tables->size(), 20u);
  for (const auto& table : *tables) {
    EXPECT_TRUE(table.table.empty() || catalog->table(table.table) != nullptr) << table.element;
  }
}

TEST(XmlSource, SurvivesDamage) {
  const TestFolder folder;
  std::mt19937 random(3);
  const std::string whole = in_encoding(sample, "GB18030");
  for (int round = 0; round < 500; ++round) {
    std::string bytes = whole;
    if (round % 2 == 0) bytes.resize(random() % bytes.size());
    for (int i = 0; i < round % 5; ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    auto source =
        open_xml(folder.write("a.xml", bytes.empty() ? "<" : bytes), "养老保险人员参保信息表", "");
    if (source) (void)lines_of(**source);
  }
}

}  // namespace
}  // namespace anlan::ingest
