#include "ingest/import.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>

#include "base/file.hpp"
#include "base/text.hpp"
#include "fund/id_number.hpp"
#include "ingest/header_match.hpp"
#include "ingest/test_files.hpp"
#include "lake/engine.hpp"

namespace anlan::ingest {
namespace {

std::string in_encoding(const std::string& utf8, const char* encoding) {
  UErrorCode status = U_ZERO_ERROR;
  std::string bytes(utf8.size() * 4 + 4, '\0');
  const auto size =
      ucnv_convert(encoding, "UTF-8", bytes.data(), static_cast<std::int32_t>(bytes.size()),
                   utf8.data(), static_cast<std::int32_t>(utf8.size()), &status);
  EXPECT_TRUE(U_SUCCESS(status)) << encoding;
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

/// A number of a person who cannot be, in the region reserved for samples.
std::string id_no(int serial) {
  std::string digits = fmt::format("99000019500101{:03}", serial % 1000);
  return digits + fund::id_check_digit(digits.data());
}

class ImportTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto catalog = catalog::Catalog::load(std::filesystem::path(ANLAN_SOURCE_DIR) / "catalog");
    ASSERT_TRUE(catalog) << catalog.error().detail;
    catalog_ = new catalog::Catalog(std::move(*catalog));
  }
  static void TearDownTestSuite() {
    delete catalog_;
    catalog_ = nullptr;
  }
  void SetUp() override {
    auto workspace = lake::Workspace::init(folder_.path() / "工作区 ws", "合成市");
    ASSERT_TRUE(workspace) << workspace.error().detail;
    workspace_.emplace(std::move(*workspace));
    options_.today = Date::of(2019, 1, 1);
    options_.received_at = "2019-01-01T08:00:00+08:00";
  }

  Result<ImportReport> import(const std::filesystem::path& file) { return import(file, options_); }
  Result<ImportReport> import(const std::filesystem::path& file, const ImportOptions& options) {
    const auto lock = workspace_->lock_for_writing();
    EXPECT_TRUE(lock);
    return import_file(*workspace_, *catalog_, received_file(file), options, &*lock);
  }
  std::filesystem::path delivery(const ImportReport& report) const {
    return workspace_->lake() / report.manifest.table / ("delivery=" + report.manifest.id);
  }
  /// The Parquet bytes of a delivery, part after part.
  std::string parts(const ImportReport& report) const {
    std::string all;
    for (const auto& part : report.manifest.parts)
      all += part + "\n" + bytes_of(delivery(report) / part);
    return all;
  }
  /// Rows of a query over a delivery ("FROM d"), cells joined with '|', rows with ' '.
  std::string rows(const ImportReport& report, const std::string& select) const {
    auto engine = lake::Engine::open({.threads = 1});
    auto connection = engine->connect();
    EXPECT_TRUE(
        connection->run(fmt::format("CREATE VIEW d AS SELECT * FROM read_parquet({})",
                                    sql_quoted((delivery(report) / "*.parquet").string()))));
    auto result = connection->query(select);
    EXPECT_TRUE(result) << result.error().detail;
    std::string all;
    while (*result->next()) {
      if (!all.empty()) all += ' ';
      for (std::size_t i = 0; i < result->columns(); ++i)
        all += (i > 0 ? "|" : "") + result->display(i);
    }
    return all;
  }
  /// Everything in the workspace, by name, to see that nothing has changed.
  std::set<std::string> everything() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(workspace_->folder())) {
      if (entry.path().filename() != ".lock" && entry.path() != workspace_->staging())
        names.insert(entry.path());
    }
    return names;
  }

  static catalog::Catalog* catalog_;
  TestFolder folder_;
  std::optional<lake::Workspace> workspace_;
  ImportOptions options_;
};
catalog::Catalog* ImportTest::catalog_ = nullptr;

const std::string death_header = "source,id_no,name,death_date,death_rank,recv_at,match_score\n";

TEST_F(ImportTest, NormalisesWhatItLoads) {
  const std::string fifteen = "990000500101001";
  const auto file = folder_.write("ext_death-2018-11.csv",
                                  "数据来源,社会保障号码,姓名,死亡日期,来源等级,接收时间,匹配度\r\n"
                                  "公安," +
                                      fifteen +
                                      ",\u3000张三 ,2018年11月3日,１,2018-11-05 08:30:00,98%\r\n"
                                      "1,'" +
                                      id_no(2) + ",\"李,四\",20181104,1,,\r\n");
  const auto report = import(file);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->manifest.table, "ext_death");
  EXPECT_EQ(report->manifest.period, "2018-11");
  EXPECT_EQ(report->manifest.rows_loaded, 2);
  EXPECT_EQ(rows(*report, "SELECT source, id_no = '" + id_no(1) +
                              "', name, death_date, death_rank, recv_at, "
                              "match_score, row_no FROM d LIMIT 1"),
            "1|1|张三|2018-11-03|1|2018-11-05 08:30:00|0.980000|2");
  EXPECT_EQ(rows(*report, "SELECT source, id_no = '" + id_no(2) +
                              "', name, recv_at FROM d WHERE row_no = 3"),
            "1|1|李,四|");
}

