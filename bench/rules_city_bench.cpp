// All person rules over the dossier files of a workspace, against only summing the columns they
// read: rules_city_bench WORKSPACE [--rounds R] [--threads N] [--only NAME,…] [--cold] [--marginal]
// [--interpret N] [--loop] [--sizes]

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "detect/run.hpp"
#include "dossier/files.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"
#include "rules/check_catalog.hpp"
#include "rules/columnar.hpp"
#include "rules/interpret.hpp"
#include "rules/policy_rows.hpp"

namespace anlan {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string workspace;
  std::size_t rounds = 3;
  std::size_t threads = 1;
  std::vector<std::string> only;
  std::uint32_t block = 0;  ///< rows of a block, if not as RuleSet has it
  bool cold = false;
  bool marginal = false;
  bool loop = false;   ///< judges on and on, for a profiler
  bool sizes = false;  ///< only: rows, GB, median seconds mapped bucket by bucket, peak MB
  std::size_t interpreted = 0;
};

[[noreturn]] void stop(const Error& error) {
  fmt::print(stderr, "{}: {}\n", error.code, error.detail);
  std::exit(1);
}

template <class T>
T got(Result<T> result) {
  if (!result) stop(result.error());
  return std::move(*result);
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Wall clock for a quiet machine, processor seconds of all threads for a busy one.
struct Cost {
  double wall = 0;
  double cpu = 0;
};

Cost cost_of(const std::function<void()>& work) {
  const auto cpu = cpu_seconds();
  const auto start = Clock::now();
  work();
  return {std::chrono::duration<double>(Clock::now() - start).count(), cpu_seconds() - cpu};
}

/// The round with the least processor time: what disturbs only ever adds.
Cost best_of(std::size_t rounds, const std::function<void()>& work) {
  Cost best{1e9, 1e9};
  for (std::size_t r = 0; r < rounds; ++r) {
    const auto one = cost_of(work);
    if (one.cpu < best.cpu) best = one;
  }
  return best;
}

double median_wall_of(std::size_t rounds, const std::function<void()>& work) {
  std::vector<double> walls;
  for (std::size_t r = 0; r < rounds; ++r) walls.push_back(cost_of(work).wall);
  std::sort(walls.begin(), walls.end());
  return walls[walls.size() / 2];
}

/// Of this process so far, mapped files included.
double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e3;
}

using ColumnSet = std::set<std::pair<std::size_t, std::size_t>>;  ///< list, field

ColumnSet columns_read(const rules::CheckedRule& rule) {
  ColumnSet columns;
  for (const auto& node : rule.nodes) {
    if (node.op == rules::Op::field) columns.insert({rule.child(node, 0).type.list, node.field});
  }
  return columns;
}

std::int64_t sum(const dossier::List& list, const dossier::Column& column) {
  std::int64_t total = 0;
  const auto add = [&](auto values) {
    for (const auto value : values) total += value;
  };
  switch (column.type) {
    case catalog::FieldType::month:
    case catalog::FieldType::date:
      add(column.int32(list.rows()));
      break;
    case catalog::FieldType::flag:
      add(column.flags(list.rows()));
      break;
    case catalog::FieldType::text:
      add(column.texts(list.rows()));
      break;
    default:
      add(column.int64(list.rows()));
  }
  return total;
}

