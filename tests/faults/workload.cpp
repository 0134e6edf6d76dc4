// People at work on one journal, and what can be said of it afterwards. Says each thing on a line
// of its own on standard output, in one write, right after it is so; the reader may kill it any
// time.
//
//   workload make DIR [SUITE]
//   workload run DIR LABEL SEED THREADS ACTS [GROUP_MAX]
//       opened SIZE | ack ID INDEX | refused ID CODE | erased INDEX | published CHECKPOINT(hex)
//       | stopped CODE | end
//   workload check DIR FROM [CHECKPOINT(hex)…]
//       bad CODE DETAIL | size N | entry INDEX ID personal|erased|plain
//   workload prepare DIR ARCHIVE
//       a log with every kind of file there is, part of it in the archive
//   workload flips DIR ARCHIVE SEED PER_FILE
//       flip FILE OFFSET BIT CODE INDEX|- DETAIL: what verify says first if that one bit of that
//       file is another; CODE is "sound" if it says nothing

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/file.hpp"
#include "journal/encoding.hpp"
#include "journal/journal.hpp"
#include "journal/proof.hpp"
#include "journal/verify.hpp"
#include "journal/witness.hpp"

namespace anlan::journal {
namespace {

constexpr int exit_stopped = 3;
constexpr int exit_not_opened = 4;

void say(std::string line) {
  line += '\n';
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    std::_Exit(5);
  }
}

/// The detail of an error may hold spaces, never a line end.
void say(const char* what, const Error& error) {
  say(fmt::format("{} {} {}", what, error.code, error.detail));
}

Act act_called(const std::string& id, std::mt19937_64& random) {
  Act act;
  act.act = "test";
  act.who = "uid:1";
  act.subject = "act:" + id;
  act.refs["filler"] = std::string(random() % 150, 'f');
  act.counts["fen"] = static_cast<std::int64_t>(random() % 1'000'000);
  if (random() % 3 == 0) act.personal["name"] = "某人" + id;
  return act;
}

class Work {
 public:
  Work(Journal& journal, std::string label, std::uint64_t seed, std::size_t group_max)
      : journal_(journal), label_(std::move(label)), seed_(seed), group_max_(group_max) {}

  void run(unsigned thread, std::uint64_t acts) {
    std::mt19937_64 random(seed_ * 1000 + thread);
    std::vector<std::uint64_t> with_personal;
    for (std::uint64_t number = 0; number < acts && !stopped_;) {
      std::vector<Act> group;
      std::vector<std::string> ids;
      const std::size_t size = random() % 4 == 0 ? 1 + random() % group_max_ : 1;
      while (group.size() < size && number < acts) {
        ids.push_back(fmt::format("{}-{}-{}", label_, thread, number++));
        group.push_back(act_called(ids.back(), random));
      }
      const auto receipts = journal_.record(group);
      if (!receipts) {
        for (const auto& id : ids) say(fmt::format("refused {} {}", id, receipts.error().code));
        if (receipts.error().code == "journal.stopped") stop(receipts.error());
        continue;
      }
      for (std::size_t i = 0; i < ids.size(); ++i) {
        say(fmt::format("ack {} {}", ids[i], (*receipts)[i].index));
        if (!group[i].personal.empty()) with_personal.push_back((*receipts)[i].index);
      }
      if (random() % 40 == 0) publish();
      if (random() % 60 == 0 && !with_personal.empty()) {
        erase(with_personal[random() % with_personal.size()]);
      }
    }
  }

  bool stopped() const { return stopped_; }

 private:
  void stop(const Error& error) {
    if (!stopped_.exchange(true)) say("stopped", error);
  }

  void publish() {
    if (auto published = journal_.publish(); !published) return;
    if (const auto text = read_file(journal_.folder() / "public" / "checkpoint")) {
      say("published " + hex(*text));
    }
  }

  void erase(std::uint64_t index) {
    Act why;
    why.act = "journal.erase";
    why.who = "uid:1";
    if (auto erased = journal_.erase(index, why); erased) {
      say(fmt::format("erased {}", index));
    } else if (erased.error().code == "journal.stopped") {
      stop(erased.error());
    }
  }

