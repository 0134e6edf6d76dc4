#include "ingest/sniff.hpp"

#include <gtest/gtest.h>

#include "ingest/test_files.hpp"

namespace anlan::ingest {
namespace {

/// The smallest compound file: header, allocation table, one directory sector with one stream.
std::string compound_file(const std::string& stream) {
  using namespace std::string_literals;
  std::string bytes(512 * 3, '\0');
  const auto put = [&](std::size_t at, const std::string& value) {
    bytes.replace(at, value.size(), value);
  };
  put(0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s);
  put(30, "\x09"s);
  put(48, "\x01"s);  // the directory is sector 1
  put(76, "\x00"s);  // the table is sector 0
  put(512, "\xFD\xFF\xFF\xFF\xFE\xFF\xFF\xFF"s);
  std::string name;
  for (const char c : stream) name += c + "\0"s;
  put(1024 + 128, name);
  put(1024 + 128 + 64, std::string(1, static_cast<char>(name.size() + 2)));
  return bytes;
}

TEST(Sniff, GoesByContentNotByName) {
  using namespace std::string_literals;
  const std::string xml2003 =
      "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook "
      "xmlns=\"urn:schemas-"
      "microsoft-com:office:spreadsheet\">";
  const struct {
    std::string content;
    std::string expected;  // a format, or an error
  } rows[] = {
      {"", "csv"},
      {"姓名,金额\n", "csv"},
      {"\xEF\xBB\xBF姓名", "csv"},
      {"a<b,c\n", "csv"},
      {"\x1F\x8B\x08", "gzip"},
      {"PAR1....", "parquet"},
      {"<?xml version=\"1.0\" encoding=\"GB 18030\"?>\n<单位信息>", "xml"},
      {"\xFF\xFE<\0x\0m\0l\0>\0"s, "xml"},
      {"<单位信息/>", "xml"},
      {"<tables><t/></tables>", "xml"},
      {"<html><table>", "file.html_as_xls"},
      {"\r\n <!DOCTYPE HTML PUBLIC>", "file.html_as_xls"},
      {"<TABLE border=1>", "file.html_as_xls"},
      {"<?xml version='1.0'?><html xmlns='x'>", "file.html_as_xls"},
      {"\xFF\xFE<\0h\0t\0m\0l\0>\0"s, "file.html_as_xls"},
      {xml2003, "file.html_as_xls"},
      {"MIME-Version: 1.0\r\n", "file.html_as_xls"},
      {compound_file("Workbook"), "xls"},
      {compound_file("Book"), "xls"},
      {compound_file("EncryptedPackage"), "file.xlsx_password"},
      {compound_file("WordDocument"), "file.unsupported"},
      {compound_file("Workbook").substr(0, 1100), "file.damaged"},
      {compound_file("Workbook").substr(0, 300), "file.damaged"},
      {"\x09\x04\x06\x00"s, "xls"},
      {"PK\x03\x04 cut off", "file.damaged"},
      {"7z\xBC\xAF\x27\x1C", "file.unsupported"},
      {"Rar!\x1A\x07", "file.unsupported"},
      {"%PDF-1.4", "file.unsupported"},
      {std::string(257, 'a') + "ustar", "file.unsupported"},
  };
  const TestFolder folder;
  for (const auto& row : rows) {
    const auto format = sniff(folder.write("数据.xls", row.content));
    EXPECT_EQ(format ? std::string(format_name(*format)) : format.error().code, row.expected)
        << row.content.substr(0, 60);
  }
}

TEST(Sniff, LooksIntoZipFiles) {
  const TestFolder folder;
  const struct {
    std::string member;
    std::string expected;
  } rows[] = {
      {"benefit_payment.csv", "zip"},
      {"xl/workbook.xml", "xlsx"},
      {"xl/worksheets/a.xml", "xlsx"},
      {"xl/workbook.bin", "file.unsupported"},
      {"word/document.xml", "file.unsupported"},
      {"mimetype", "file.unsupported"},
  };
  for (const auto& row : rows) {
    const auto format = sniff(folder.write_zip("a.csv", {{row.member, "x"}}));
    EXPECT_EQ(format ? std::string(format_name(*format)) : format.error().code, row.expected)
        << row.member;
  }
}

TEST(Sniff, NamesWhatCannotBeRead) {
  const TestFolder folder;
  EXPECT_EQ(sniff(folder.path() / "none").error().code, "file.unreadable");
  EXPECT_EQ(sniff(folder.path()).error().code, "file.unreadable");
  EXPECT_EQ(open_records(folder.write("a", "a,b"), {}).error().code, "file.is_text");
  EXPECT_EQ(open_records(folder.write("a", "\x1F\x8B"), {}).error().code, "file.is_archive");
}

}  // namespace
}  // namespace anlan::ingest
