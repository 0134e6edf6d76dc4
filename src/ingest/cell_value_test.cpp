#include "ingest/cell_value.hpp"

#include <gtest/gtest.h>

#include "base/month.hpp"

namespace anlan::ingest {
namespace {

TEST(CellValue, TrimsBlanksOfBothWidthsAndNothingElse) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"a", "a"},   {" a ", "a"},    {"\u3000张三\u3000", "张三"},
      {"", ""},     {"\u3000", ""},  {"a\u3000b", "a\u3000b"},
      {"、", "、"}, {"　\t x", "x"}, {"一〇", "一〇"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(trim_fast(text), expected) << text;
}

TEST(CellValue, PlainTextIsHalfWidthWithoutASpreadsheetsApostrophe) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"１２３．５０", "123.50"}, {"'00123", "00123"}, {"ＡＢｘ", "ABx"}, {"－１", "-1"},
      {"张三", "张三"},           {"'", "'"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(plain_text(text), expected) << text;
}

TEST(CellValue, ReadsMonthsInEveryForm) {
  struct Row {
    std::string_view text;
    Reason reason;
    std::int32_t month;
  };
  const Row rows[] = {
      {"201811", Reason::none, 201811},
      {"2018-11", Reason::none, 201811},
      {"2018/11", Reason::none, 201811},
      {"2018.1", Reason::none, 201801},
      {"2018年11月", Reason::none, 201811},
      {"2018-11-30", Reason::none, 201811},
      {"20181130", Reason::none, 201811},
      {"２０１８１１", Reason::none, 201811},
      {"2018-11-30 00:00:00", Reason::none, 201811},
      {"201813", Reason::month_malformed, 0},
      {"201800", Reason::month_malformed, 0},
      {"18-11", Reason::month_malformed, 0},
      {"十一月", Reason::month_malformed, 0},
      {"999912", Reason::none, 999912},
  };
  for (const auto& row : rows) {
    std::int32_t month = 0;
    EXPECT_EQ(read_month(row.text, DateOrder::year_first, month), row.reason) << row.text;
    EXPECT_EQ(month, row.month) << row.text;
  }
}

TEST(CellValue, ReadsDatesInEveryForm) {
  struct Row {
    std::string_view text;
    Reason reason;
    std::string_view date;
  };
  const Row rows[] = {
      {"20181130", Reason::none, "2018-11-30"},
      {"2018-11-30", Reason::none, "2018-11-30"},
      {"2018/1/3", Reason::none, "2018-01-03"},
      {"2018.11.30", Reason::none, "2018-11-30"},
      {"2018年11月30日", Reason::none, "2018-11-30"},
      {"2018-11-30 12:00:00", Reason::none, "2018-11-30"},
      {"２０１８－１１－３０", Reason::none, "2018-11-30"},
      {"'20181130", Reason::none, "2018-11-30"},
      {"2016-02-29", Reason::none, "2016-02-29"},
      {"2018-02-29", Reason::date_impossible, ""},
      {"20181131", Reason::date_impossible, ""},
      {"1900-02-29", Reason::date_impossible, ""},
      {"2000-02-29", Reason::none, "2000-02-29"},
      {"9999-12-31", Reason::none, "9999-12-31"},
      {"yesterday", Reason::date_malformed, ""},
      {"43434", Reason::date_malformed, ""},
      {"1970-01-01", Reason::none, "1970-01-01"},
      {"1900-01-01", Reason::none, "1900-01-01"},
  };
  for (const auto& row : rows) {
    std::int32_t days = 0;
    ASSERT_EQ(read_date(row.text, DateOrder::year_first, days), row.reason) << row.text;
    if (row.reason == Reason::none) {
      EXPECT_EQ(format_date(Date{days}), row.date) << row.text;
    }
  }
}

TEST(CellValue, FastDatesAgreeWithTheCalendarOnEveryDay) {
  for (int days = Date::of(1900, 1, 1).days; days <= Date::of(2199, 12, 31).days; ++days) {
    std::int32_t read = 0;
    ASSERT_EQ(read_date(format_date(Date{days}), DateOrder::year_first, read), Reason::none);
    ASSERT_EQ(read, days);
  }
}

TEST(CellValue, ReadsDatesWhoseYearStandsLastWhenTold) {
  std::int32_t days = 0;
  EXPECT_EQ(read_date("3/11/2018", DateOrder::day_first, days), Reason::none);
  EXPECT_EQ(format_date(Date{days}), "2018-11-03");
  EXPECT_EQ(read_date("3/11/2018", DateOrder::month_first, days), Reason::none);
  EXPECT_EQ(format_date(Date{days}), "2018-03-11");
  EXPECT_EQ(read_date("3/11/2018", DateOrder::year_first, days), Reason::date_malformed);
  EXPECT_EQ(read_date("2018-11-03", DateOrder::day_first, days), Reason::none);
}

