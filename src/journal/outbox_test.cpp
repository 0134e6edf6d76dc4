#include "journal/outbox.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "base/file.hpp"
#include "journal/encoding.hpp"
#include "journal/keys.hpp"
#include "journal/proof.hpp"
#include "store/test_database.hpp"

namespace anlan::journal {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const store::Schema things{
    "things", {{1, "thing", "CREATE TABLE thing (number {int} PRIMARY KEY) {strict};"}}};

Act act_about(std::int64_t number) {
  Act act;
  act.act = "thing.made";
  act.who = "actor:7";
  act.subject = "thing:" + std::to_string(number);
  act.personal = {{"reason", "事由" + std::to_string(number)}};
  return act;
}

/// A change of the desk with its act: the two of them are what must never part.
Status make_thing(store::Database& database, std::int64_t number) {
  return database.write([&](store::Transaction& transaction) -> Status {
    const auto made = transaction.run("INSERT INTO thing (number) VALUES (?)", {number});
    if (!made) return fail(made.error());
    return tell(transaction, act_about(number));
  });
}

class OutboxTest : public store::EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    log_ = folder() / "journal";
    ASSERT_TRUE(Log::make(log_, Suite::sha256_ed25519, "example.org/log"));
  }

  store::Database desk() { return open({schema(), things}); }

  std::unique_ptr<Journal> journal() {
    auto opened = Journal::open(log_);
    EXPECT_TRUE(opened) << opened.error().code;
    return std::move(*opened);
  }

  static std::vector<std::string> entries_of(Journal& journal) {
    EXPECT_TRUE(journal.publish());
    return entries_in(journal.folder());
  }
  static std::vector<std::string> entries_in(const fs::path& folder) {
    std::vector<std::string> entries;
    EXPECT_TRUE(for_each_entry(
        folder, 0, [&](std::uint64_t, std::string_view entry) { entries.emplace_back(entry); }));
    return entries;
  }

  static OutboxState state(store::Database& database) {
    auto found =
        database.read([](store::Transaction& transaction) { return outbox_state(transaction); });
    EXPECT_TRUE(found) << found.error().code;
    return *found;
  }

  static Status script(store::Database& database, const std::string& sql) {
    return database.write([&](store::Transaction& transaction) { return transaction.script(sql); });
  }

  fs::path log_;
};

TEST_P(OutboxTest, MovesAnActIntoTheLogOnce) {
  auto database = desk();
  auto log = journal();
  Sequencer sequencer(database, *log);
  ASSERT_TRUE(make_thing(database, 1));
  EXPECT_EQ(state(database).waiting, 1U);
  EXPECT_EQ(log->size(), 0U);
  EXPECT_EQ(sequencer.move_all().value(), 1U);
  EXPECT_EQ(sequencer.move_all().value(), 0U);
  EXPECT_EQ(state(database).waiting, 0U);

  ASSERT_TRUE(log->publish());
  const auto found = read_entry(log_, 0);
  ASSERT_TRUE(found);
  const auto entry = Json::parse(found->entry);
  EXPECT_EQ(entry["act"], "thing.made");
  EXPECT_EQ(entry["subject"], "thing:1");
  EXPECT_EQ(entry["refs"]["outbox"].get<std::string>().size(), 32U);
  EXPECT_TRUE(time_of_text(entry["refs"]["told_at"].get<std::string>()));
  EXPECT_NE(found->personal.find("事由1"), std::string::npos);
  EXPECT_TRUE(verify(log_)->sound());
}

TEST_P(OutboxTest, RollsBackTheActWithItsChange) {
  auto database = desk();
  auto log = journal();
  ASSERT_TRUE(make_thing(database, 1));
  EXPECT_EQ(make_thing(database, 1).error().code, "store.duplicate");
  EXPECT_EQ(Sequencer(database, *log).move_all().value(), 1U);
}

