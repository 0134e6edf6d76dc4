#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "documents/amount_words.hpp"
#include "documents/docx.hpp"
#include "documents/official.hpp"
#include "documents/xlsx.hpp"
#include "documents/zip.hpp"

namespace anlan::documents {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class DocumentsTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  const fs::path& folder() const { return folder_; }

  static std::map<std::string, std::string> parts_in(const fs::path& path) {
    std::map<std::string, std::string> parts;
    const auto read =
        read_zip(path, [&](const std::string& name, std::string_view piece) -> Status {
          parts[name] += piece;
          return {};
        });
    EXPECT_TRUE(read) << read.error().detail;
    return parts;
  }

 private:
  const fs::path folder_ =
      fs::temp_directory_path() / ("anlan_documents_" + std::to_string(::getpid()));
};

TEST(AmountWords, AreWhatABankAccepts) {
  struct Row {
    std::int64_t fen;
    const char* words;
  };
  const Row rows[] = {
      {0, "零元整"},
      {1, "壹分"},
      {10, "壹角整"},
      {105, "壹元零伍分"},
      {140'950, "壹仟肆佰零玖元伍角整"},  // the examples of the rule itself
      {600'714, "陆仟零柒元壹角肆分"},
      {168'032, "壹仟陆佰捌拾元叁角贰分"},
      {10'700'053, "壹拾万柒仟元伍角叁分"},
      {1'640'902, "壹万陆仟肆佰零玖元零贰分"},
      {32'504, "叁佰贰拾伍元零肆分"},
      {100'000'000, "壹佰万元整"},
      {10'000'000'500, "壹亿零伍元整"},
      {1'000'010'000'000, "壹佰亿零壹拾万元整"},
      {1'234'567'890'123'456, "壹拾贰万亿叁仟肆佰伍拾陆亿柒仟捌佰玖拾万壹仟贰佰叁拾肆元伍角陆分"},
  };
  for (const auto& row : rows) EXPECT_EQ(amount_words(Fen{row.fen}), row.words) << row.fen;
}

TEST_F(DocumentsTest, AnArchiveReadsBackAndIsTheSameTwice) {
  const std::string large(300'000, 'x');
  std::ofstream(folder() / "kept") << large;
  const std::vector<ZipPart> parts = {{"manifest.json", std::string("{}")},
                                      {"证据/一.txt", folder() / "kept"},
                                      {"empty", std::string()}};
  ASSERT_TRUE(write_zip(parts, folder() / "one.zip"));
  ASSERT_TRUE(write_zip(parts, folder() / "two.zip"));
  EXPECT_EQ(*sha256_file_hex(folder() / "one.zip"), *sha256_file_hex(folder() / "two.zip"));
  const auto read = parts_in(folder() / "one.zip");
  EXPECT_EQ(read.size(), 3U);
  EXPECT_EQ(read.at("证据/一.txt"), large);
  EXPECT_EQ(read.at("empty"), "");
  const auto bytes = zip_bytes({parts[0], parts[2]});
  ASSERT_TRUE(bytes) << bytes.error().detail;
  ASSERT_TRUE(write_zip({parts[0], parts[2]}, folder() / "three.zip"));
  EXPECT_EQ(*bytes, *read_file(folder() / "three.zip"));
}

TEST_F(DocumentsTest, WhatIsNoArchiveSaysSo) {
  const auto take = [](const std::string&, std::string_view) -> Status { return {}; };
  EXPECT_EQ(read_zip(folder() / "none", take).error().code, "file.unreadable");
  std::ofstream(folder() / "text.zip") << "not an archive";
  EXPECT_EQ(read_zip(folder() / "text.zip", take).error().code, "zip.damaged");
  EXPECT_EQ(write_zip({{"a", folder() / "gone"}}, folder() / "a.zip").error().code,
            "file.unwritable");
  EXPECT_EQ(write_zip({{"a", std::string("x")}}, folder() / "no" / "a.zip").error().code,
            "file.unwritable");
  // A changed byte of a part's data is found by the archive's own checksum.
  ASSERT_TRUE(write_zip({{"a", std::string(5'000, 'x') + "end"}}, folder() / "a.zip"));
  auto bytes = *read_file(folder() / "a.zip");
  bytes[40] = static_cast<char>(bytes[40] ^ 1);
  ASSERT_TRUE(write_file(folder() / "b.zip", bytes));
  EXPECT_EQ(read_zip(folder() / "b.zip", take).error().code, "zip.damaged");
}

TEST_F(DocumentsTest, TextsCannotBreakOutOfADocument) {
  Docx docx;
  docx.title = "<title> & more";
  docx.made_on = Date::of(2019, 1, 1);
  docx.body = paragraph(run("a < b & \"c\"\x01\n第二行", {}), {}) +
              table({{2000, Align::left}}, {"栏"}, {{"</w:t>"}}, {});
  const auto path = folder() / "one.docx";
  ASSERT_TRUE(write_docx(docx, path));
  const auto parts = parts_in(path);
  EXPECT_THAT(parts.at("word/document.xml"),
              HasSubstr("a &lt; b &amp; &quot;c&quot;</w:t><w:br/>"));
  EXPECT_THAT(parts.at("word/document.xml"), HasSubstr("&lt;/w:t&gt;"));
  EXPECT_THAT(parts.at("docProps/core.xml"), HasSubstr("&lt;title&gt; &amp; more"));
  EXPECT_FALSE(parts.contains("word/footer1.xml"));
  EXPECT_THAT(parts.at("[Content_Types].xml"), Not(HasSubstr("footer")));
  EXPECT_EQ(*docx_bytes(docx), *read_file(path));
}

TEST_F(DocumentsTest, AnOfficialPaperHasItsMarginsTypeAndLines) {
  Docx docx;
  docx.title = "函";
  docx.page = official_page();
  docx.body = official_organ("某局") + official_title("函") + official_text("正文") +
              official_signature("某局", Date::of(2026, 11, 5));
  docx.footer = official_page_number();
  const auto path = folder() / "paper.docx";
  ASSERT_TRUE(write_docx(docx, path));
  const auto parts = parts_in(path);
  const auto& text = parts.at("word/document.xml");
  EXPECT_THAT(text, HasSubstr("w:top=\"2098\" w:right=\"1474\" w:bottom=\"1984\" w:left=\"1587\""));
  EXPECT_THAT(text, HasSubstr("方正小标宋简体"));
  EXPECT_THAT(text, HasSubstr("仿宋_GB2312"));
  EXPECT_THAT(text, HasSubstr("w:line=\"560\" w:lineRule=\"exact\""));
  EXPECT_THAT(text, HasSubstr("w:firstLineChars=\"200\" w:firstLine=\"640\""));
  EXPECT_THAT(text, HasSubstr("2026年11月5日"));
  EXPECT_THAT(parts.at("word/footer1.xml"), HasSubstr(" PAGE "));
}

TEST_F(DocumentsTest, ASheetIsTheSameTwiceAndRunsNothing) {
  Workbook book{"清单", Instant{1'546'300'800'000}, {}};
  book.sheets.push_back({"清单",
                         "资金清单",
                         "案件",
                         {{"名称", 20, false}, {"数量", 8, true}, {"金额", 14, false}},
                         {{std::string("=1+1"), std::int64_t{3}, Fen{12'345}}},
                         true,
                         false,
                         "&C第 &P 页"});
  ASSERT_TRUE(write_xlsx(book, folder() / "one.xlsx"));
  ASSERT_TRUE(write_xlsx(book, folder() / "two.xlsx"));
  EXPECT_EQ(*read_file(folder() / "one.xlsx"), *read_file(folder() / "two.xlsx"));
  const auto parts = parts_in(folder() / "one.xlsx");
  EXPECT_THAT(parts.at("xl/worksheets/sheet1.xml"), Not(HasSubstr("<f>")));
  EXPECT_THAT(parts.at("xl/worksheets/sheet1.xml"), HasSubstr("<v>123.45</v>"));
  EXPECT_THAT(parts.at("xl/sharedStrings.xml"), HasSubstr("=1+1"));
  EXPECT_EQ(write_xlsx(book, folder() / "no" / "a.xlsx").error().code, "file.unwritable");
}

}  // namespace
}  // namespace anlan::documents