TEST(CellValue, ReadsTimes) {
  const std::int64_t day = Date::of(2018, 11, 30).days * std::int64_t{86'400'000'000};
  struct Row {
    std::string_view text;
    Reason reason;
    std::int64_t micros;
  };
  const Row rows[] = {
      {"2018-11-30", Reason::none, day},
      {"2018-11-30 08:05:09", Reason::none, day + 29'109'000'000},
      {"2018-11-30T08:05:09.25", Reason::none, day + 29'109'250'000},
      {"2018/11/30 8:05", Reason::none, day + 29'100'000'000},
      {"20181130080509", Reason::none, day + 29'109'000'000},
      {"2018-11-30 24:00:00", Reason::time_malformed, 0},
      {"2018-11-31 08:00", Reason::date_impossible, 0},
      {"noon", Reason::time_malformed, 0},
  };
  for (const auto& row : rows) {
    std::int64_t micros = 0;
    EXPECT_EQ(read_time(row.text, DateOrder::year_first, micros), row.reason) << row.text;
    EXPECT_EQ(micros, row.micros) << row.text;
  }
}

TEST(CellValue, ReadsMoneyExactlyInEveryUnit) {
  struct Row {
    std::string_view text;
    MoneyUnit unit;
    Reason reason;
    std::int64_t fen;
  };
  using enum MoneyUnit;
  const Row rows[] = {
      {"3120.50", yuan, Reason::none, 312'050},
      {"3120.5", yuan, Reason::none, 312'050},
      {"3120", yuan, Reason::none, 312'000},
      {"-0.01", yuan, Reason::none, -1},
      {"3,120.50", yuan, Reason::none, 312'050},
      {"¥3120.50", yuan, Reason::none, 312'050},
      {"３１２０．５０", yuan, Reason::none, 312'050},
      {"3120.500", yuan, Reason::none, 312'050},
      {"3120.505", yuan, Reason::money_too_precise, 0},
      {"0.29", yuan, Reason::none, 29},
      {"0.31205", wan, Reason::none, 312'050},
      {"0.312051", wan, Reason::none, 312'051},
      {"0.3120511", wan, Reason::money_too_precise, 0},
      {"0.3万元", yuan, Reason::none, 300'000},
      {"312050", fen, Reason::none, 312'050},
      {"312050.00", fen, Reason::none, 312'050},
      {"312050.5", fen, Reason::money_too_precise, 0},
      {"99999999999999999999", yuan, Reason::money_too_large, 0},
      {"abc", yuan, Reason::money_malformed, 0},
      {".", yuan, Reason::money_malformed, 0},
      {"-", fen, Reason::money_malformed, 0},
  };
  for (const auto& row : rows) {
    std::int64_t value = 0;
    EXPECT_EQ(read_money(row.text, row.unit, value), row.reason) << row.text;
    if (row.reason == Reason::none) {
      EXPECT_EQ(value, row.fen) << row.text;
    }
  }
}

TEST(CellValue, ReadsRatiosExactly) {
  struct Row {
    std::string_view text;
    Reason reason;
    std::int64_t millionths;
  };
  const Row rows[] = {
      {"0.08", Reason::none, 80'000},
      {"8%", Reason::none, 80'000},
      {"8.25%", Reason::none, 82'500},
      {"-1.5", Reason::none, -1'500'000},
      {"0.0000001", Reason::ratio_too_precise, 0},
      {"0.1000000", Reason::none, 100'000},
      {"999999.999999", Reason::none, 999'999'999'999},
      {"1000000", Reason::ratio_too_large, 0},
      {"eight", Reason::ratio_malformed, 0},
      {"%", Reason::ratio_malformed, 0},
  };
  for (const auto& row : rows) {
    std::int64_t value = 0;
    EXPECT_EQ(read_ratio(row.text, value), row.reason) << row.text;
    if (row.reason == Reason::none) {
      EXPECT_EQ(value, row.millionths) << row.text;
    }
  }
}

TEST(CellValue, ReadsWholeNumbers) {
  std::int64_t value = 0;
  EXPECT_EQ(read_integer("-12", value), Reason::none);
  EXPECT_EQ(value, -12);
  EXPECT_EQ(read_integer("1,234.00", value), Reason::none);
  EXPECT_EQ(value, 1234);
  EXPECT_EQ(read_integer("12.5", value), Reason::integer_malformed);
  EXPECT_EQ(read_integer("\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", value), Reason::integer_malformed);
  EXPECT_EQ(read_integer("9223372036854775808", value), Reason::integer_too_large);
}

TEST(CellValue, ReadsFlags) {
  for (const std::string_view yes : {"1", "是", "Y", "y", "TRUE", "ｙ"}) {
    bool flag = false;
    EXPECT_EQ(read_flag(yes, flag), Reason::none) << yes;
    EXPECT_TRUE(flag) << yes;
  }
  for (const std::string_view no : {"0", "否", "N", "false"}) {
    bool flag = true;
    EXPECT_EQ(read_flag(no, flag), Reason::none) << no;
    EXPECT_FALSE(flag) << no;
  }
  bool flag = false;
  EXPECT_EQ(read_flag("maybe", flag), Reason::flag_unknown);
}

TEST(CellValue, KnowsNumbersThatASpreadsheetHasRounded) {
  EXPECT_TRUE(is_scientific("1.10105E+17"));
  EXPECT_TRUE(is_scientific("6e+18"));
  for (const std::string_view no : {"E+17", "1.1E17", "A1E+17", "110105194912310021", "1E+"}) {
    EXPECT_FALSE(is_scientific(no)) << no;
  }
}

}  // namespace
}  // namespace anlan::ingest
