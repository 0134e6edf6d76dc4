#include "dossier/build_bucket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lake/views.hpp"

namespace anlan::dossier {
namespace {

const catalog::Catalog& real_catalog() {
  static const auto catalog = [] {
    auto loaded = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
    EXPECT_TRUE(loaded) << loaded.error().detail;
    return loaded ? std::move(*loaded) : catalog::Catalog{};
  }();
  return catalog;
}

/// An engine in which every canonical table is an empty table to insert into.
class BuildBucketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto engine = lake::Engine::open({});
    ASSERT_TRUE(engine);
    engine_.emplace(std::move(*engine));
    auto connection = engine_->connect();
    ASSERT_TRUE(connection);
    connection_.emplace(std::move(*connection));
    for (const auto& table : real_catalog().tables) {
      std::string columns;
      for (const auto& column : table.columns)
        columns += column.name + " " + lake::sql_type(column) + ", ";
      run("CREATE TABLE " + table.name + "_rows (" + columns + "row_no BIGINT)");
      run("CREATE VIEW " + table.name + " AS SELECT *, " + lake::row_key_sql(table) +
          " AS row_key FROM " + table.name + "_rows");
    }
  }
  void run(const std::string& sql) {
    const auto done = connection_->run(sql);
    ASSERT_TRUE(done) << done.error().detail;
  }
  OwnedBucket build(const std::string& subject) {
    auto bucket = build_bucket(*connection_, real_catalog(), *real_catalog().dossier(subject));
    EXPECT_TRUE(bucket) << bucket.error().detail;
    return std::move(*bucket);
  }

  std::optional<lake::Engine> engine_;
  std::optional<lake::Connection> connection_;
};

TEST_F(BuildBucketTest, EveryKindOfTheCatalogBuildsFromEmptyTables) {
  for (const auto& kind : real_catalog().dossiers) {
    const auto owned = build(kind.subject);
    EXPECT_EQ(owned.bucket().subjects, 0u) << kind.subject;
    EXPECT_EQ(owned.bucket().lists.size(), kind.lists.size());
  }
}

TEST_F(BuildBucketTest, OnePersonsRowsInTimeOrderWithTheirKeys) {
  run("INSERT INTO person_rows BY NAME SELECT 'P1' AS person_id, '129901195001010011' AS id_no, "
      "'甲' AS name, DATE '1950-01-01' AS birth_date");
  run("INSERT INTO benefit_payment_rows BY NAME SELECT 'B2' AS pay_id, 'P1' AS person_id, '110' AS "
      "scheme, 201804 AS benefit_month, 'A' AS item, 100 AS amount, '0' AS pay_kind UNION ALL BY "
      "NAME SELECT 'B1' AS pay_id, 'P1' AS person_id, '110' AS scheme, 201803 AS benefit_month, "
      "'A' AS item, 200 AS amount, '0' AS pay_kind UNION ALL BY NAME SELECT 'B9' AS pay_id, 'PX' "
      "AS person_id, '110' AS scheme, 201803 AS benefit_month, 'A' AS item, 300 AS amount, '1' AS "
      "pay_kind");
  run("INSERT INTO ext_death_rows BY NAME SELECT '1' AS source, '129901195001010011' AS id_no, "
      "DATE '2018-03-15' AS death_date, 1 AS death_rank");
  const auto owned = build("person");
  const Bucket& bucket = owned.bucket();
  const auto& kind = *bucket.kind;

  ASSERT_EQ(bucket.subjects, 2u);
  EXPECT_EQ(bucket.id(0), "129901195001010011");
  EXPECT_EQ(bucket.id(1), "PX");  // a person_id that nobody registered stands for itself
  EXPECT_EQ(bucket.find("PX"), 1u);
  EXPECT_EQ(bucket.find("nobody"), std::nullopt);

  const auto payments = *kind.find("payments");
  const List& list = bucket.lists[payments];
  EXPECT_THAT(std::vector<std::uint32_t>(list.offsets.begin(), list.offsets.end()),
              ::testing::ElementsAre(0, 2, 3));
  const auto field = [&](const char* name) { return *kind.lists[payments].find(name); };
  const auto months = list.columns[field("month")].int32(3);
  EXPECT_THAT(std::vector<int>(months.begin(), months.end()),
              ::testing::ElementsAre(201803, 201804, 201803));
  EXPECT_EQ(list.columns[field("amount")].int64(3)[0], 200);
  EXPECT_EQ(bucket.word(list.columns[field("scheme")].texts(3)[0]), "110");
  EXPECT_EQ(list.columns[field("acct_no")].texts(3)[0], missing_text);
  EXPECT_EQ(list.columns[field("op_date")].int32(3)[0], missing_int32);
  EXPECT_EQ(evidence_of(bucket, payments, 1).key, "B2");
  EXPECT_EQ(evidence_of(bucket, payments, 2).table, "benefit_payment");

  const auto death = *kind.find("death");
  ASSERT_EQ(bucket.lists[death].rows(), 1u);
  EXPECT_EQ(evidence_of(bucket, death, 0).table, "ext_death");
  EXPECT_EQ(evidence_of(bucket, death, 0).key, "1|129901195001010011|2018-03-15");
  EXPECT_EQ(bucket.lists[*kind.find("suspected_death")].rows(), 0u);
}

TEST_F(BuildBucketTest, SlicesOfAListAreTogetherAllOfIt) {
  run("INSERT INTO person_rows BY NAME SELECT 'P' || i AS person_id, 'ID' || i // 2 AS id_no "
      "FROM range(40) r(i)");  // two numbers of the system are one person
  run("INSERT INTO contrib_person_rows BY NAME SELECT 'P' || i % 50 AS person_id, '110' AS scheme, "
      "201701 + i % 3 AS due_month, 100 AS to_acct, 10 AS person_due, '10' AS levy_type, true AS "
      "full_flag, i AS row_no FROM range(600) r(i)");
  const auto& catalog = real_catalog();
  const auto& kind = *catalog.dossier("person");
  const auto list = *kind.find("contributions");
  ASSERT_TRUE(create_dossier_views(*connection_, catalog, kind));
  const auto rows_of = [&](const Subjects& subjects) {
    auto query = ListQuery::start(*connection_, catalog, kind, list, subjects);
    EXPECT_TRUE(query) << query.error().detail;
    std::multiset<std::string> rows;
    for (bool more = true; more;) {
      more = *query->next(
          [&](std::string_view id, std::span<const CellView> cells, std::string_view key) {
            rows.insert(std::string(id) + " " + std::to_string(cells[0].number) + " " +
                        std::to_string(cells[3].number) + " " + std::string(key));
          });
    }
    return rows;
  };
  const auto all = rows_of({});
  EXPECT_EQ(all.size(), 90u);  // 20 persons and 10 numbers that nobody registered, three months
  for (const std::uint32_t slices : {2u, 3u, 7u}) {
    std::multiset<std::string> together;
    std::size_t largest = 0;
    for (std::uint32_t slice = 0; slice < slices; ++slice) {
      auto part = rows_of({.id = std::nullopt, .slice = slice, .slices = slices});
      largest = std::max(largest, part.size());
      together.merge(part);
    }
    EXPECT_EQ(together, all) << slices;
    EXPECT_LT(largest, all.size()) << slices;
  }
}

}  // namespace
}  // namespace anlan::dossier