TEST_F(ImportTest, ListsEachOfManyRowsWithOneKeyOverSeveralParts) {
  std::string text = death_header;
  std::string expected;
  std::set<int> seen;
  for (int i = 0; i < 1000; ++i) {
    // Every second row is the first one's again, whole parts are; some others come twice.
    const int person = i % 2 == 1 || (i >= 256 && i < 512) ? 1 : i % 600;
    text += fmt::format("1,{},a{},2018-11-30,1,,\n", id_no(person), i);
    if (!seen.insert(person).second) expected += fmt::format("{},a{};", i + 2, i);
  }
  options_.part_records = 128;
  const auto report = import(folder_.write("ext_death.csv", text));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->manifest.rows_loaded, static_cast<std::int64_t>(seen.size()));
  EXPECT_EQ(report->manifest.rows_loaded + report->manifest.rows_rejected, 1000);
  EXPECT_EQ(rows(*report, "SELECT count(*), count(DISTINCT id_no) FROM d"),
            fmt::format("{0}|{0}", seen.size()));

  std::string listed;
  const std::string rejects = bytes_of(report->rejects);
  for (std::size_t at = rejects.find('\n'); at + 1 < rejects.size();
       at = rejects.find('\n', at + 1)) {
    const std::string line = rejects.substr(at + 1, rejects.find('\n', at + 1) - at - 1);
    EXPECT_NE(line.find("row.key_duplicate"), std::string::npos) << line;
    const auto name = line.find(",a") + 1;
    listed +=
        line.substr(0, line.find(',')) + "," + line.substr(name, line.find(',', name) - name) + ";";
  }
  EXPECT_EQ(listed, expected);
}

