#include "base/fen.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace anlan {
namespace {

TEST(Fen, ReadsYuanAsPeopleWriteIt) {
  const struct {
    const char* text;
    std::int64_t fen;
  } rows[] = {
      {"0", 0},
      {"3120.50", 312050},
      {"3,120.5", 312050},
      {"-3120.50", -312050},
      {" 12 ", 1200},
      {"¥3120", 312000},
      {"0.31万元", 310000},
      {"1.000100万", 1000100},
      {"3120.500", 312050},
      {".5", 50},
      {"+7.01", 701},
      {"12元", 1200},
      {"92233720368547758.07", std::numeric_limits<std::int64_t>::max()},
  };
  for (const auto& row : rows) {
    const auto fen = parse_yuan(row.text);
    ASSERT_TRUE(fen) << row.text;
    EXPECT_EQ(fen->value, row.fen) << row.text;
  }
}

TEST(Fen, RefusesWhatIsNotMoney) {
  const struct {
    const char* text;
    const char* code;
  } rows[] = {
      {"", "money.malformed"},
      {"abc", "money.malformed"},
      {"1.2.3", "money.malformed"},
      {"3.125", "money.too_precise"},
      {"1.0000001万", "money.too_precise"},
      {"92233720368547758.08", "money.too_large"},
      {"1e3", "money.malformed"},
      {"0x10", "money.malformed"},
      {"1.5,0", "money.malformed"},
  };
  for (const auto& row : rows) {
    const auto fen = parse_yuan(row.text);
    ASSERT_FALSE(fen) << row.text;
    EXPECT_EQ(fen.error().code, row.code) << row.text;
  }
}

TEST(Fen, PrintsYuanToTheFen) {
  EXPECT_EQ(format_yuan(Fen{312050}), "3,120.50");
  EXPECT_EQ(format_yuan(Fen{-5}), "-0.05");
  EXPECT_EQ(format_yuan(Fen{123456789012}), "1,234,567,890.12");
  EXPECT_EQ(plain_yuan(Fen{312050}), "3120.50");
  EXPECT_EQ(format_yuan(Fen{std::numeric_limits<std::int64_t>::min()}),
            "-92,233,720,368,547,758.08");
}

}  // namespace
}  // namespace anlan
