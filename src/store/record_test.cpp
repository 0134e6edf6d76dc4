#include "store/record.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "store/test_database.hpp"

namespace anlan::store {
namespace {

const Schema notes{
    "notes",
    {{1, "note",
      "CREATE TABLE note (note_id {id}, text {text} NOT NULL, version {int} NOT NULL) "
      "{strict}"}}};

class RecordTest : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(Engines, RecordTest, both_engines, engine_name);

const Stamp at_eight{"actor:1", {1'543'536'000'000}};
const Stamp at_nine{"actor:2", {1'543'539'600'000}};
const Stamp at_ten{"actor:3", {1'543'543'200'000}};

TEST_P(RecordTest, AStaleWriteIsToldWhoChangedWhatWhen) {
  auto database = open({notes});
  auto transaction = *database.begin_write();
  const auto id = insert_numbered(transaction, "note", "note_id", {{"text", "a"}}, at_eight);
  ASSERT_TRUE(id) << id.error().detail;
  const RecordKey note{"note", "note_id", *id};
  ASSERT_TRUE(update_record(transaction, note, 1, {{"text", "b"}}, at_nine));
  ASSERT_TRUE(update_record(transaction, note, 2, {{"text", "c"}}, at_ten));
  const auto stale = update_record(transaction, note, 1, {{"text", "mine"}}, at_ten);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind, ErrorKind::conflict);
  EXPECT_EQ(stale.error().code, "store.stale");
  EXPECT_EQ(stale.error().detail,
            "note 1; version 2 by actor:2 at 2018-11-30T09:00:00+08:00: text; version 3 by actor:3 "
            "at 2018-11-30T10:00:00+08:00: text");
  // A version that never was is no newer one's.
  const auto never = update_record(transaction, note, 77, {{"text", "mine"}}, at_ten);
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, "store.stale");
  EXPECT_EQ(never.error().detail, "note 1 is at version 3");
  EXPECT_EQ((*transaction.query_one("SELECT text FROM note"))->text("text"), "c");
  EXPECT_EQ(record_changes(transaction, note)->size(), 3u);
  ASSERT_TRUE(transaction.commit());
}

TEST_P(RecordTest, ARecordThatIsNotThereIsSaidSo) {
  auto database = open({notes});
  auto transaction = *database.begin_write();
  const auto missing =
      update_record(transaction, {"note", "note_id", 5}, 1, {{"text", "b"}}, at_nine);
  EXPECT_EQ(missing.error().code, "store.record_missing");
}

TEST_P(RecordTest, OfTwoWhoChangeAtOnceOneIsTold) {
  auto database = open({notes});
  ASSERT_TRUE(database.write([](Transaction& transaction) {
    return insert_numbered(transaction, "note", "note_id", {{"text", "a"}}, at_eight);
  }));
  std::atomic<int> done = 0;
  std::atomic<int> stale = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const auto result = database.write([](Transaction& transaction) {
        return update_record(transaction, {"note", "note_id", 1}, 1, {{"text", "b"}}, at_nine);
      });
      if (result) {
        ++done;
      } else if (result.error().code == "store.stale") {
        ++stale;
      } else {
        ADD_FAILURE() << result.error().code;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(stale, 5);
}

TEST_P(RecordTest, ARecordChangedPastTheProgramIsFound) {
  auto database = open({notes});
  auto transaction = *database.begin_write();
  for (int i = 0; i < 3; ++i) {
    const auto id = insert_numbered(transaction, "note", "note_id", {{"text", "a"}}, at_eight);
    ASSERT_TRUE(update_record(transaction, {"note", "note_id", *id}, 1, {{"text", "b"}}, at_nine));
  }
  EXPECT_EQ(record_damage(transaction).value(), std::vector<std::string>{});
  ASSERT_TRUE(transaction.run("UPDATE note SET version = 7 WHERE note_id = 2"));
  ASSERT_TRUE(transaction.run("DELETE FROM record_change WHERE record_key = '3' AND version = 1"));
  const std::vector<std::string> expected = {
      "note: 1 records whose version is not that of their last change, the first is 2",
      "note: 1 records of which a change is missing, the first is 3"};
  EXPECT_EQ(record_damage(transaction).value(), expected);
}

}  // namespace
}  // namespace anlan::store
