#include "lake/engine.hpp"

#include <gtest/gtest.h>

namespace anlan::lake {
namespace {

Connection open_connection(const EngineOptions& options = {}) {
  auto engine = Engine::open(options);
  EXPECT_TRUE(engine) << (engine ? "" : engine.error().detail);
  auto connection = engine->connect();
  EXPECT_TRUE(connection);
  return std::move(*connection);
}

TEST(Engine, StreamsTypedRows) {
  auto connection = open_connection();
  auto rows = connection.query(
      "SELECT 201811 AS month, 'x' AS name, DATE '2018-11-30' AS day, NULL AS none, true AS yes, "
      "cast(-0.5 AS DECIMAL(12,6)) AS rate, sum(5::BIGINT) AS total, "
      "TIMESTAMP '2018-11-30 07:08:09' AS at");
  ASSERT_TRUE(rows) << rows.error().detail;
  ASSERT_TRUE(*rows->next());
  EXPECT_EQ(rows->name(0), "month");
  EXPECT_EQ(rows->int64(0), 201811);
  EXPECT_EQ(rows->text(1), "x");
  EXPECT_EQ(rows->display(2), "2018-11-30");
  EXPECT_TRUE(rows->is_null(3));
  EXPECT_EQ(rows->int64(4), 1);
  EXPECT_EQ(rows->display(5), "-0.500000");
  EXPECT_EQ(rows->int64(6), 5);
  EXPECT_EQ(rows->display(7), "2018-11-30 07:08:09");
  EXPECT_FALSE(*rows->next());
}

TEST(Engine, StreamsMoreThanOneChunk) {
  auto connection = open_connection();
  auto rows = connection.query("SELECT i FROM range(10000) t(i)");
  ASSERT_TRUE(rows);
  std::int64_t sum = 0;
  std::int64_t count = 0;
  while (*rows->next()) {
    sum += rows->int64(0);
    ++count;
  }
  EXPECT_EQ(count, 10000);
  EXPECT_EQ(sum, 49995000);
}

// Each part fills the buffer of a streamed result before the next can begin.
TEST(Engine, StreamsPartsThatWaitForEachOther) {
  EngineOptions options;
  options.threads = 2;
  auto connection = open_connection(options);
  ASSERT_TRUE(connection.run(
      "SET preserve_insertion_order = false; "
      "CREATE TABLE a AS SELECT i, concat('name ', i) AS name FROM range(300000) t(i); "
      "CREATE TABLE b AS SELECT i + 5 AS i, concat('name ', i + 5) AS name FROM range(300000) "
      "t(i)"));
  const auto count = [&](const std::string& sql) -> std::int64_t {
    auto rows = connection.query(sql);
    if (!rows) return -1;
    std::int64_t n = 0;
    while (*rows->next()) ++n;
    return n;
  };
  const std::string joined = "SELECT a.i, a.name FROM a JOIN b ON a.i = b.i";
  EXPECT_EQ(count(joined + " UNION ALL " + joined + " UNION ALL SELECT i, name FROM b;"), 899990);
  EXPECT_EQ(count("SELECT a.i, b.name FROM a FULL JOIN b ON a.i = b.i"), 300005);
  EXPECT_EQ(count("SELECT a.i, b.name FROM a RIGHT JOIN b ON a.i = b.i"), 300000);
  EXPECT_EQ(count("SELECT name FROM a UNION ALL SELECT name FROM b ORDER BY name"), 600000);
}

TEST(Engine, SaysWhatIsWrongWithTheSql) {
  auto connection = open_connection();
  const auto rows = connection.query("SELECT nothing FROM nowhere");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, "engine.sql");
  EXPECT_NE(rows.error().detail.find("nowhere"), std::string::npos);
  const auto late = connection.query_int("SELECT cast('x' AS INTEGER)");
  EXPECT_FALSE(late);
}

TEST(Engine, LockedDownEngineReadsOnlyItsFolders) {
  auto connection = open_connection({.read_only_folders = {"/nonexistent"}});
  EXPECT_FALSE(connection.run("SELECT * FROM read_csv('/etc/passwd')"));
  EXPECT_FALSE(connection.run("COPY (SELECT 1) TO '/tmp/anlan_never.parquet'"));
  EXPECT_FALSE(connection.run("SET threads=1"));
  EXPECT_FALSE(connection.run("INSTALL httpfs"));
}

}  // namespace
}  // namespace anlan::lake
