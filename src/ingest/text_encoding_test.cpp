#include "ingest/text_encoding.hpp"

#include <gtest/gtest.h>

#include "ingest/test_bytes.hpp"

namespace anlan::ingest {
namespace {

std::string utf16(std::u16string_view text, bool little) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    bytes += little ? low : high;
    bytes += little ? high : low;
  }
  return bytes;
}

/// The text, or the error's code and detail.
std::string read_all(const std::string& bytes, std::size_t piece, Encoding encoding) {
  Bytes source(bytes, piece);
  TextReader reader(source, encoding, "f");
  TextBuffer text;
  for (;;) {
    const auto more = reader.read(text, 1);
    if (!more) return more.error().code + " " + more.error().detail;
    if (!*more) return std::string(text.view());
  }
}

Encoding found(const std::string& bytes) {
  Bytes source(bytes, 5);
  return survey_text(source)->encoding;
}

const std::string gb_zhang_san = "\xD5\xC5\xC8\xFD";   // 张三
const std::string gb_four_bytes = "\x82\x30\xB7\x31";  // 㛃, outside GBK

TEST(TextEncoding, IsFoundFromTheWholeFile) {
  EXPECT_EQ(found("name\n张三\n"), Encoding::utf8);
  EXPECT_EQ(found("name\nplain\n"), Encoding::utf8);
  EXPECT_EQ(found("name\n" + gb_zhang_san + "\n"), Encoding::gb18030);
  EXPECT_EQ(found(std::string(3'000'000, 'x') + "\n" + gb_zhang_san), Encoding::gb18030)
      << "one late name decides";
  EXPECT_EQ(found(utf16(u"\uFEFFname\n张三", true)), Encoding::utf16le);
  EXPECT_EQ(found(utf16(u"\uFEFFname\n张三", false)), Encoding::utf16be);
  EXPECT_EQ(found(utf16(u"name,id\n张三,1", true)), Encoding::utf16le);
  EXPECT_EQ(found(utf16(u"name,id\n张三,1", false)), Encoding::utf16be);
  EXPECT_EQ(found(std::string("name,identity,other\nab", 22) + std::string(1, '\0') + "cd\n"),
            Encoding::utf8)
      << "a stray NUL is no UTF-16";
}

TEST(TextEncoding, EveryEncodingReadsTheSameInPiecesOfAnySize) {
  const std::string text = "姓名,id\n张三,1\n㛃,𠀀\n";
  const std::string gb =
      "\xD0\xD5\xC3\xFB,id\n" + gb_zhang_san + ",1\n" + gb_four_bytes + ",\x95\x32\x82\x36\n";
  const std::u16string_view wide = u"\uFEFF姓名,id\n张三,1\n㛃,𠀀\n";
  for (const std::size_t piece : {1u, 2u, 3u, 5u, 1000u}) {
    EXPECT_EQ(read_all(text, piece, Encoding::utf8), text);
    EXPECT_EQ(read_all("\xEF\xBB\xBF" + text, 1000, Encoding::utf8), text);
    EXPECT_EQ(read_all(gb, piece, Encoding::gb18030), text);
    EXPECT_EQ(read_all(utf16(wide, true), piece, Encoding::utf16le), text);
    EXPECT_EQ(read_all(utf16(wide, false), piece, Encoding::utf16be), text);
  }
}

TEST(TextEncoding, WhatIsNotInTheEncodingIsNamedByLineAndByte) {
  EXPECT_EQ(read_all("a\nb\n" + gb_zhang_san, 1000, Encoding::utf8).substr(0, 46),
            "text.encoding f: line 3, byte offset 4: not UT");
  EXPECT_EQ(read_all("a\n\xFF\xFF", 1000, Encoding::gb18030).substr(0, 46),
            "text.encoding f: line 2, byte offset 2: not GB");
  EXPECT_EQ(read_all("abc\xE5\xBC", 1000, Encoding::utf8).substr(0, 39),
            "text.encoding f: line 1, byte offset 3:")
      << "cut off at the end";
  EXPECT_EQ(read_all(std::string("a\nb\0c", 5), 1000, Encoding::utf8),
            "text.nul f: line 2: a NUL character in the text");
}

TEST(TextEncoding, Utf8MustBeShortestFormAndNoSurrogate) {
  for (const std::string_view bad :
       {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xE5\xBC"}) {
    EXPECT_EQ(valid_utf8_prefix(std::string("ok") + std::string(bad)), 2u);
  }
  EXPECT_EQ(valid_utf8_prefix("张\U0010FFFF"), 7u);
}

}  // namespace
}  // namespace anlan::ingest
