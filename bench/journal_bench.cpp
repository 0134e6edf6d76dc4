// The journal against the disk's own sync rate, measured in turn: journal_bench FOLDER [ENTRIES]

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "journal/journal.hpp"
#include "journal/keys.hpp"
#include "journal/note.hpp"
#include "journal/proof.hpp"
#include "journal/verify.hpp"

namespace anlan::journal {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void stop(const Error& error) {
  fmt::print(stderr, "{}: {}\n", error.code, error.detail);
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result) stop(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// An act whose committed entry has about 300 bytes.
Act act_of_300_bytes(std::uint64_t number) {
  Act act;
  act.act = "approval.recorded";
  act.who = "account:4711";
  act.post = "checker";
  act.subject = fmt::format("payment:{:012}", number);
  act.refs = {{"change", std::string(64, 'c')}, {"chain", "pension.first_payment"}};
  act.counts = {{"amount_fen", 312'050}, {"step", 2}};
  return act;
}

std::unique_ptr<Journal> fresh(const std::filesystem::path& folder, Suite suite,
                               std::chrono::milliseconds publish_after) {
  std::filesystem::remove_all(folder);
  must(Log::make(folder, suite, "bench.example/log"));
  return must(Journal::open(folder, {.publish_after = publish_after}));
}

/// Syncs a second of a file that grows by `bytes` before each.
double sync_rate(const std::filesystem::path& file, std::size_t bytes, double seconds) {
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string record(bytes, 'r');
  int syncs = 0;
  const auto start = Clock::now();
  for (; seconds_since(start) < seconds; ++syncs) {
    if (::write(out, record.data(), record.size()) < 0 || ::fdatasync(out) != 0) std::abort();
  }
  const double taken = seconds_since(start);
  ::close(out);
  std::filesystem::remove(file);
  return syncs / taken;
}

double single_rate(Journal& journal, double seconds) {
  const auto act = act_of_300_bytes(1);
  int acts = 0;
  const auto start = Clock::now();
  for (; seconds_since(start) < seconds; ++acts) must(journal.record(act));
  return acts / seconds_since(start);
}

void singles_and_syncs(const std::filesystem::path& folder) {
  const auto journal =
      fresh(folder / "single", Suite::sha256_ed25519, std::chrono::milliseconds(0));
  std::vector<double> syncs, singles, ratios;
  for (int turn = 0; turn < 7; ++turn) {
    syncs.push_back(sync_rate(folder / "syncs", 340, 0.4));
    singles.push_back(single_rate(*journal, 0.4));
    ratios.push_back(singles.back() / syncs.back());
  }
  fmt::print("disk: write of 340 bytes and fdatasync, one after the other   {:>10.0f} /s\n",
             median(syncs));
  fmt::print(
      "acts one after the other, each durable before the next        {:>10.0f} /s   {:.0f} % of "
      "the disk's syncs\n",
      median(singles), 100 * median(ratios));
}

/// Of all threads of this program, which a busy machine changes less than the time on the wall.
double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Grouped {
  double durable = 0;           ///< entries a second until all were acknowledged
  double cpu_microseconds = 0;  ///< of an entry, tree and all
  double with_tree = 0;         ///< until all were under a checkpoint too
};

Grouped grouped_rate(const std::filesystem::path& folder, Suite suite, unsigned threads,
                     std::size_t batch, std::uint64_t entries) {
  const auto journal = fresh(folder, suite, std::chrono::milliseconds(100));
  std::vector<Act> acts;
  for (std::size_t i = 0; i < batch; ++i) acts.push_back(act_of_300_bytes(i));
  const std::uint64_t calls = entries / threads / batch;
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  {
    std::vector<std::jthread> writers;
    for (unsigned writer = 0; writer < threads; ++writer) {
      writers.emplace_back([&] {
        for (std::uint64_t call = 0; call < calls; ++call) must(journal->record(acts));
      });
    }
  }
  const double durable = seconds_since(start);
  must(journal->publish());
  const double with_tree = seconds_since(start);
  const auto all = static_cast<double>(calls * threads * batch);
  return {all / durable, (cpu_seconds() - cpu) * 1e6 / all, all / with_tree};
}

void print_grouped(const std::filesystem::path& folder, Suite suite, unsigned threads,
                   std::size_t batch, std::uint64_t entries) {
  std::vector<double> durable, with_tree, cpu;
  for (int turn = 0; turn < 3; ++turn) {
    const auto rate = grouped_rate(folder / "grouped", suite, threads, batch, entries);
    durable.push_back(rate.durable);
    with_tree.push_back(rate.with_tree);
    cpu.push_back(rate.cpu_microseconds);
  }
  fmt::print(
      "{:<14} {:>4} threads, {:>4} acts a call: durable {:>10.0f} /s, tree and checkpoint too "
      "{:>10.0f} /s, {:.1f} us of CPU each\n",
      suite_name(suite), threads, batch, median(durable), median(with_tree), median(cpu));
}

void verifying(const std::filesystem::path& folder, std::uint64_t entries) {
  {
    const auto journal =
        fresh(folder / "large", Suite::sha256_ed25519, std::chrono::milliseconds(100));
    std::vector<Act> acts;
    for (std::uint64_t number = 0; number < entries;) {
      acts.clear();
      for (; acts.size() < 5000 && number < entries; ++number)
        acts.push_back(act_of_300_bytes(number));
      must(journal->record(acts));
    }
  }
  const auto start = Clock::now();
  const auto report = must(verify(folder / "large"));
  const double taken = seconds_since(start);
  if (!report.sound() || report.entries != entries) std::abort();
  fmt::print("verify {} entries, {} checkpoints: {:.2f} s, {:.0f} entries/s\n", entries,
             report.checkpoints, taken, static_cast<double>(entries) / taken);
  std::mt19937_64 random(1);
  std::vector<double> microseconds;
  for (int i = 0; i < 5000; ++i) {
    const auto begun = Clock::now();
    must(prove(folder / "large", random() % entries));
    microseconds.push_back(seconds_since(begun) * 1e6);
  }
  std::sort(microseconds.begin(), microseconds.end());
  fmt::print("inclusion proof of any of them, from the files: p50 {:.0f} us, p99 {:.0f} us\n",
             microseconds[2500], microseconds[4950]);
}

template <class Do>
double microseconds_each(int times, const Do& act) {
  const auto start = Clock::now();
  for (int i = 0; i < times; ++i) act();
  return seconds_since(start) * 1e6 / times;
}

void cryptography() {
  const std::string entry(300, 'e');
  for (const auto suite : {Suite::sha256_ed25519, Suite::sm3_sm2}) {
    const auto key = PrivateKey::make(suite);
    const Hash hash = leaf_hash(suite, entry);
    const std::string text = Checkpoint{"bench.example/log", 1'000'000, hash}.text();
    const auto signature = key.sign(text);
    fmt::print(
        "{:<14} leaf of 300 bytes {:.2f} us, node {:.2f} us; checkpoint signed {:.0f} us, verified "
        "{:.0f} us\n",
        suite_name(suite), microseconds_each(200'000, [&] { (void)leaf_hash(suite, entry); }),
        microseconds_each(200'000, [&] { (void)node_hash(suite, hash, hash); }),
        microseconds_each(2000, [&] { (void)sign_note(key, "bench.example/log", text); }),
        microseconds_each(2000, [&] { (void)key.public_key().verifies(text, signature); }));
  }
}

}  // namespace
}  // namespace anlan::journal

int main(int count, char** words) {
  using namespace anlan::journal;
  if (count < 2) return 2;
  const std::filesystem::path folder = words[1];
  const std::uint64_t entries = count > 2 ? std::strtoull(words[2], nullptr, 10) : 1'000'000;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  fmt::print("entries of {} bytes; {} for the grouped runs and verify\n",
             prepare(Suite::sha256_ed25519, act_of_300_bytes(1))->entry(now, now).size(), entries);
  singles_and_syncs(folder);
  print_grouped(folder, Suite::sha256_ed25519, 2, 1000, entries);
  print_grouped(folder, Suite::sha256_ed25519, 16, 64, entries);
  print_grouped(folder, Suite::sha256_ed25519, 256, 1, entries / 4);
  print_grouped(folder, Suite::sm3_sm2, 2, 1000, entries);
  verifying(folder, entries);
  cryptography();
}
