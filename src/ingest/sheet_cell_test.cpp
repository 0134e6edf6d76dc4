#include "ingest/sheet_cell.hpp"

#include <gtest/gtest.h>

#include "ingest/test_files.hpp"

namespace anlan::ingest {
namespace {

TEST(SheetCell, WritesNumbersAsPlainDecimalsOfFifteenDigits) {
  const struct {
    std::string_view number;
    std::string_view expected;
  } rows[] = {
      {"0", "0#n"},
      {"-0.0", "0#n"},
      {"0.1", "0.1#n"},
      {".5", "0.5#n"},
      {"1200.50", "1200.5#n"},
      {"1.2E+3", "1200#n"},
      {"1.2e-3", "0.0012#n"},
      {"-31205E-1", "-3120.5#n"},
      {"3120.4999999999995", "3120.5#n"},  // how 3120.5 minus a little is stored
      {"3120.0500000000002", "3120.05#n"},
      {"0.30000000000000004", "0.3#n"},
      {"2.9999999999999996", "3#n"},
      {"99999999999999.99", "100000000000000#n"},
      {"123456789012345", "123456789012345#n"},    // 15 digits are exact
      {"1234567890123456", "1234567890123456#l"},  // 16 may not be
      {"1.1010519491231E+17", "110105194912310000#l"},
      {"110105194912310021", "110105194912310021#l"},
      {"999999999999999.9", "1000000000000000#l"},  // rounding makes the 16th
      {"0000000000000000012", "12#n"},
      {"1e22", "10000000000000000000000#l"},
      {"1e401", "1e401"},
      {"1E+", "1E+"},
      {"", ""},
      {"-", "-"},
      {"1.2.3", "1.2.3"},
      {"12a", "12a"},
  };
  for (const auto& row : rows) {
    std::string text;
    const auto kind = append_decimal(row.number, text);
    EXPECT_EQ(cell_text(text, kind), row.expected) << row.number;
  }
}

TEST(SheetCell, TellsDateFormatsFromNumberFormats) {
  const struct {
    std::string_view code;
    NumberLook expected;
  } rows[] = {
      {"General", NumberLook::number},
      {"0.00", NumberLook::number},
      {"#,##0.00;[Red]-#,##0.00", NumberLook::number},
      {"0.00E+00", NumberLook::number},
      {"\"year\"0", NumberLook::number},
      {"0\\d", NumberLook::number},
      {"_d0_)", NumberLook::number},
      {"[DBNum1]0", NumberLook::number},
      {"[h]:mm", NumberLook::number},
      {"0;yyyy", NumberLook::number},
      {"yyyy-mm-dd", NumberLook::date},
      {"yyyy\"年\"m\"月\"d\"日\";@", NumberLook::date},
      {"[$-804]yyyy\"年\"mm\"月\";@", NumberLook::date},
      {"mmm", NumberLook::date},
      {"m/d/yy h:mm", NumberLook::date},
      {"h:mm AM/PM", NumberLook::time},
      {"hh:mm:ss", NumberLook::time},
      {"\"open", NumberLook::number},
      {"[open", NumberLook::number},
  };
  for (const auto& row : rows) EXPECT_EQ(look_of_format(row.code), row.expected) << row.code;
  EXPECT_EQ(look_of_builtin(14), NumberLook::date);
  EXPECT_EQ(look_of_builtin(31), NumberLook::date);
  EXPECT_EQ(look_of_builtin(21), NumberLook::time);
  EXPECT_EQ(look_of_builtin(4), NumberLook::number);
}

TEST(SheetCell, TurnsDayNumbersIntoDates) {
  const struct {
    std::string_view serial;
    NumberLook look;
    bool from_1904;
    std::string_view expected;
  } rows[] = {
      {"43434", NumberLook::date, false, "2018-11-30#d"},
      {"43434.5", NumberLook::date, false, "2018-11-30 12:00:00#d"},
      {"43434.999999", NumberLook::date, false, "2018-12-01#d"},  // 0.09 s before midnight
      {"43434.99998", NumberLook::date, false, "2018-11-30 23:59:58#d"},
      {"4.3434E+4", NumberLook::date, false, "2018-11-30#d"},
      {"41972", NumberLook::date, true, "2018-11-30#d"},
      {"0", NumberLook::date, true, "1904-01-01#d"},
      {"1", NumberLook::date, false, "1900-01-01#d"},
      {"59", NumberLook::date, false, "1900-02-28#d"},
      {"60", NumberLook::date, false, "1900-02-29#d"},  // Excel's day that never was
      {"61", NumberLook::date, false, "1900-03-01#d"},
      {"0", NumberLook::date, false, "0#n"},
      {"-1", NumberLook::date, false, "-1#n"},
      {"2958465", NumberLook::date, false, "9999-12-31#d"},
      {"2958466", NumberLook::date, false, "2958466#n"},
      {"20181130", NumberLook::date, false,
       "20181130#n"},  // a date typed as a number, formatted as a date
      {"0.75", NumberLook::time, false, "18:00:00"},
      {"0.000001", NumberLook::time, false, "00:00:00"},
      {"43434.25", NumberLook::time, false, "2018-11-30 06:00:00#d"},
      {"43434", NumberLook::number, false, "43434#n"},
      {"x", NumberLook::date, false, "x"},
  };
  for (const auto& row : rows) {
    std::string text;
    const auto kind = append_date(row.serial, row.look, row.from_1904, text);
    EXPECT_EQ(cell_text(text, kind), row.expected) << row.serial;
  }
}

}  // namespace
}  // namespace anlan::ingest
