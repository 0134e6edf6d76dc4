#include "ingest/csv.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ingest/part_records.hpp"
#include "ingest/test_bytes.hpp"

namespace anlan::ingest {
namespace {

/// All records as "line:field|field", a '/' between parts.
std::string records_of(const std::string& text, std::size_t piece, std::size_t part_records,
                       char delimiter = ',') {
  CsvParts parts(std::make_unique<Bytes>(text, piece), Encoding::utf8, delimiter, "f.csv");
  std::string all;
  Part part;
  for (;;) {
    const auto more = parts.next(part, part_records);
    if (!more) return all + more.error().code + " " + more.error().detail;
    if (!*more) return all;
    PartRecords records;
    records.start(part, delimiter);
    while (records.next()) {
      all += fmt::format("{}:", records.row_no());
      for (std::size_t i = 0; i < records.count(); ++i) {
        all += std::string(i > 0 ? "|" : "") + std::string(records.fields()[i]);
      }
      all += records.quote_malformed() ? "! " : " ";
    }
    all += "/";
  }
}

TEST(Csv, SplitsTheSameWhateverThePiecesAre) {
  struct Row {
    std::string text;
    std::string expected;
  };
  const Row rows[] = {
      {"a,b\n1,2\n", "1:a|b 2:1|2 /"},
      {"a,b\r\n1,2\r\n", "1:a|b 2:1|2 /"},
      {"a,b\n1,2", "1:a|b 2:1|2 /"},
      {"\xEF\xBB\xBF"
       "a,b\n1,\n",
       "1:a|b 2:1| /"},
      {"a,b\n\n1,2\n\r\n", "1:a|b /3:1|2 /"},
      {"a,b\n\"x,y\",2\n", "1:a|b 2:x,y|2 /"},
      {"a\n\"x\ny\"\nz\n", "1:a 2:x\ny /4:z /"},
      {"a\n\"he said \"\"no\"\"\"\n", "1:a 2:he said \"no\" /"},
      {"a\n5\" pipe\n", "1:a 2:5\" pipe /"},
      {"a\n\"b\"c\n", "1:a 2:b! /"},
      {"a,b\n\"\",\"\"\n", "1:a|b 2:| /"},
      {"a,b\n\"1\"\r\n\"2\"\r\n", "1:a|b 2:1 /3:2 /"},
      {"", ""},
      {"a\n\"open\nnever", "csv.quote_open f.csv: a quote opened on line 2 is never closed"},
  };
  for (const auto& row : rows) {
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
      EXPECT_EQ(records_of(row.text, piece, 2), row.expected) << row.text << " piece " << piece;
    }
  }
}

TEST(Csv, EveryWayOfCuttingGivesTheSameRecords) {
  std::string text = "id,name,note\n";
  for (int i = 0; i < 3000; ++i) {
    text += fmt::format("{},{},\"{}{}\"\n", i, i % 7 == 0 ? "\"a,b\"" : "张三",
                        i % 5 == 0 ? "two\nlines" : "x", i % 3 == 0 ? "\"\"" : "");
  }
  const auto without_borders = [&](std::size_t piece, std::size_t part_records) {
    std::string all = records_of(text, piece, part_records);
    std::erase(all, '/');
    return all;
  };
  const std::string whole = without_borders(1 << 20, 1'000'000);
  EXPECT_EQ(std::count(whole.begin(), whole.end(), ':'), 3001);
  for (const std::size_t part_records : {1u, 2u, 1000u}) {
    EXPECT_EQ(without_borders(4093, part_records), whole);
  }
}

TEST(Csv, ARecordWithoutEndIsRefusedBeforeItIsRead) {
  const std::string refused =
      records_of("a\nb" + std::string(record_bytes_max + (4 << 20), 'x'), 1 << 20, 10);
  EXPECT_EQ(refused, "csv.record_too_long f.csv: the record on line 2 is longer than 16 MiB");
}

TEST(Csv, FieldsPastTheLimitAreCountedNotKept) {
  TextBuffer text;
  text.append(std::string(record_fields_max, ',') + "\n");
  CsvFields fields(text.view(), ',', 1);
  EXPECT_TRUE(fields.next());
  EXPECT_TRUE(fields.too_many());
}

TEST(Csv, GuessesTheDelimiterOutsideQuotes) {
  const std::pair<std::string_view, char> rows[] = {
      {"a,b,c\n1|2|3|4", ','}, {"a|b|c", '|'}, {"a\tb", '\t'},
      {"a;b;c", ';'},          {"alone", ','}, {"\"a,b,c\"|d", '|'},
  };
  for (const auto& [line, expected] : rows) EXPECT_EQ(guess_delimiter(line), expected) << line;
}

}  // namespace
}  // namespace anlan::ingest
