#include "store/database.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "base/file.hpp"
#include "store/test_database.hpp"

namespace anlan::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Schema things{
    "things",
    {{1, "thing",
      "CREATE TABLE thing (id {id}, name {text} NOT NULL UNIQUE, amount {int} CHECK "
      "(amount > 0), ratio {real}, hash {bytes}) {strict};"
      "CREATE TABLE part (thing_id {int} NOT NULL REFERENCES thing (id)) {strict};"}}};

class DatabaseTest : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest, both_engines, engine_name);

std::int64_t count_things(Database& database) {
  const auto count = database.read([](Transaction& transaction) -> Result<std::int64_t> {
    const auto row = transaction.query_one("SELECT count(*) AS n FROM thing");
    if (!row) return fail(row.error());
    return (*row)->integer("n");
  });
  EXPECT_TRUE(count) << count.error().code << count.error().detail;
  return count.value_or(-1);
}

Status add_thing(Database& database, const std::string& name) {
  return database.write([&](Transaction& transaction) -> Status {
    const auto done = transaction.run("INSERT INTO thing (name) VALUES (?)", {name});
    if (!done) return fail(done.error());
    return {};
  });
}

/// Whether another process sees a lock of ours on the file.
bool seen_as_locked(const std::string& path) {
  const auto child = ::fork();
  if (child == 0) {
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    ::_exit(file >= 0 && ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
  }
  int status = 1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_P(DatabaseTest, AFurtherConnectionLeavesTheLocksOfTheOthers) {
  if (GetParam() != Engine::sqlite) GTEST_SKIP() << "a server keeps its own locks";
  auto database = open({things});
  ASSERT_TRUE(add_thing(database, "before"));
  EXPECT_TRUE(seen_as_locked(location()));
  // Two at once: the second is a connection of its own.
  auto first = *database.begin_read();
  auto second = *database.begin_read();
  EXPECT_TRUE(seen_as_locked(location()));
  first.roll_back();
  second.roll_back();
  // Without those locks a process that ends deletes the log the others write to.
  auto elsewhere = *Database::open(location(), {things});
  EXPECT_TRUE(seen_as_locked(location()));
  ASSERT_TRUE(add_thing(elsewhere, "after"));
  EXPECT_EQ(count_things(database), 2);
}

TEST_P(DatabaseTest, KeepsEveryTypeExactly) {
  auto database = open({things});
  const std::string bytes("\0\xff'\\x", 5);
  auto transaction = *database.begin_write();
  const auto row = transaction.query_one(
      "INSERT INTO thing (name, amount, ratio, hash) VALUES (?, ?, ?, ?) RETURNING *",
      {"王小明's 𠮷", INT64_MAX, 0.1, Bytes{bytes}});
  ASSERT_TRUE(row) << row.error().detail;
  EXPECT_EQ((*row)->text("name"), "王小明's 𠮷");
  EXPECT_EQ((*row)->integer("amount"), INT64_MAX);
  EXPECT_EQ((*row)->real("ratio"), 0.1);
  EXPECT_EQ((*row)->bytes("hash"), bytes);
  const auto nulls = transaction.query_one(
      "INSERT INTO thing (name, amount, ratio, hash) VALUES (?, ?, ?, ?) RETURNING *",
      {"", Value(), std::optional<double>(), Value()});
  ASSERT_TRUE(nulls) << nulls.error().detail;
  EXPECT_EQ((*nulls)->text("name"), "");
  EXPECT_TRUE((*nulls)->is_null("amount"));
  EXPECT_EQ((*nulls)->maybe_integer("amount"), std::nullopt);
  EXPECT_TRUE((*nulls)->is_null("hash"));
  const auto none = transaction.query_one("SELECT * FROM thing WHERE hash = ?", {Bytes{""}});
  EXPECT_FALSE(none->has_value());
  const auto sum =
      transaction.query_one("SELECT sum(amount) AS total, count(*) AS n, 1 = 1 AS yes FROM thing");
  EXPECT_EQ((*sum)->integer("total"), INT64_MAX);
  EXPECT_EQ((*sum)->integer("n"), 2);
  EXPECT_TRUE((*sum)->flag("yes"));
  EXPECT_TRUE(transaction.commit());
}

TEST_P(DatabaseTest, CountsWhatAStatementChanged) {
  auto database = open({things});
  auto transaction = *database.begin_write();
  EXPECT_EQ(*transaction.run("INSERT INTO thing (name) VALUES (?), (?), (?)", {"a", "b", "c"}), 3);
  EXPECT_EQ(*transaction.run("UPDATE thing SET amount = 1 WHERE name > ?", {"a"}), 2);
  EXPECT_EQ(*transaction.run("UPDATE thing SET amount = 1 WHERE name = ?", {"z"}), 0);
  EXPECT_EQ(*transaction.run("SELECT * FROM thing"), 0);
  EXPECT_EQ(*transaction.run("INSERT INTO thing (name) VALUES (?) ON CONFLICT DO NOTHING", {"a"}),
            0);
  EXPECT_EQ(*transaction.run("DELETE FROM thing"), 3);
}

TEST_P(DatabaseTest, OrdersTextByItsBytes) {
  auto database = open({things});
  auto transaction = *database.begin_write();
  ASSERT_TRUE(
      transaction.run("INSERT INTO thing (name) VALUES (?), (?), (?), (?)", {"b", "B", "安", "a"}));
  const auto rows = transaction.query("SELECT name FROM thing ORDER BY name");
  std::vector<std::string> names;
  for (const auto& row : *rows) names.push_back(row.text("name"));
  EXPECT_THAT(names, ElementsAre("B", "a", "b", "安"));
}

TEST_P(DatabaseTest, TellsWhatBrokeAndStopsTheTransaction) {
  auto database = open({things});
  ASSERT_TRUE(add_thing(database, "a"));
  const struct {
    const char* sql;
    std::vector<Value> values;
    const char* code;
  } rows[] = {
      {"INSERT INTO thing (name) VALUES (?)", {"a"}, "store.duplicate"},
      {"INSERT INTO thing (id, name) VALUES (?, ?)", {1, "b"}, "store.duplicate"},
      {"INSERT INTO part (thing_id) VALUES (?)", {77}, "store.reference"},
      {"INSERT INTO thing (name, amount) VALUES (?, ?)", {"b", 0}, "store.constraint"},
      {"INSERT INTO thing (name) VALUES (?)", {Value()}, "store.constraint"},
      {"INSERT INTO thing (name) VALUES (?)", {std::string("a\0b", 3)}, "store.text"},
      {"INSERT INTO thing (name) VALUES (?)", {"\xc0\x80"}, "store.text"},
      {"INSERT INTO thing (name) VALUES (?)", {"\xed\xa0\x80"}, "store.text"},
      {"INSERT INTO thing (name) VALUES (?)", {"\xf4\x90\x80\x80"}, "store.text"},
      {"INSERT INTO thing (name) VALUES (?)", {"\xe5\xae"}, "store.text"},
      {"INSERT INTO nothing (name) VALUES (?)", {"a"}, "store.sql"},
  };
  for (const auto& row : rows) {
    auto transaction = *database.begin_write();
    ASSERT_TRUE(transaction.run("INSERT INTO thing (name) VALUES (?)", {"before"}));
    const auto done = transaction.run(row.sql, row.values);
    ASSERT_FALSE(done) << row.sql;
    EXPECT_EQ(done.error().code, row.code) << row.sql << done.error().detail;
    EXPECT_EQ(transaction.query("SELECT 1").error().code, "store.transaction_failed");
    EXPECT_EQ(transaction.commit().error().code, "store.transaction_failed");
  }
  EXPECT_EQ(count_things(database), 1);
}

TEST_P(DatabaseTest, NeverPutsAValueIntoAnError) {
  auto database = open({things});
  ASSERT_TRUE(add_thing(database, "secret"));
  const struct {
    const char* sql;
    std::vector<Value> values;
  } rows[] = {
      {"INSERT INTO thing (name) VALUES (?)", {"secret"}},
      {"INSERT INTO thing (name, amount) VALUES (?, CAST(? AS {int}))", {"b", "secret"}},
      {"INSERT INTO thing (name, amount) VALUES (?, ?)", {"secret", -1}},
  };
  for (const auto& row : rows) {
    auto transaction = *database.begin_write();
    const auto done = transaction.run(*in_dialect(row.sql, GetParam()), row.values);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().detail, testing::Not(HasSubstr("secret")));
  }
}

TEST_P(DatabaseTest, RollsBackWhatIsNotCommitted) {
  auto database = open({things});
  {
    auto transaction = *database.begin_write();
    ASSERT_TRUE(transaction.run("INSERT INTO thing (name) VALUES (?)", {"a"}));
  }
  EXPECT_EQ(count_things(database), 0);
  {
    auto transaction = *database.begin_write();
    ASSERT_TRUE(transaction.run("INSERT INTO thing (name) VALUES (?)", {"a"}));
    transaction.roll_back();
    EXPECT_EQ(transaction.commit().error().code, "store.transaction_failed");
  }
  EXPECT_EQ(count_things(database), 0);
}

TEST_P(DatabaseTest, AReadSeesOneMomentAndCannotWrite) {
  auto database = open({things});
  auto reader = *database.begin_read();
  EXPECT_EQ((*reader.query_one("SELECT count(*) AS n FROM thing"))->integer("n"), 0);
  ASSERT_TRUE(add_thing(database, "a"));
  EXPECT_EQ((*reader.query_one("SELECT count(*) AS n FROM thing"))->integer("n"), 0);
  EXPECT_FALSE(reader.run("INSERT INTO thing (name) VALUES (?)", {"b"}));
  reader.roll_back();
  EXPECT_EQ(count_things(database), 1);
  ASSERT_TRUE(add_thing(database, "b")) << "the connection that read may write again";
}

TEST_P(DatabaseTest, WritersThatMeetAreSerial) {
  // Write skew: each adds a thing only if there is an even count; run apart they would both see 0.
  auto database = open({things});
  std::vector<std::thread> threads;
  std::atomic<int> added = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto done = database.write([&](Transaction& transaction) -> Result<bool> {
        const auto row = transaction.query_one("SELECT count(*) AS n FROM thing");
        if (!row) return fail(row.error());
        if ((*row)->integer("n") > 0) return false;
        const auto run =
            transaction.run("INSERT INTO thing (name) VALUES (?)", {fmt::format("t{}", i)});
        if (!run) return fail(run.error());
        return true;
      });
      ASSERT_TRUE(done) << done.error().code;
      if (*done) ++added;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(added, 1);
  EXPECT_EQ(count_things(database), 1);
}

TEST_P(DatabaseTest, ASecondWriterOfTheSameThingRetriesOrWaits) {
  auto database = open({things});
  ASSERT_TRUE(add_thing(database, "counter"));
  ASSERT_TRUE(database.write([](Transaction& t) { return t.run("UPDATE thing SET amount = 1"); }));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const auto done = database.write([](Transaction& transaction) -> Status {
          const auto row = transaction.query_one("SELECT amount FROM thing");
          if (!row) return fail(row.error());
          const auto run =
              transaction.run("UPDATE thing SET amount = ?", {(*row)->integer("amount") + 1});
          if (!run) return fail(run.error());
          return {};
        });
        ASSERT_TRUE(done) << done.error().code;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  auto reader = *database.begin_read();
  EXPECT_EQ((*reader.query_one("SELECT amount FROM thing"))->integer("amount"), 21);
}

TEST_P(DatabaseTest, GivesUpWaitingForALock) {
  auto database = open({things});
  if (GetParam() == Engine::postgres) GTEST_SKIP() << "PostgreSQL locks rows, not the database";
  auto second = *Database::open(location(), {things}, {.busy_ms = 50});
  auto holder = *database.begin_write();
  EXPECT_EQ(second.begin_write().error().code, "store.busy");
  holder.roll_back();
  EXPECT_TRUE(second.begin_write());
  auto own = *second.begin_write();
  EXPECT_EQ(second.begin_write().error().code, "store.busy");
}

TEST_P(DatabaseTest, MigratesOnceAndForward) {
  EXPECT_THAT(open({things}).upgrade().applied,
              ElementsAre("store 001_record_change", "things 001_thing"));
  EXPECT_THAT(open({things}).upgrade().applied, IsEmpty());
  auto next = things;
  next.migrations.push_back({2, "colour", "ALTER TABLE thing ADD COLUMN colour {text}"});
  const OpenOptions keeping{.backup_folder = folder() / "backups"};
  EXPECT_EQ(Database::open(location(), {next}, {.migrate = false}).error().code,
            "store.older_schema");
  {
    auto database = *Database::open(location(), {things});
    ASSERT_TRUE(add_thing(database, "kept"));
  }
  auto database = Database::open(location(), {next}, keeping);
  ASSERT_TRUE(database) << database.error().code << database.error().detail;
  EXPECT_THAT(database->upgrade().applied, ElementsAre("things 002_colour"));
  EXPECT_EQ(count_things(*database), 1);
  EXPECT_TRUE(std::filesystem::exists(database->upgrade().backup));
  // The copy is what was there before.
  EXPECT_EQ(Database::open(location(), {things}).error().code, "store.newer_schema");
  ASSERT_TRUE(restore(database->upgrade().backup, location(), {next}));
  EXPECT_THAT(open({things}).upgrade().applied, IsEmpty());
}

TEST_P(DatabaseTest, RefusesTablesOfANewerProgram) {
  open({things});
  EXPECT_EQ(Database::open(location(), {}).error().code, "store.newer_schema");
}

TEST_P(DatabaseTest, RefusesAMigrationThatWasEdited) {
  open({things});
  auto edited = things;
  edited.migrations[0].sql += " ";
  const auto refused = Database::open(location(), {edited});
  EXPECT_EQ(refused.error().code, "store.migration_changed");
  EXPECT_EQ(refused.error().detail, "things 001_thing");
}

TEST_P(DatabaseTest, AMigrationThatFailsLeavesNothing) {
  open({things});
  auto next = things;
  next.migrations.push_back({2, "good", "CREATE TABLE good (a {int}) {strict}"});
  next.migrations.push_back({3, "bad", "CREATE TABLE bad (a {int}) {strict}; SELECT nothing"});
  const auto refused = Database::open(location(), {next});
  EXPECT_EQ(refused.error().code, "store.sql");
  EXPECT_THAT(refused.error().detail, HasSubstr("things 003_bad"));
  auto database = open({things});
  auto transaction = *database.begin_write();
  EXPECT_TRUE(transaction.script("CREATE TABLE good (a INTEGER)")) << "it must not be there";
}

TEST_P(DatabaseTest, TwoThatStartAtOnceMigrateOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> applied = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto database = Database::open(location(), {things});
      ASSERT_TRUE(database) << database.error().code << database.error().detail;
      applied += static_cast<int>(database->upgrade().applied.size());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(applied, 2);
}

TEST_P(DatabaseTest, BacksUpWhileOthersWriteAndRestores) {
  auto database = open({things});
  ASSERT_TRUE(add_thing(database, "a"));
  auto writer = *database.begin_write();
  ASSERT_TRUE(writer.run("INSERT INTO thing (name) VALUES (?)", {"unfinished"}));
  const auto file = folder() / "备份 1";
  const auto done = database.back_up(file);
  ASSERT_TRUE(done) << done.error().code << done.error().detail;
  ASSERT_TRUE(writer.commit());
  EXPECT_EQ(database.back_up(file).error().code, "store.backup_exists");
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_TRUE(add_thing(database, "later"));
  EXPECT_EQ(count_things(database), 3);
  const auto restored = restore(file, location(), {things});
  ASSERT_TRUE(restored) << restored.error().code << restored.error().detail;
  EXPECT_EQ(count_things(database), 1);
  ASSERT_TRUE(add_thing(database, "goes on"));
  // The tests' PostgreSQL runs without fsync, and that is to be told.
  EXPECT_EQ(damage(database)->size(), GetParam() == Engine::sqlite ? 0u : 1u);
}

TEST_P(DatabaseTest, RestoresNothingThatIsNoBackup) {
  auto database = open({things});
  ASSERT_TRUE(add_thing(database, "a"));
  ASSERT_TRUE(write_file(folder() / "text", "not a database"));
  EXPECT_EQ(restore(folder() / "text", location(), {things}).error().code, "store.not_a_backup");
  EXPECT_EQ(restore(folder() / "none", location(), {things}).error().code, "file.unreadable");
  ASSERT_TRUE(database.back_up(folder() / "good"));
  auto bytes = *read_file(folder() / "good");
  bytes.resize(bytes.size() / 2);
  ASSERT_TRUE(write_file(folder() / "half", bytes));
  EXPECT_FALSE(restore(folder() / "half", location(), {things}));
  EXPECT_EQ(count_things(database), 1);
}

TEST_P(DatabaseTest, NamesDamage) {
  if (GetParam() == Engine::postgres) GTEST_SKIP() << "PostgreSQL's files are not ours to read";
  {
    auto database = open({things});
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(add_thing(database, fmt::format("thing {}", i)));
    EXPECT_THAT(*damage(database), IsEmpty());
  }
  auto bytes = *read_file(location());
  for (std::size_t at = 3 * 4096; at < bytes.size() && at < 5 * 4096; at += 7) bytes[at] ^= 0x55;
  ASSERT_TRUE(write_file(location(), bytes));
  auto database = Database::open(location(), {things});
  if (!database) {
    EXPECT_EQ(database.error().kind, ErrorKind::corrupted);
    return;
  }
  const auto found = damage(*database);
  EXPECT_TRUE(!found || !found->empty());
}

TEST_P(DatabaseTest, LosesNothingAcknowledgedToKillNine) {
  // A child writes pairs and tells each number after its commit; it is killed while it writes.
  const auto seed = std::random_device{}();
  std::minstd_rand moments(seed);
  RecordProperty("seed", static_cast<int>(seed));
  { auto made = open({things}); }
  std::int64_t acknowledged = 0;
  for (int round = 0; round < 6; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto database = Database::open(location(), {things});
      for (std::int64_t i = acknowledged + 1; database; ++i) {
        auto transaction = *database->begin_write();
        // What an earlier child committed and could not tell is there already.
        (void)transaction.run("INSERT INTO thing (name) VALUES (?) ON CONFLICT DO NOTHING",
                              {fmt::format("left {}", i)});
        (void)transaction.run("INSERT INTO thing (name) VALUES (?) ON CONFLICT DO NOTHING",
                              {fmt::format("right {}", i)});
        if (!transaction.commit()) break;
        if (::write(pipe_ends[1], &i, sizeof i) != sizeof i) break;
      }
      ::_exit(1);
    }
    ::close(pipe_ends[1]);
    std::int64_t told = 0;
    ASSERT_EQ(::read(pipe_ends[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
    ::usleep(std::uniform_int_distribution<unsigned>(0, 60'000)(moments));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(pipe_ends[0], &told, sizeof told) == static_cast<ssize_t>(sizeof told)) {
    }
    ::close(pipe_ends[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "seed " << seed;
    acknowledged = std::max(acknowledged, told);

    auto database = open({things});
    auto reader = *database.begin_read();
    std::set<std::string> names;
    const auto rows = reader.query("SELECT name FROM thing");
    for (const auto& row : *rows) names.insert(row.text("name"));
    for (std::int64_t i = 1; i <= acknowledged; ++i) {
      ASSERT_TRUE(names.contains(fmt::format("left {}", i))) << i << ", seed " << seed;
    }
    for (const auto& name : names) {
      const auto number = name.substr(name.find(' ') + 1);
      ASSERT_TRUE(names.contains("left " + number) && names.contains("right " + number))
          << name << " stands alone, seed " << seed;
    }
  }
  EXPECT_GT(acknowledged, 0);
}

}  // namespace
}  // namespace anlan::store