class Bench {
 public:
  explicit Bench(Options options)
      : options_(std::move(options)),
        catalog_(got(catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog"))),
        workspace_(got(lake::Workspace::open(std::filesystem::absolute(options_.workspace)))),
        snapshot_(got(lake::current_snapshot(workspace_))),
        kind_(*catalog_.dossier("person")),
        files_(got(dossier::DossierFiles::open(workspace_.folder(), kind_))) {
    for (const auto& rule : catalog_.rules) {
      const auto& only = options_.only;
      if (rule.about != kind_.subject) continue;
      if (!only.empty() && std::find(only.begin(), only.end(), rule.name) == only.end()) continue;
      rules_.push_back(got(rules::check_rule_of(catalog_, rule)));
    }
    auto engine = got(lake::Engine::open({}));
    auto connection = got(engine.connect());
    if (auto made = lake::create_table_views(connection, catalog_, snapshot_); !made)
      stop(made.error());
    policies_ = got(rules::read_policies(connection));
    moment_ = {got(detect::newest_day(catalog_, snapshot_)), &policies_};
  }

  void run();
  void print_sizes() const;

 private:
  void map_all() {
    mapped_.clear();
    for (std::size_t b = 0; b < files_.buckets(); ++b) mapped_.push_back(got(files_.map(b)));
  }
  void drop_from_cache() const;
  void print_lists() const;
  void print_rules(const std::vector<rules::RuleOutcome>& total) const;
  void print_marginal();
  void interpret_some() const;
  /// All outcomes added up, by rule.
  std::vector<rules::RuleOutcome> judge(const rules::RuleSet& set, std::size_t threads,
                                        bool map_anew, bool whole = false) const;
  std::int64_t sum_columns(const ColumnSet& columns, std::size_t threads) const;
  void in_threads(std::size_t threads, const std::function<void(std::size_t bucket)>& work) const;

  Options options_;
  catalog::Catalog catalog_;
  lake::Workspace workspace_;
  lake::Snapshot snapshot_;
  const catalog::DossierKind& kind_;
  dossier::DossierFiles files_;
  std::vector<rules::CheckedRule> rules_;
  rules::PolicyTable policies_;
  rules::Moment moment_;
  std::vector<dossier::MappedBucket> mapped_;
};

void Bench::in_threads(std::size_t threads,
                       const std::function<void(std::size_t bucket)>& work) const {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> workers;
  const auto go = [&] {
    for (auto bucket = next++; bucket < files_.buckets(); bucket = next++) work(bucket);
  };
  for (std::size_t i = 1; i < threads; ++i) workers.emplace_back(go);
  go();
}

std::int64_t Bench::sum_columns(const ColumnSet& columns, std::size_t threads) const {
  std::atomic<std::int64_t> total{0};
  in_threads(threads, [&](std::size_t bucket) {
    for (const auto& [list, field] : columns) {
      const auto& from = mapped_[bucket].bucket().lists[list];
      total += sum(from, from.columns[field]);
    }
  });
  return total;
}

std::vector<rules::RuleOutcome> Bench::judge(const rules::RuleSet& set, std::size_t threads,
                                             bool map_anew, bool whole) const {
  std::vector<rules::RuleOutcome> total(set.rules().size());
  std::mutex one_at_a_time;
  std::vector<std::optional<dossier::MappedBucket>> open(files_.buckets());
  rules::run_buckets(
      set, files_.buckets(), threads, moment_,
      [&](std::size_t bucket) -> const dossier::Bucket& {
        if (!map_anew) return mapped_[bucket].bucket();
        open[bucket] = got(files_.map(bucket, whole));
        return open[bucket]->bucket();
      },
      [&](std::size_t bucket, std::vector<rules::RuleOutcome> outcomes) {
        open[bucket].reset();
        const std::lock_guard lock(one_at_a_time);
        for (std::size_t i = 0; i < total.size(); ++i) {
          total[i].hits.insert(total[i].hits.end(), outcomes[i].hits.begin(),
                               outcomes[i].hits.end());
          total[i].faults += outcomes[i].faults;
          total[i].time += outcomes[i].time;
        }
      });
  return total;
}

void Bench::drop_from_cache() const {
  const auto folder = dossier::files_folder(workspace_.folder(), kind_.subject);
  for (std::size_t b = 0; b < files_.buckets(); ++b) {
    const auto file = open((folder / dossier::bucket_file(b)).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

void Bench::print_lists() const {
  std::uint64_t rows = 0;
  for (const auto& list : files_.manifest().lists) rows += list.rows;
  fmt::print("{} subjects, {} rows in {} buckets, {:.2f} GB; {} rules; as of {}\n",
             files_.manifest().subjects, rows, files_.manifest().buckets,
             static_cast<double>(files_.manifest().bytes) / 1e9, rules_.size(),
             format_date(moment_.as_of));
  for (const auto& list : files_.manifest().lists) {
    if (list.rows * 50 > rows) fmt::print("  {:<18} {:>12} rows\n", list.name, list.rows);
  }
}

void Bench::print_rules(const std::vector<rules::RuleOutcome>& total) const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < total.size(); ++i) order.push_back(i);
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return total[a].time > total[b].time; });
  double all = 0;
  for (const auto& one : total) all += static_cast<double>(one.time.count());
  fmt::print("{:<40}{:>10}{:>8}{:>12}{:>8}\n", "rule, by its own time", "hits", "faults", "ms",
             "share");
  for (const auto i : order) {
    const auto time = static_cast<double>(total[i].time.count());
    fmt::print("{:<40}{:>10}{:>8}{:>12.2f}{:>7.1f}%\n", rules_[i].rule->name, total[i].hits.size(),
               total[i].faults, time / 1e6, time / all * 100);
  }
}

/// What the whole takes less without a rule.
void Bench::print_marginal() {
  const auto time_of = [&](std::span<const rules::CheckedRule> some) {
    const rules::RuleSet set(some);
    return best_of(options_.rounds, [&] { judge(set, 1, false); }).cpu;
  };
  const auto all = time_of(rules_);
  std::vector<double> costs;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    auto others = rules_;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    costs.push_back(all - time_of(others));
  }
  std::sort(costs.begin(), costs.end());
  double total = 0;
  for (const auto cost : costs) total += cost;
  fmt::print(
      "one more rule (all less all but one): mean {:.1f} ms, median {:.1f} ms, dearest {:.1f} ms\n",
      total / static_cast<double>(costs.size()) * 1e3, costs[costs.size() / 2] * 1e3,
      costs.back() * 1e3);
}