TEST_P(OutboxTest, FailsTheChangeWhoseActMayNotBeCommitted) {
  auto database = desk();
  const auto tried = [&](const Act& act) {
    return database.write([&](store::Transaction& transaction) -> Status {
      const auto made = transaction.run("INSERT INTO thing (number) VALUES (5)");
      if (!made) return fail(made.error());
      return tell(transaction, act);
    });
  };
  Act nameless = act_about(5);
  nameless.who.clear();
  Act chinese = act_about(5);
  chinese.subject = "事";
  Act number = act_about(5);
  number.refs["person"] = "11010519491231002X";
  Act forged = act_about(5);
  forged.refs["outbox"] = "00";
  Act broken = act_about(5);
  broken.personal["name"] = "\xff";
  for (const auto& act : {nameless, chinese, number, forged, broken}) {
    EXPECT_EQ(tried(act).error().code, "journal.word");
  }
  Act large = act_about(5);
  large.personal["text"] = std::string(40'000, 'x');
  EXPECT_EQ(tried(large).error().code, "journal.entry_too_large");
  EXPECT_EQ(state(database).waiting, 0U);
  EXPECT_TRUE(make_thing(database, 5)) << "the change itself must not be there";
}

TEST_P(OutboxTest, KeepsTheOrderInWhichOneSawTheOther) {
  auto database = desk();
  auto log = journal();
  for (std::int64_t i = 0; i < 1'300; ++i) ASSERT_TRUE(make_thing(database, i));
  Sequencer sequencer(database, *log);
  EXPECT_EQ(sequencer.move_all().value(), 1'300U);
  const auto entries = entries_of(*log);
  ASSERT_EQ(entries.size(), 1'300U);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ASSERT_EQ(word_of_entry(entries[i], "subject"), "thing:" + std::to_string(i));
  }
}

/// What a crash leaves between the log's sync and the rows' deletion: the entries, the rows, and
/// the mark of before.
TEST_P(OutboxTest, FindsWhatACrashLeftInBothPlaces) {
  auto database = desk();
  auto log = journal();
  ASSERT_TRUE(make_thing(database, 1));
  ASSERT_EQ(Sequencer(database, *log).move_all().value(), 1U);
  for (std::int64_t i = 2; i < 700; ++i) ASSERT_TRUE(make_thing(database, i));
  ASSERT_TRUE(script(database,
                     "CREATE TABLE kept AS SELECT * FROM journal_outbox;"
                     "CREATE TABLE kept_mark AS SELECT * FROM journal_outbox_mark"));
  ASSERT_EQ(Sequencer(database, *log).move_all().value(), 698U);
  ASSERT_TRUE(script(database,
                     "INSERT INTO journal_outbox SELECT * FROM kept;"
                     "DELETE FROM journal_outbox_mark;"
                     "INSERT INTO journal_outbox_mark SELECT * FROM kept_mark"));
  ASSERT_TRUE(make_thing(database, 700));
  EXPECT_EQ(state(database).waiting, 699U);

  Sequencer next(database, *log);
  EXPECT_EQ(next.move_all().value(), 1U);
  EXPECT_EQ(state(database).waiting, 0U);
  EXPECT_EQ(state(database).entries, 700U);
  EXPECT_EQ(entries_of(*log).size(), 700U);
}

TEST_P(OutboxTest, RefusesALogThatIsNotTheOneItKnows) {
  auto database = desk();
  ASSERT_TRUE(make_thing(database, 1));
  ASSERT_TRUE(make_thing(database, 2));
  fs::copy(log_, folder() / "older", fs::copy_options::recursive);
  {
    auto log = journal();
    ASSERT_EQ(Sequencer(database, *log).move_all().value(), 2U);
  }
  ASSERT_TRUE(make_thing(database, 3));
  const auto other = folder() / "other";
  ASSERT_TRUE(Log::make(other, Suite::sha256_ed25519, "example.org/other"));
  for (const auto& [place, code] : {std::pair{folder() / "older", "journal.older_than_desk"},
                                    std::pair{other, "journal.other_log"}}) {
    auto log = Journal::open(place);
    ASSERT_TRUE(log);
    EXPECT_EQ(Sequencer(database, **log).move_all().error().code, code);
  }
  EXPECT_EQ(state(database).waiting, 1U) << "refused is not lost";

  auto older = Journal::open(folder() / "older");
  ASSERT_TRUE(older);
  Sequencer sequencer(database, **older);
  Act act;
  act.act = "journal.accepted";
  act.who = "uid:1";
  ASSERT_TRUE(sequencer.accept_log(act));
  EXPECT_EQ(sequencer.move_all().value(), 2U);
  const auto entry = Json::parse(entries_of(**older).back());
  EXPECT_EQ(entry["act"], "journal.accepted");
  EXPECT_EQ(entry["counts"]["entries_known"], 2);
  EXPECT_EQ(entry["counts"]["entries_there"], 0);
}

TEST_P(OutboxTest, TellsThatTheDeskIsAnOlderCopy) {
  auto database = desk();
  auto log = journal();
  for (std::int64_t i = 0; i < 5; ++i) ASSERT_TRUE(make_thing(database, i));
  ASSERT_EQ(Sequencer(database, *log).move_all().value(), 5U);
  // As it was after two of them.
  ASSERT_TRUE(script(database, "UPDATE journal_outbox_mark SET entries = 2"));
  Sequencer sequencer(database, *log);
  EXPECT_EQ(sequencer.move_all().value(), 1U);
  EXPECT_EQ(Sequencer(database, *log).move_all().value(), 0U) << "told once";
  const auto entry = Json::parse(entries_of(*log).back());
  EXPECT_EQ(entry["act"], "desk.older_found");
  EXPECT_EQ(entry["counts"]["acts"], 3);
  EXPECT_EQ(entry["refs"]["first_entry"], "2");
}

TEST_P(OutboxTest, NamesARowThatIsNoActAndMovesTheOthers) {
  auto database = desk();
  auto log = journal();
  ASSERT_TRUE(make_thing(database, 1));
  ASSERT_TRUE(make_thing(database, 2));
  ASSERT_TRUE(script(database,
                     "UPDATE journal_outbox SET act = '{}' WHERE position ="
                     " (SELECT min(position) FROM journal_outbox)"));
  const auto bad = state(database).oldest_id;
  ASSERT_TRUE(make_thing(database, 3));
  Sequencer sequencer(database, *log);
  for (int tries = 0; tries < 2; ++tries) {
    const auto moved = sequencer.move_all();
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().code, "journal.outbox_row");
    EXPECT_EQ(moved.error().detail, bad);
  }
  EXPECT_EQ(log->size(), 2U);
  EXPECT_EQ(state(database).waiting, 1U);
}

TEST_P(OutboxTest, MovesByItselfWhatManyTellAtOnce) {
  auto database = desk();
  auto log = journal();
  Sequencer sequencer(database, *log);
  sequencer.start(std::chrono::milliseconds(5));
  constexpr std::int64_t each = 60;
  std::vector<std::thread> tellers;
  for (std::int64_t teller = 0; teller < 4; ++teller) {
    tellers.emplace_back([&, teller] {
      for (std::int64_t i = 0; i < each; ++i) {
        EXPECT_TRUE(make_thing(database, teller * each + i));
        if (i % 2 == 0) sequencer.notify();
      }
    });
  }
  for (auto& teller : tellers) teller.join();
  while (log->size() < 4 * each || state(database).waiting > 0) std::this_thread::yield();
  sequencer.stop();
  EXPECT_FALSE(sequencer.trouble());
  std::set<std::string> subjects;
  for (const auto& entry : entries_of(*log)) subjects.emplace(word_of_entry(entry, "subject"));
  EXPECT_EQ(subjects.size(), 4U * each);
  EXPECT_EQ(log->size(), 4U * each);
}

TEST_P(OutboxTest, TellsOfEachMigrationOnce) {
  Act act;
  act.act = "desk.upgraded";
  act.who = "uid:1";
  auto database = desk();
  auto log = journal();
  ASSERT_TRUE(tell_migrations(database, act));
  ASSERT_TRUE(tell_migrations(database, act));
  ASSERT_EQ(Sequencer(database, *log).move_all().value(), 1U);
  const auto entry = Json::parse(entries_of(*log).front());
  EXPECT_EQ(entry["refs"]["things"], "001");
  EXPECT_EQ(entry["refs"]["journal"], "001");
  EXPECT_EQ(entry["counts"]["migrations"], 3);
}

/// A child makes things and moves acts until it is killed; each number it has written to the pipe
/// was acknowledged before.
TEST_P(OutboxTest, LosesAndDoublesNothingThroughKill) {
  { desk(); }  // nobody holds a connection while it forks
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::int64_t next = 0;
  std::int64_t acknowledged = 0;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto database = store::Database::open(location(), {schema(), things});
      auto log = Journal::open(log_);
      if (!database || !log) ::_exit(1);
      Sequencer sequencer(*database, **log);
      sequencer.start(std::chrono::milliseconds(1));
      for (std::int64_t number = next;; ++number) {
        if (!make_thing(*database, number)) ::_exit(2);
        sequencer.notify();
        if (::write(ends[1], &number, sizeof number) != sizeof number) ::_exit(3);
      }
    }
    ::close(ends[1]);
    std::int64_t number = 0;
    const auto first = std::uniform_int_distribution<int>(1, 60)(random);
    for (int i = 0; i < first; ++i) {
      ASSERT_EQ(::read(ends[0], &number, sizeof number), ssize_t{sizeof number});
    }
    ::usleep(std::uniform_int_distribution<useconds_t>(0, 5'000)(random));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    while (::read(ends[0], &number, sizeof number) == sizeof number) {
    }
    ::close(ends[0]);
    acknowledged = number;
    next = acknowledged + 2;  // the one that was under way may be there or not
  }
  auto database = desk();
  auto log = journal();
  ASSERT_TRUE(Sequencer(database, *log).move_all());
  EXPECT_EQ(state(database).waiting, 0U);

  std::map<std::string, int> entries;
  for (const auto& entry : entries_of(*log)) {
    ++entries[std::string(word_of_entry(entry, "subject"))];
  }
  const auto rows = database.read([](store::Transaction& transaction) {
    return transaction.query("SELECT number FROM thing");
  });
  ASSERT_TRUE(rows);
  EXPECT_GE(rows->size(), 12U);
  EXPECT_EQ(rows->back().integer("number") >= acknowledged, true);
  for (const auto& row : *rows) {
    EXPECT_EQ(entries["thing:" + std::to_string(row.integer("number"))], 1);
  }
  EXPECT_EQ(entries.size(), rows->size()) << "an entry without its change, or the reverse";
  EXPECT_TRUE(verify(log_)->sound() || verify(log_)->in_use);
}

TEST_P(OutboxTest, NamesWhatDoesNotFitTheLog) {
  auto database = desk();
  auto log = journal();
  ASSERT_TRUE(make_thing(database, 1));
  ASSERT_EQ(Sequencer(database, *log).move_all().value(), 1U);
  ASSERT_TRUE(database.write([](store::Transaction& transaction) {
    return tell(transaction, act_about(2), Instant{1'000'000});
  }));
  const auto known = state(database);
  const auto codes = [&](const LogSettings& settings, std::uint64_t entries, bool in_use,
                         Instant now) {
    std::vector<std::string> found;
    for (const auto& finding : findings_of(known, settings, entries, in_use, now)) {
      found.push_back(finding.code);
    }
    return found;
  };
  const auto& settings = log->settings();
  const Instant soon{1'000'000 + 600'000};
  using Codes = std::vector<std::string>;
  EXPECT_EQ(codes(settings, 1, false, soon), Codes{});
  EXPECT_EQ(codes(settings, 1, false, {soon.ms + 1}), Codes{"journal.outbox_old"});
  EXPECT_EQ(codes(settings, 0, false, soon), Codes{"journal.older_than_desk"});
  EXPECT_EQ(codes(settings, 0, true, soon), Codes{});
  LogSettings other = settings;
  other.origin = "example.org/other";
  EXPECT_EQ(codes(other, 1, false, soon), Codes{"journal.other_log"});
}

INSTANTIATE_TEST_SUITE_P(Engines, OutboxTest, store::both_engines, store::engine_name);

TEST(OutboxErasure, LeavesNoPersonalTextInTheFile) {
  const auto folder = fs::temp_directory_path() / ("anlan-outbox-" + hex(random_bytes(8)));
  fs::create_directories(folder);
  ASSERT_TRUE(Log::make(folder / "journal", Suite::sha256_ed25519, "example.org/log"));
  const auto file = folder / "desk.db";
  const auto holds = [&] { return read_file(file)->find("very-personal") != std::string::npos; };
  {
    auto database = store::Database::open(file.string(), {schema(), things});
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->write([](store::Transaction& transaction) {
      Act act = act_about(1);
      act.personal["name"] = "very-personal";
      return tell(transaction, act);
    }));
  }
  EXPECT_TRUE(holds());
  {
    auto database = store::Database::open(file.string(), {schema(), things});
    auto log = Journal::open(folder / "journal");
    ASSERT_TRUE(log);
    ASSERT_EQ(Sequencer(*database, **log).move_all().value(), 1U);
  }
  EXPECT_FALSE(holds());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace anlan::journal
