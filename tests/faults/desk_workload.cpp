// People at work on a desk database whose acts reach the journal through its outbox. Like
// workload.cpp it says each thing on a line of its own, right after it is so.
//
//   desk_workload make DIR
//   desk_workload run DIR LABEL SEED THREADS ACTS
//       opened | ack ID | refused ID CODE | end
//   desk_workload check DIR
//       bad CODE DETAIL | change ID | entry ID | end: after all that waited was moved

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "journal/outbox.hpp"
#include "journal/proof.hpp"
#include "journal/verify.hpp"
#include "store/database.hpp"

namespace anlan::journal {
namespace {

constexpr int exit_not_opened = 4;

void say(std::string line) {
  line += '\n';
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    std::_Exit(5);
  }
}

int bad(const Error& error, int code = 1) {
  say(fmt::format("bad {} {}", error.code, error.detail));
  return code;
}

Result<store::Database> open_desk(const std::filesystem::path& folder) {
  static const store::Schema own{
      "trial", {{1, "changes", "CREATE TABLE trial_change (change_id {text} PRIMARY KEY)"}}};
  return store::Database::open((folder / "desk.db").string(), {schema(), own});
}

int make(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  if (auto made = Log::make(folder / "journal", Suite::sha256_ed25519, "example.org/desk"); !made) {
    return bad(made.error());
  }
  const auto desk = open_desk(folder);
  return desk ? 0 : bad(desk.error());
}

/// One change with its act, in one transaction.
Status change(store::Database& desk, const std::string& id, std::mt19937_64& random) {
  Act act;
  act.act = "test.change";
  act.who = "account:1";
  act.subject = "change:" + id;
  act.refs["filler"] = std::string(random() % 100, 'f');
  if (random() % 3 == 0) act.personal["name"] = "某人" + id;
  return desk.write([&](store::Transaction& transaction) -> Status {
    const auto inserted = transaction.run("INSERT INTO trial_change (change_id) VALUES (?)", {id});
    if (!inserted) return fail(inserted.error());
    return tell(transaction, act);
  });
}

int run(const std::filesystem::path& folder, const std::string& label, std::uint64_t seed,
        unsigned threads, std::uint64_t acts) {
  auto desk = open_desk(folder);
  if (!desk) return bad(desk.error(), exit_not_opened);
  auto journal = Journal::open(folder / "journal", {.publish_after = std::chrono::milliseconds(3)});
  if (!journal) return bad(journal.error(), exit_not_opened);
  Sequencer sequencer(*desk, **journal);
  sequencer.start(std::chrono::milliseconds(5));
  say("opened");
  const auto work = [&](unsigned thread) {
    std::mt19937_64 random(seed * 1000 + thread);
    for (std::uint64_t number = 0; number < acts; ++number) {
      const auto id = fmt::format("{}-{}-{}", label, thread, number);
      if (const auto changed = change(*desk, id, random); changed) {
        say("ack " + id);
        sequencer.notify();
      } else {
        say(fmt::format("refused {} {}", id, changed.error().code));
      }
    }
  };
  std::vector<std::jthread> people;
  for (unsigned thread = 1; thread < threads; ++thread) {
    people.emplace_back([&work, thread] { work(thread); });
  }
  work(0);
  people.clear();
  say("end");
  return 0;
}

int check(const std::filesystem::path& folder) {
  auto desk = open_desk(folder);
  if (!desk) return bad(desk.error(), exit_not_opened);
  const auto hurt = store::damage(*desk);
  if (!hurt) return bad(hurt.error());
  for (const auto& line : *hurt) say("bad store.damage " + line);
  {
    auto journal = Journal::open(folder / "journal");
    if (!journal) return bad(journal.error(), exit_not_opened);
    Sequencer sequencer(*desk, **journal);
    if (const auto moved = sequencer.move_all(); !moved) return bad(moved.error());
  }
  const auto report = verify(folder / "journal");
  if (!report) return bad(report.error());
  for (const auto& finding : report->findings) {
    say(fmt::format("bad {} {}", finding.code, finding.detail));
  }
  const auto told =
      for_each_entry(folder / "journal", 0, [](std::uint64_t, std::string_view entry) {
        const auto subject = word_of_entry(entry, "subject");
        say(fmt::format("entry {}", subject));
      });
  if (!told) return bad(told.error());
  const auto read = desk->read([](store::Transaction& transaction) -> Status {
    const auto rows = transaction.query("SELECT change_id FROM trial_change");
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows) say("change change:" + row.text("change_id"));
    const auto state = outbox_state(transaction);
    if (!state) return fail(state.error());
    if (state->waiting > 0) say(fmt::format("bad outbox {} still wait", state->waiting));
    return {};
  });
  if (!read) return bad(read.error());
  say("end");
  return 0;
}

int main_of(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t at) { return std::strtoull(words[at].c_str(), nullptr, 10); };
  if (words.size() == 2 && words[0] == "make") return make(words[1]);
  if (words.size() == 6 && words[0] == "run") {
    return run(words[1], words[2], number(3), static_cast<unsigned>(number(4)), number(5));
  }
  if (words.size() == 2 && words[0] == "check") return check(words[1]);
  return 2;
}

}  // namespace
}  // namespace anlan::journal

int main(int count, char** words) {
  return anlan::journal::main_of({words + 1, words + count});
}
