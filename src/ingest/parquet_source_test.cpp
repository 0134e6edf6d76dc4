#include "ingest/parquet_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "ingest/sniff.hpp"
#include "ingest/test_files.hpp"
#include "lake/engine.hpp"

namespace anlan::ingest {
namespace {

using ::testing::ElementsAre;

TEST(ParquetSource, GivesEveryValueExactly) {
  const TestFolder folder;
  const auto path =
      folder.path() / "待遇 [2018]*?.parquet";  // to the engine these would mean several files
  auto engine = lake::Engine::open({});
  ASSERT_TRUE(engine);
  auto connection = engine->connect();
  ASSERT_TRUE(connection);
  const auto made = connection->run(
      "COPY (SELECT * FROM (VALUES (1, '张三', DATE '2018-11-30', 312050::BIGINT, "
      "0.1600::DECIMAL(12,6), TRUE, "
      "TIMESTAMP '2018-11-30 12:00:00', 0.1::DOUBLE, "
      "12345678901234567890123456789.12::DECIMAL(38,2), "
      "make_timestamp(1543536000000000)), "
      "(2, NULL, NULL, 9007199254740993::BIGINT, NULL, FALSE, TIMESTAMP '2018-11-30 00:00:00', "
      "1200.0, NULL, NULL)) "
      "t(pay_id, \"姓名\", d, amount_fen, rate, f, op_at, x, big, y)) TO " +
      sql_quoted(path.string()) + " (FORMAT parquet)");
  ASSERT_TRUE(made) << made.error().detail;
  ASSERT_EQ(sniff(path).value(), FileFormat::parquet);
  auto source = open_records(path, {});
  ASSERT_TRUE(source) << source.error().detail;
  EXPECT_THAT(
      lines_of(**source, 1),
      ElementsAre("0: pay_id|姓名|d|amount_fen|rate|f|op_at|x|big|y",
                  "1: 1#n|张三|2018-11-30#d|312050#n|0.160000#n|1#b|2018-11-30 12:00:00#d|0.1#n|"
                  "12345678901234567890123456789.12#n|2018-11-30#d",
                  "2: 2#n|||9007199254740993#n||0#b|2018-11-30#d|1200#n||"));
  EXPECT_EQ((*source)->progress(), 1.0);
}

TEST(ParquetSource, RefusesDamagedFiles) {
  const TestFolder folder;
  const auto source = open_parquet(folder.write("a.parquet", "PAR1 not really PAR1"));
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, "file.damaged");
  EXPECT_EQ(open_parquet(folder.path() / "none").error().code, "file.unreadable");
}

}  // namespace
}  // namespace anlan::ingest