void Bench::interpret_some() const {
  const auto& bucket = mapped_.front().bucket();
  const auto subjects = std::min(options_.interpreted, bucket.subjects);
  std::size_t hits = 0;
  const auto cost = cost_of([&] {
    for (const auto& rule : rules_) {
      for (std::size_t s = 0; s < subjects; ++s)
        hits += rules::interpret(rule, {&bucket, s}, moment_).hits.size();
    }
  });
  fmt::print(
      "tree interpreter, {} dossiers: {:.2f} cpu s ({} hits); all would take {:.0f} cpu s\n",
      subjects, cost.cpu, hits,
      cost.cpu / static_cast<double>(subjects) * static_cast<double>(files_.manifest().subjects));
}

/// One line for a table of several sizes; buckets are mapped and let go as `anlan detect` does.
void Bench::print_sizes() const {
  std::uint64_t rows = 0;
  for (const auto& list : files_.manifest().lists) rows += list.rows;
  const rules::RuleSet set(rules_);
  judge(set, options_.threads, true, true);  // brings the files into the page cache
  const auto wall =
      median_wall_of(options_.rounds, [&] { judge(set, options_.threads, true, true); });
  fmt::print("{} {:.2f} {:.4f} {:.0f}\n", rows, static_cast<double>(files_.manifest().bytes) / 1e9,
             wall, peak_mb());
}

void Bench::run() {
  print_lists();
  ColumnSet columns;
  for (const auto& rule : rules_) columns.merge(columns_read(rule));
  rules::BlockSize block;
  if (options_.block > 0) block.rows = options_.block;
  const rules::RuleSet set(rules_, block);
  if (options_.cold) {
    drop_from_cache();
    const auto cost = cost_of([&] { judge(set, options_.threads, true); });
    fmt::print("cold, from disk, {} threads: {:.3f} s ({:.3f} cpu s)\n", options_.threads,
               cost.wall, cost.cpu);
  }
  {
    const auto cost = best_of(options_.rounds, [&] { judge(set, options_.threads, true); });
    fmt::print("from the page cache, mapped anew, {} threads: {:.3f} s ({:.3f} cpu s)\n",
               options_.threads, cost.wall, cost.cpu);
  }
  fmt::print("peak memory {:.0f} MB, with a bucket mapped for each thread\n", peak_mb());
  map_all();
  while (options_.loop) judge(set, options_.threads, false);
  std::int64_t check = 0;
  const auto floor =
      best_of(options_.rounds, [&] { check = sum_columns(columns, options_.threads); });
  std::vector<rules::RuleOutcome> total;
  const auto all = best_of(options_.rounds, [&] { total = judge(set, options_.threads, false); });
  print_rules(total);
  std::size_t hits = 0;
  for (const auto& one : total) hits += one.hits.size();
  fmt::print("sum of the {} columns they read, {} threads: {:.3f} s ({:.3f} cpu s), {}\n",
             columns.size(), options_.threads, floor.wall, floor.cpu, check);
  fmt::print(
      "all {} rules, mapped: {:.3f} s ({:.3f} cpu s), {} hits; {:.1f} times the sum "
      "({:.1f} of cpu)\n",
      rules_.size(), all.wall, all.cpu, hits, all.wall / floor.wall, all.cpu / floor.cpu);
  if (options_.marginal) print_marginal();
  if (options_.interpreted > 0) interpret_some();
  fmt::print("peak memory {:.0f} MB, with all files mapped\n", peak_mb());
}

}  // namespace
}  // namespace anlan

int main(int argc, char** argv) {
  anlan::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] { return std::string(++i < argc ? argv[i] : ""); };
    if (word == "--rounds") {
      options.rounds = std::max(1UL, std::strtoul(next().c_str(), nullptr, 10));
    } else if (word == "--threads") {
      options.threads = std::max(1UL, std::strtoul(next().c_str(), nullptr, 10));
    } else if (word == "--only") {
      const auto names = next();
      for (const auto name : anlan::split(names, ',')) options.only.emplace_back(name);
    } else if (word == "--block") {
      options.block = static_cast<std::uint32_t>(std::strtoul(next().c_str(), nullptr, 10));
    } else if (word == "--cold") {
      options.cold = true;
    } else if (word == "--marginal") {
      options.marginal = true;
    } else if (word == "--interpret") {
      options.interpreted = std::strtoul(next().c_str(), nullptr, 10);
    } else if (word == "--loop") {
      options.loop = true;
    } else if (word == "--sizes") {
      options.sizes = true;
    } else if (options.workspace.empty() && word.front() != '-') {
      options.workspace = word;
    } else {
      fmt::print(stderr,
                 "rules_city_bench WORKSPACE [--rounds R] [--threads N] [--only NAME,…] "
                 "[--cold] [--marginal] [--interpret N] [--loop] [--sizes]\n");
      return 2;
    }
  }
  if (options.workspace.empty()) return 2;
  const bool sizes = options.sizes;
  anlan::Bench bench(std::move(options));
  if (sizes) {
    bench.print_sizes();
  } else {
    bench.run();
  }
  return 0;
}