TEST_F(ImportTest, LakeBytesAreEqualForEveryEncodingHeaderUnitAndThreadCount) {
  const auto file_text = [](const std::string& header, bool in_fen) {
    std::string text = header;
    for (int i = 0; i < 3000; ++i) {
      const std::string amount = in_fen ? fmt::format("{}", 100'000 + i)
                                        : fmt::format("{}.{:02}", 1000 + i / 100, i % 100);
      const bool bad = i % 97 == 0;
      const bool repeated = i % 501 == 500;
      text += fmt::format("B{},R{},110,{},201811,100011,{},0,张三丰{}\n", repeated ? i - 400 : i, i,
                          bad ? "201813" : "201811", amount, i);
    }
    return text;
  };
  const std::string english =
      "pay_id,person_id,scheme,settle_month,benefit_month,item,amount,pay_kind,payee_name\n";
  const std::string chinese =
      "支付明细号,人员编码,险种,结算年月,待遇年月,待遇项目,待遇金额(元),支付类型,领取人\n";
  const std::string coded = "EAZ048,AAC001,AAE140,AAE002,EAC064,AAA036,AAE019,EAE004,AAE133\n";
  std::string in_fen = english;
  in_fen.replace(in_fen.find("amount"), 6, "amount_fen");
  struct Row {
    const char* name;
    std::string bytes;
    unsigned threads;
  };
  const Row variants[] = {
      {"utf8", file_text(english, false), 1},
      {"utf8-threads", file_text(english, false) + "\n", 4},
      {"chinese-bom", "\xEF\xBB\xBF" + file_text(chinese, false), 2},
      {"gb18030-codes", in_encoding(file_text(coded, false), "gb18030"), 3},
      {"utf16", in_encoding(file_text(chinese, false), "UTF-16"), 2},
      {"fen", file_text(in_fen, true), 2},
  };
  std::optional<std::string> expected;
  for (const auto& variant : variants) {
    auto options = options_;
    options.table = "benefit_payment";
    options.threads = variant.threads;
    options.part_records = 500;
    const auto report =
        import(folder_.write(std::string(variant.name) + ".csv", variant.bytes), options);
    ASSERT_TRUE(report) << variant.name << " " << report.error().detail;
    EXPECT_EQ(report->manifest.rows_read, 3000) << variant.name;
    EXPECT_EQ(report->manifest.rows_rejected, 31 + 5) << variant.name;
    EXPECT_GT(report->manifest.parts.size(), 5u);
    const std::string bytes = parts(*report);
    if (!expected) expected = bytes;
    EXPECT_TRUE(bytes == *expected) << variant.name;
  }
}

TEST_F(ImportTest, EachBadRowIsKeptWholeWithItsReason) {
  const std::string good = id_no(7);
  std::string wrong_digit = good;
  wrong_digit.back() = wrong_digit.back() == '1' ? '2' : '1';
  struct Row {
    std::string line;
    std::string_view code;  // "" loads
    bool mark = false;
  };
  const Row table[] = {
      {"1," + id_no(1) + ",a,2018-11-30,1,,", ""},
      {"1," + id_no(2) + ",a,2018-11-31,1,,", "row.date_impossible"},
      {"1," + id_no(2) + ",a,soon,1,,", "row.date_malformed"},
      {"1," + id_no(2) + ",a,2169-01-01,1,,", "row.date_implausible"},
      {"1," + id_no(2) + ",a,2069-12-31,1,,", ""},
      {"1," + id_no(8) + ",a,2099-12-31,1,,", ""},  // as 9999-12-31: without end
      {"1," + id_no(2) + ",a,2099-12-30,1,,", "row.date_implausible"},
      {"1,,a,2018-11-30,1,,", "row.required_missing"},
      {"1,12345,a,2018-11-30,1,,", "row.id_malformed"},
      {"1,1.10105E+17,a,2018-11-30,1,,", "row.lossy_number"},
      {"1," + wrong_digit + ",a,2018-11-30,1,,", "row.id_check_digit", true},
      {"1,99000019501301001X,a,2018-11-30,1,,", "row.id_birth_date", true},
      {"1,H12345678,a,2018-11-30,1,,", "row.id_other_document", true},
      {"1,9900001950010100100X,a,2018-11-30,1,,", "row.id_malformed"},
      {"1," + id_no(3) + ",a,2018-11-30,first,,", "row.integer_malformed"},
      {"1," + id_no(3) + ",a,2018-11-30,1,noon,", "row.time_malformed"},
      {"1," + id_no(3) + ",a,2018-11-30,1,,0.1234567", "row.ratio_too_precise"},
      {"1," + id_no(3) + "," + std::string(65, 'x') + ",2018-11-30,1,,", "row.text_too_long"},
      {"1," + id_no(3) + ",a", "row.field_count"},
      {"1," + id_no(3) + ",a,2018-11-30,1,,,extra", "row.field_count"},
      {"1," + id_no(4) + ",a,2018-11-30,1,,,", ""},  // an empty field too many does no harm
      {"1,\"" + id_no(5) + "\"x,a,2018-11-30,1,,", "row.quote_malformed"},
      {"1," + id_no(1) + ",b,2018-11-30,2,,", "row.key_duplicate"},
      {"合　计,,,,20,,", "row.totals"},
  };
  std::string text = death_header;
  std::size_t read = 0, rejected = 0, marked = 0;
  for (const auto& row : table) {
    text += row.line + "\n";
    ++read;
    rejected += !row.code.empty() && !row.mark ? 1 : 0;
    marked += row.mark ? 1 : 0;
  }
  const auto report = import(folder_.write("ext_death.csv", text));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->manifest.rows_read, static_cast<std::int64_t>(read));
  EXPECT_EQ(report->manifest.rows_rejected, static_cast<std::int64_t>(rejected));
  EXPECT_EQ(report->manifest.rows_marked, static_cast<std::int64_t>(marked));
  EXPECT_EQ(report->manifest.rows_loaded + report->manifest.rows_rejected,
            report->manifest.rows_read);

  const std::string rejects = bytes_of(report->rejects);
  EXPECT_EQ(rejects, bytes_of(delivery(*report) / "rejects.csv"));
  std::size_t line = 1;
  for (const auto& row : table) {
    ++line;
    const std::string begin = fmt::format("\n{},{},", line, row.mark ? "mark" : "reject");
    const auto at = rejects.find(begin);
    if (row.code.empty()) {
      EXPECT_EQ(at, std::string::npos) << row.line;
      continue;
    }
    ASSERT_NE(at, std::string::npos) << row.line;
    const std::string told = rejects.substr(at + 1, rejects.find('\n', at + 1) - at - 1);
    EXPECT_NE(told.find("," + std::string(row.code) + ","), std::string::npos) << told;
    std::string whole = "\"";
    for (const char c : row.line) whole += c == '"' ? "\"\"" : std::string(1, c);
    EXPECT_TRUE(told.ends_with(whole + "\"")) << told;
  }
}