  Journal& journal_;
  const std::string label_;
  const std::uint64_t seed_;
  const std::size_t group_max_;
  std::atomic<bool> stopped_{false};
};

int make(const std::string& folder, const std::string& suite) {
  const auto made = Log::make(folder, *suite_called(suite), "example.org/faults");
  if (!made) say("bad", made.error());
  return made ? 0 : 1;
}

int run(const std::string& folder, const std::string& label, std::uint64_t seed, unsigned threads,
        std::uint64_t acts, std::size_t group_max) {
  auto journal = Journal::open(folder, {.publish_after = std::chrono::milliseconds(seed % 7)});
  if (!journal) {
    say("bad", journal.error());
    return exit_not_opened;
  }
  say(fmt::format("opened {}", (*journal)->size()));
  Work work(**journal, label, seed, group_max);
  std::vector<std::jthread> people;
  for (unsigned thread = 1; thread < threads; ++thread) {
    people.emplace_back([&work, thread, acts] { work.run(thread, acts); });
  }
  work.run(0, acts);
  people.clear();
  if (work.stopped()) return exit_stopped;
  journal->reset();
  say("end");
  return 0;
}

void say_entries(const std::filesystem::path& folder, std::uint64_t from) {
  const auto told = for_each_entry(folder, from, [&](std::uint64_t index, std::string_view entry) {
    std::string state = "plain";
    if (!personal_hash_of_entry(entry).empty()) {
      const auto found = read_entry(folder, index);
      state = !found ? found.error().code : found->erased ? "erased" : "personal";
    }
    say(fmt::format("entry {} {} {}", index, word_of_entry(entry, "subject"), state));
  });
  if (!told) say("bad", told.error());
}

/// As a new start would find it: verified as it lies, opened, verified again.
int check(const std::filesystem::path& folder, std::uint64_t from,
          const std::vector<std::string>& kept) {
  VerifyOptions options;
  for (const auto& one : kept) options.against.push_back(*bytes_of_hex(one));
  const auto verified = [&] {
    const auto report = verify(folder, options);
    if (!report) return say("bad", report.error());
    for (const auto& finding : report->findings) {
      say(fmt::format("bad {} entry {} {}", finding.code,
                      finding.index ? std::to_string(*finding.index) : "-", finding.detail));
    }
  };
  verified();
  {
    auto journal = Journal::open(folder);
    if (!journal) {
      say("bad", journal.error());
      return exit_not_opened;
    }
    say(fmt::format("size {}", (*journal)->size()));
  }
  verified();
  say_entries(folder, from);
  say("end");
  return 0;
}

/// Writes everything a log can have: full and partial tiles of two levels, several checkpoints, an
/// erased part, an archive, a witness, and at the end entries that are in the wal only.
Status prepare_all(const std::filesystem::path& folder, const std::filesystem::path& archive) {
  if (auto made = Log::make(folder, Suite::sha256_ed25519, "example.org/faults"); !made) {
    return made;
  }
  const auto copy = folder.string() + ".copy";
  {
    auto journal = Journal::open(folder);
    if (!journal) return fail(journal.error());
    std::mt19937_64 random(1);
    std::uint64_t number = 0;
    const auto record = [&](std::uint64_t count) -> Status {
      std::vector<Act> acts;
      while (acts.size() < count) {
        acts.push_back(act_called("prepared-" + std::to_string(number++), random));
      }
      if (auto recorded = (*journal)->record(acts); !recorded) return fail(recorded.error());
      return {};
    };
    Act why;
    why.act = "journal.upkeep";
    why.who = "uid:1";
    for (const std::uint64_t count : {300, 200, 1, 30, 2}) {
      if (auto recorded = record(count); !recorded) return recorded;
      if (auto published = (*journal)->publish(); !published) return published;
    }
    if (auto archived = (*journal)->archive(256, archive, why); !archived) return archived;
    const auto witness = PrivateKey::make(Suite::sha256_ed25519);
    const Verifier verifier{"witness.example/w", SignatureType::cosigner, witness.public_key()};
    if (auto added = add_witness(folder, verifier.text()); !added) return added;
    const auto cosigned = cosign(folder / "public", (*journal)->settings().verifier, witness,
                                 verifier.name, folder.string() + ".seen", 1'700'000'000);
    if (!cosigned) return fail(cosigned.error());
    if (auto taken = take_cosigned(folder, *cosigned); !taken) return fail(taken.error());
    auto erased = (*journal)->erase(300, why);
    for (std::uint64_t index = 301; !erased && erased.error().code == "journal.nothing_personal";
         ++index) {
      erased = (*journal)->erase(index, why);
    }
    if (!erased) return erased;
    if (auto recorded = record(3); !recorded) return recorded;
    if (auto recorded = record(1); !recorded) return recorded;
    std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
  }
  std::filesystem::remove_all(folder);
  std::filesystem::rename(copy, folder);  // as a kill would leave it: the end is in the wal only
  return {};
}

std::string first_finding(const std::filesystem::path& folder, const VerifyOptions& options) {
  const auto report = verify(folder, options);
  if (!report) return fmt::format("{} - {}", report.error().code, report.error().detail);
  if (report->sound()) return "sound - ";
  const auto& first = report->findings.front();
  return fmt::format("{} {} {}", first.code, first.index ? std::to_string(*first.index) : "-",
                     first.detail);
}

void flip(const std::filesystem::path& file, std::size_t offset, int bit) {
  const int open_file = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  unsigned char byte = 0;
  const auto at = static_cast<off_t>(offset);
  if (::pread(open_file, &byte, 1, at) != 1) std::_Exit(6);
  byte = static_cast<unsigned char>(byte ^ (1U << bit));
  if (::pwrite(open_file, &byte, 1, at) != 1) std::_Exit(6);
  ::close(open_file);
}

int flips(const std::filesystem::path& folder, const std::filesystem::path& archive,
          std::uint64_t seed, std::size_t per_file) {
  const VerifyOptions options{.archives = {archive}};
  if (const auto found = first_finding(folder, options); !found.starts_with("sound")) {
    say("bad " + found);
    return 1;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& root : {folder, archive}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(root)) {
      if (file.is_regular_file()) files.push_back(file.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::mt19937_64 random(seed);
  for (const auto& file : files) {
    const std::size_t size = std::filesystem::file_size(file);
    // One place in each of as many equal parts: every region has its turn.
    const std::size_t count = std::min(size, per_file);
    for (std::size_t part = 0; part < count; ++part) {
      const std::size_t from = size * part / count;
      const std::size_t offset = from + random() % (size * (part + 1) / count - from);
      const int bit = static_cast<int>(random() % 8);
      flip(file, offset, bit);
      say(fmt::format("flip {} {} {} {}", file.string(), offset, bit,
                      first_finding(folder, options)));
      flip(file, offset, bit);
    }
  }
  say("end");
  return 0;
}

int main_of(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t at) { return std::strtoull(words[at].c_str(), nullptr, 10); };
  if (words.size() >= 2 && words[0] == "make") {
    return make(words[1], words.size() > 2 ? words[2] : "sha256-ed25519");
  }
  if (words.size() >= 6 && words[0] == "run") {
    return run(words[1], words[2], number(3), static_cast<unsigned>(number(4)), number(5),
               words.size() > 6 ? number(6) : 5);
  }
  if (words.size() >= 3 && words[0] == "check") {
    return check(words[1], number(2), {words.begin() + 3, words.end()});
  }
  if (words.size() == 3 && words[0] == "prepare") {
    const auto prepared = prepare_all(words[1], words[2]);
    if (!prepared) say("bad", prepared.error());
    return prepared ? 0 : 1;
  }
  if (words.size() == 5 && words[0] == "flips") {
    return flips(words[1], words[2], number(3), number(4));
  }
  return 2;
}

}  // namespace
}  // namespace anlan::journal

int main(int count, char** words) {
  return anlan::journal::main_of({words + 1, words + count});
}
