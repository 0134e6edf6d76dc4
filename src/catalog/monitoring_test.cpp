#include "catalog/monitoring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog.hpp"
#include "catalog/monitoring_reader.hpp"

namespace anlan::catalog {
namespace {

using ::testing::HasSubstr;

TEST(Monitoring, TheShippedCatalogHasASourceForEachExternalTable) {
  const auto catalog = Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  ASSERT_TRUE(catalog) << catalog.error().detail;
  int external = 0;
  for (const auto& table : catalog->tables) {
    if (table.group != "external") continue;
    ++external;
    EXPECT_NE(catalog->monitoring.source(table.name), nullptr) << table.name;
  }
  EXPECT_EQ(catalog->monitoring.sources.size(), static_cast<std::size_t>(external));
  EXPECT_EQ(catalog->monitoring.source("person"), nullptr);
  ASSERT_EQ(catalog->monitoring.schedules.size(), 2U);
  EXPECT_EQ(fund::text_of(catalog->monitoring.schedules[1].rule), "monthly 5 02:00");
  EXPECT_TRUE(catalog->monitoring.schedules[1].catch_up);
  // Nobody takes our template for what authority asks for.
  for (const auto& one : catalog->monitoring.schedules) EXPECT_EQ(one.sure, "assumed");
}

TEST(Monitoring, TellsWhatIsWrongAndWhere) {
  const std::string good =
      "schedules:\n"
      "  - name: nightly\n"
      "    title: {zh: 夜, en: night}\n"
      "    kind: detect\n"
      "    rule: daily 02:00\n"
      "    late: run\n"
      "    basis: [x]\n"
      "    sure: assumed\n";
  const struct {
    const char* from;
    const char* to;
    const char* message;
  } rows[] = {
      {"daily 02:00", "daily 25:00", "s.yaml:5: rule is daily 25:00, expected daily 02:30"},
      {"kind: detect", "kind: delete", "s.yaml:4: "},
      {"late: run", "late: perhaps", "s.yaml:6: "},
      {"nightly", "Night ly", "s.yaml:2: "},
  };
  for (const auto& row : rows) {
    auto text = good;
    text.replace(text.find(row.from), std::string(row.from).size(), row.to);
    Problems problems;
    (void)read_schedules(text, {"s.yaml", "catalog.monitoring", &problems});
    ASSERT_FALSE(problems.empty()) << row.to;
    EXPECT_EQ(problems.error().code, "catalog.monitoring");
    EXPECT_THAT(problems.error().detail, HasSubstr(row.message));
  }
  Problems none;
  EXPECT_EQ(read_schedules(good, {"s.yaml", "catalog.monitoring", &none}).size(), 1U);
  EXPECT_TRUE(none.empty());
}

TEST(Monitoring, EachExternalTableHasOneSource) {
  Table death;
  death.name = "ext_death";
  death.group = "external";
  Table person;
  person.name = "person";
  person.group = "business";
  const std::string line =
      "  - {table: ext_death, departments: {zh: 公安, en: Police}, grace_days: 3, sure: assumed}\n";
  const struct {
    std::string text;
    const char* message;  // "": none
  } rows[] = {
      {"sources:\n" + line, ""},
      {"sources: []\n", "external table ext_death has no source"},
      {"sources:\n" + line + line, "s.yaml:3: ext_death is no external table, or stands twice"},
      {"sources:\n  - {table: person, departments: {zh: 公, en: p}, grace_days: 3, sure: "
       "assumed}\n" +
           line,
       "s.yaml:2: person is no external table"},
      {"sources:\n  - {table: ext_death, departments: {zh: 公, en: p}, grace_days: 366, sure: "
       "assumed}\n",
       "expected grace_days of 0 to 365"},
  };
  for (const auto& row : rows) {
    Problems problems;
    (void)read_sources(row.text, {death, person}, {"s.yaml", "catalog.monitoring", &problems});
    if (*row.message == '\0') {
      EXPECT_TRUE(problems.empty());
    } else {
      ASSERT_FALSE(problems.empty()) << row.text;
      EXPECT_THAT(problems.error().detail, HasSubstr(row.message));
    }
  }
}

}  // namespace
}  // namespace anlan::catalog