TEST_F(ImportTest, AWrongCheckDigitRejectsWhenTheWorkspaceSaysSo) {
  const auto settings = workspace_->folder() / "anlan.yaml";
  std::string yaml = bytes_of(settings);
  yaml.replace(yaml.find("id_check: mark"), 14, "id_check: reject");
  ASSERT_TRUE(write_file(settings, yaml));
  workspace_.emplace(*lake::Workspace::open(workspace_->folder()));
  std::string wrong = id_no(7);
  wrong.back() = wrong.back() == '1' ? '2' : '1';
  const auto report =
      import(folder_.write("ext_death.csv", death_header + "1," + wrong + ",a,2018-11-30,1,,\n"));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->manifest.rows_rejected, 1);
  EXPECT_EQ(report->reasons.front().first, Reason::id_check_digit);
}

TEST_F(ImportTest, OfARepeatedKeyTheFirstRowStaysWhereverTheOthersAre) {
  std::string text = death_header;
  for (int i = 0; i < 50; ++i)
    text += fmt::format("1,{},n{},2018-11-{:02},1,,\n", id_no(i % 10), i, i % 5 + 1);
  auto options = options_;
  options.part_records = 7;
  const auto report = import(folder_.write("ext_death.csv", text), options);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->manifest.rows_loaded, 10);
  EXPECT_EQ(report->manifest.rows_rejected, 40);
  EXPECT_EQ(rows(*report, "SELECT string_agg(name, ',' ORDER BY row_no) FROM d"),
            "n0,n1,n2,n3,n4,n5,n6,n7,n8,n9");
  EXPECT_EQ(report->manifest.parts.size(), 2u) << "parts left without a row are left out";
}

TEST_F(ImportTest, TheSameFileTwiceChangesNothing) {
  const auto file =
      folder_.write("ext_death.csv", death_header + "1," + id_no(1) + ",a,2018-11-30,1,,\nbad\n");
  const auto first = import(file);
  ASSERT_TRUE(first) << first.error().detail;
  const auto before = everything();
  const auto second = import(file);
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_TRUE(second->already_there);
  EXPECT_EQ(second->manifest.id, first->manifest.id);
  EXPECT_EQ(everything(), before);
}

TEST_F(ImportTest, ACorrectedFileTakesThePlaceOfTheOld) {
  const auto old_file = folder_.write("ext_death-2018-11.csv",
                                      death_header + "1," + id_no(1) + ",a,2018-11-30,1,,\n");
  const auto old_report = import(old_file);
  ASSERT_TRUE(old_report) << old_report.error().detail;
  auto options = options_;
  options.replaces_period = true;
  const auto new_file =
      folder_.write("ext_death-201811.csv", death_header + "1," + id_no(2) + ",a,2018-11-30,1,,\n");
  const auto report = import(new_file, options);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->manifest.replaces, std::vector<std::string>{old_report->manifest.id});
  const auto snapshot = lake::current_snapshot(*workspace_);
  ASSERT_EQ(snapshot->deliveries.size(), 1u);
  EXPECT_EQ(snapshot->deliveries.front().manifest.id, report->manifest.id);
  EXPECT_TRUE(import(new_file, options)->already_there) << "a second run replaces nothing";

  const auto again = import(old_file);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "import.replaced_before");
  options.replaces = {"0123456789abcdef"};
  const auto unknown = import(folder_.write("ext_death-x.csv", death_header), options);
  ASSERT_FALSE(unknown);
}

