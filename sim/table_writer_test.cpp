#include "sim/table_writer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "base/file.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "sim/random.hpp"

namespace anlan::sim {
namespace {

const catalog::Catalog& real_catalog() {
  static const auto catalog = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  EXPECT_TRUE(catalog) << catalog.error().detail;
  return *catalog;
}

std::filesystem::path fresh_folder(const std::string& name) {
  const auto path =
      std::filesystem::temp_directory_path() / ("anlan-" + name + "-" + std::to_string(::getpid()));
  std::filesystem::remove_all(path);
  return path;
}

void write_calendar(const std::filesystem::path& path, const WriteOptions& options, int days) {
  auto folder = CityFolder::make(real_catalog(), path, options);
  ASSERT_TRUE(folder) << folder.error().detail;
  auto file = folder->open("benefit_payment",
                           {"pay_id", "person_id", "scheme", "benefit_month", "item", "amount",
                            "pay_kind", "payee_name", "op_date"},
                           "2018-11");
  ASSERT_TRUE(file) << file.error().detail;
  for (int i = 0; i < days; ++i) {
    file->row()
        .numbered("B", static_cast<std::uint64_t>(i), 6)
        .text("P1")
        .text("110")
        .month({201811})
        .text("100010")
        .fen(i == 1 ? -5 : 312050)
        .text("0")
        .text(i == 2 ? "甲,\"乙\"" : "")
        .date(i == 0 ? no_date : Date::of(2018, 11, 30))
        .end();
  }
  ASSERT_TRUE(file->close());
  EXPECT_EQ(folder->rows(), file->rows());
  ASSERT_TRUE(folder->finish());
}

TEST(TableWriter, WritesValuesAsFilesHaveThem) {
  const auto path = fresh_folder("plain");
  write_calendar(path, {.plain = true}, 3);
  const auto text = read_file(path / "benefit_payment-2018-11.csv");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "pay_id,person_id,scheme,benefit_month,item,amount,pay_kind,payee_name,op_date\n"
            "B000000,P1,110,201811,100010,3120.50,0,,\n"
            "B000001,P1,110,201811,100010,-0.05,0,,2018-11-30\n"
            "B000002,P1,110,201811,100010,3120.50,0,\"甲,\"\"乙\"\"\",2018-11-30\n");
  EXPECT_FALSE(std::filesystem::exists(path / "spoil.csv"));
  std::filesystem::remove_all(path);
}

TEST(TableWriter, SpoilsByAddingRowsAndNamesEachLine) {
  const auto path = fresh_folder("spoil");
  write_calendar(path, {.seed = 7, .spoil_per_million = 300'000, .plain = true}, 2000);
  const auto text = read_file(path / "benefit_payment-2018-11.csv");
  const auto list = read_file(path / "spoil.csv");
  ASSERT_TRUE(text && list);
  const auto lines = split(*text, '\n');
  const auto spoiled = split(*list, '\n');
  std::map<std::string, int> kinds;
  std::map<std::size_t, std::string> kind_of;
  for (std::size_t i = 1; i + 1 < spoiled.size(); ++i) {
    const auto fields = split(spoiled[i], ',');
    ASSERT_EQ(fields[0], "benefit_payment-2018-11.csv");
    ++kinds[std::string(fields[2])];
    kind_of[std::stoul(std::string(fields[1]))] = fields[2];
  }
  for (const auto* kind :
       {"missing_required", "too_many_fields", "too_few_fields", "duplicate_key", "bad_month",
        "bad_money", "too_precise_money", "overlong_text", "unknown_code"}) {
    EXPECT_GT(kinds[kind], 20) << kind;
  }
  EXPECT_EQ(kinds["totals_row"], 1);
  int good = 0;
  for (std::size_t line = 2; line < lines.size(); ++line) {  // lines[i] is line i + 1
    const auto& row = lines[line - 1];
    const auto kind = kind_of.find(line);
    if (kind == kind_of.end()) {
      EXPECT_EQ(split(row, ',').size(), good == 2 ? 10U : 9U) << row;
      ++good;
    } else if (kind->second == "bad_month") {
      EXPECT_NE(row.find("201813"), std::string_view::npos) << row;
    } else if (kind->second == "too_few_fields") {
      EXPECT_LT(split(row, ',').size(), 9U) << row;
    } else if (kind->second == "missing_required") {
      EXPECT_TRUE(row.starts_with(",")) << row;
    }
  }
  EXPECT_EQ(good, 2000);
  std::filesystem::remove_all(path);
}

TEST(TableWriter, GivesEachDepartmentItsOwnLook) {
  const auto path = fresh_folder("look");
  auto folder = CityFolder::make(real_catalog(), path, {});
  ASSERT_TRUE(folder);
  auto file =
      folder->open("ext_death", {"source", "id_no", "name", "death_date", "death_rank", "recv_at"});
  ASSERT_TRUE(file);
  file->row()
      .text("1")
      .text("x")
      .text("甲")
      .date(Date::of(2018, 1, 2))
      .integer(1)
      .time(Date::of(2018, 1, 9), 3661)
      .end();
  ASSERT_TRUE(file->close());
  const auto text = read_file(path / "ext_death.csv");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->ends_with("\r\n1,x,\xBC\xD7,2018/01/02,1,2018/01/09 01:01:01\r\n"))
      << *text;  // GB18030
  EXPECT_TRUE(text->starts_with("\xCA\xFD")) << "数据来源";
  std::filesystem::remove_all(path);
}

TEST(TableWriter, RefusesAFolderThatIsNotEmpty) {
  const auto path = fresh_folder("full");
  std::filesystem::create_directories(path / "x");
  const auto folder = CityFolder::make(real_catalog(), path, {});
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, "sim.folder_not_empty");
  std::filesystem::remove_all(path);
}

TEST(Random, IsTheSameEverywhere) {
  Random random(1, "test", 2);
  EXPECT_EQ(random.bits(), 16601843030054524023U);
  Random again(1, "test", 2);
  again.bits();
  EXPECT_EQ(random.bits(), again.bits());
  EXPECT_NE(Random(1, "test", 2).bits(), Random(2, "test", 2).bits());
  EXPECT_NE(Random(1, "test", 2).bits(), Random(1, "rest", 2).bits());
  EXPECT_NE(Random(1, "test", 2).bits(), Random(1, "test", 3).bits());
  EXPECT_NE(Random(1, "test", 2).bits(), Random(1, "test", 2, 1).bits());
}

TEST(Random, DrawsFairly) {
  Random random(5, "fair");
  int counts[10] = {};
  int weighted[3] = {};
  const std::uint32_t weights[] = {1, 0, 3};
  for (int i = 0; i < 100'000; ++i) {
    ++counts[random.below(10)];
    ++weighted[random.weighted(weights)];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
  EXPECT_NEAR(weighted[0], 25'000, 800);
  EXPECT_EQ(weighted[1], 0);
}

}  // namespace
}  // namespace anlan::sim