TEST_F(ImportTest, WhatGoesWrongNamesItsCauseAndLeavesTheWorkspaceAlone) {
  struct Row {
    const char* file;
    std::string text;
    std::string_view code;
    std::string_view detail;
  };
  const Row table[] = {
      {"ext_death.csv", "", "import.empty", "ext_death.csv"},
      {"holiday.csv", death_header, "import.table_unknown", "holiday.csv"},
      {"ext_death.csv", "source,id_no,name,死亡时期,death_rank\n", "import.column_missing",
       "death_date 死亡日期 AAE138 (is it 死亡时期?)"},
      {"ext_death.csv", "source,id_no,身份证号,death_date,death_rank\n", "import.column_twice",
       "id_no (column 2) and 身份证号 (column 3)"},
      {"ext_death.csv", death_header + "1," + std::string("a\0b", 3) + "\n", "text.nul", "line 2"},
      {"ext_death.csv", death_header + "1,\"open\n\n", "csv.quote_open", "line 2"},
      {"ext_death.csv", death_header + "1,\xFF\xFF\n", "text.encoding", "line 2"},
      {"ext_death.csv", death_header + "\n" + std::string(5000, ',') + "\n", "csv.too_many_fields",
       "line 3"},
  };
  const auto before = everything();
  for (const auto& row : table) {
    const auto report = import(folder_.write(row.file, row.text));
    ASSERT_FALSE(report) << row.code;
    EXPECT_EQ(report.error().code, row.code);
    EXPECT_NE(report.error().detail.find(row.detail), std::string::npos) << report.error().detail;
    EXPECT_EQ(everything(), before) << row.code;
  }
  const std::atomic<bool> stop{true};
  auto options = options_;
  options.stop = &stop;
  const auto stopped =
      import(folder_.write("ext_death.csv", death_header + "1," + id_no(1) + ",a,2018-11-30,1,,\n"),
             options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "import.interrupted");
  EXPECT_EQ(everything(), before);
}

TEST_F(ImportTest, AHeaderAloneIsADeliveryOfNoRows) {
  const auto report = import(folder_.write("ext_death.csv", death_header));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->manifest.rows_read, 0);
  EXPECT_TRUE(report->manifest.parts.empty());
}

TEST_F(ImportTest, ADryRunChecksAndShowsButWritesNothing) {
  const auto before = everything();
  auto options = options_;
  options.dry_run = true;
  const auto file =
      folder_.write("ext_death.csv", death_header + "1," + id_no(1) + ",a,2018/11/30,1,,\n" + "1," +
                                         id_no(1) + ",a,20181130,1,,\nbad\n");
  const auto report = import_file(*workspace_, *catalog_, received_file(file), options, nullptr);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->manifest.rows_loaded, 1);
  EXPECT_EQ(report->manifest.rows_rejected, 2);
  ASSERT_EQ(report->preview.size(), 3u);
  EXPECT_EQ(report->preview[0][3], "death_date");
  EXPECT_EQ(report->preview[1][3], "2018-11-30");
  EXPECT_EQ(everything(), before);
}

TEST_F(ImportTest, AMappingTranslatesAndIsRememberedForItsHeader) {
  const auto map = folder_.write(
      "map.yaml",
      "table: ext_death\n"
      "columns: {来自: source, 证件: id_no, 亡故日: death_date, 级: death_rank, 备注: ''}\n"
      "values: {source: {公安局: '1'}}\n"
      "delimiter: '|'\n"
      "dates: day_first\n");
  const std::string header = "来自|证件|亡故日|级|备注\n";
  auto options = options_;
  options.map_file = map;
  const auto first = import(
      folder_.write("十一月.txt", header + "公安局|" + id_no(1) + "|3/11/2018|1|x\n"), options);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(rows(*first, "SELECT source, death_date FROM d"), "1|2018-11-03");

  const auto second =
      import(folder_.write("ext_death-12.txt", header + "公安局|" + id_no(2) + "|4/12/2018|1|x\n"));
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(rows(*second, "SELECT source, death_date FROM d"), "1|2018-12-04");
  EXPECT_EQ(second->manifest.mapping_sha256, first->manifest.mapping_sha256);

  options.map_file = folder_.write("wrong.yaml", "columns: {没有: source}\n");
  const auto wrong = import(folder_.write("ext_death-13.txt", header), options);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "import.map_column");
}

TEST_F(ImportTest, TheTableAndPeriodOfAFileAreInItsName) {
  struct Row {
    const char* file;
    std::string_view table;
    std::string_view period;
  };
  const Row table[] = {
      {"benefit_payment.csv", "benefit_payment", ""},
      {"benefit_payment-2018-11.csv", "benefit_payment", "2018-11"},
      {"BENEFIT_PAYMENT_201811.CSV.gz", "benefit_payment", "2018-11"},
      {"待遇支付201811.xlsx", "benefit_payment", "2018-11"},
      {"person_bank_account.csv", "person_bank_account", ""},
      {"person-2018-11-30.csv", "person", ""},
      {"persons.csv", "", ""},
      {"truth.csv", "", ""},
      {"README.txt", "", ""},
  };
  for (const auto& row : table) {
    const auto* found = table_of_file(*catalog_, row.file);
    EXPECT_EQ(found == nullptr ? "" : found->name, row.table) << row.file;
    EXPECT_EQ(period_of_file(row.file), row.period) << row.file;
  }
}

}  // namespace
}  // namespace anlan::ingest
