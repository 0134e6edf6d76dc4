// Building the dossier files of a workspace against DuckDB sorting and writing the same rows as
// Parquet, and finding one dossier: dossier_bench WORKSPACE KIND ROUNDS [IDS]
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "dossier/build.hpp"
#include "dossier/list_query.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"

namespace {

using namespace anlan;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Cost {
  double wall = 0;
  double cpu = 0;
  std::uint64_t bytes = 0;
};

[[noreturn]] void stop(const Error& error) {
  fmt::print(stderr, "{}: {}\n", error.code, error.detail);
  std::exit(1);
}

/// Each list in the order of the files, one Parquet file each.
Cost write_parquet(const lake::Workspace& workspace, const catalog::Catalog& catalog,
                   const lake::Snapshot& snapshot, const catalog::DossierKind& kind,
                   const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  const auto start = Clock::now();
  const double cpu = cpu_seconds();
  lake::EngineOptions options;
  options.temp_folder = folder / "spill";
  options.memory_bytes = workspace.settings().memory_bytes;
  auto engine = lake::Engine::open(options);
  if (!engine) stop(engine.error());
  auto connection = engine->connect();
  if (!connection) stop(connection.error());
  if (auto made = lake::create_table_views(*connection, catalog, snapshot); !made)
    stop(made.error());
  if (auto made = dossier::create_dossier_views(*connection, catalog, kind); !made)
    stop(made.error());
  for (const auto& list : kind.lists) {
    std::string order = "hash(subject) % 128, subject";
    for (const auto& field : list.order) order += ", " + list.fields[*list.find(field)].from;
    if (!list.key_column.empty()) order += ", " + list.key_column;
    const auto sql =
        fmt::format("COPY (SELECT * FROM ({}) ORDER BY {}) TO {} (FORMAT parquet, COMPRESSION lz4)",
                    dossier::list_sql(catalog, kind, list), order,
                    sql_quoted((folder / (list.name + ".parquet")).string()));
    if (auto done = connection->run(sql); !done) stop(done.error());
  }
  Cost cost{seconds_since(start), cpu_seconds() - cpu, 0};
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) cost.bytes += entry.file_size();
  }
  fs::remove_all(folder);
  return cost;
}

Cost build(const lake::Workspace& workspace, const catalog::Catalog& catalog,
           const lake::Snapshot& snapshot, const catalog::DossierKind& kind,
           dossier::FilesManifest& manifest) {
  dossier::BuildOptions options;
  options.memory_bytes = workspace.settings().memory_bytes;
  options.from_scratch = true;
  struct Step {
    std::string name;
    Clock::time_point at;
    double cpu;
  };
  std::vector<Step> steps;
  options.on_step = [&](const std::string& list, std::size_t, std::size_t) {
    steps.push_back({list.empty() ? "writing files" : list, Clock::now(), cpu_seconds()});
  };
  const auto start = Clock::now();
  const double cpu = cpu_seconds();
  const auto report = dossier::build_dossiers(workspace, catalog, snapshot, kind, options);
  if (!report) stop(report.error());
  manifest = report->manifest;
  steps.push_back({"", Clock::now(), cpu_seconds()});
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    const double step = std::chrono::duration<double>(steps[i + 1].at - steps[i].at).count();
    if (step * 50 < seconds_since(start)) continue;
    fmt::print("  {:<18} {:8.2f} s {:8.2f} cpu s\n", steps[i].name, step,
               steps[i + 1].cpu - steps[i].cpu);
  }
  return {seconds_since(start), cpu_seconds() - cpu, manifest.bytes};
}

void print(const char* what, const Cost& cost, std::uint64_t rows) {
  fmt::print("{:<28} {:7.1f} s  {:7.1f} cpu s  {:8.1f} MB  {:5.1f} bytes a row  {:.2f} M rows/s\n",
             what, cost.wall, cost.cpu, static_cast<double>(cost.bytes) / 1e6,
             static_cast<double>(cost.bytes) / static_cast<double>(rows),
             static_cast<double>(rows) / cost.wall / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "dossier_bench WORKSPACE KIND ROUNDS\n");
    return 2;
  }
  const auto catalog = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  if (!catalog) stop(catalog.error());
  const auto workspace = lake::Workspace::open(fs::absolute(argv[1]));
  if (!workspace) stop(workspace.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) stop(snapshot.error());
  const auto* kind = catalog->dossier(argv[2]);
  if (kind == nullptr) stop({ErrorKind::not_found, "dossier.unknown_kind", argv[2]});
  dossier::FilesManifest manifest;
  std::vector<Cost> parquet;
  std::vector<Cost> files;
  for (int round = 0; round < std::atoi(argv[3]); ++round) {
    files.push_back(build(*workspace, *catalog, *snapshot, *kind, manifest));
    parquet.push_back(write_parquet(*workspace, *catalog, *snapshot, *kind,
                                    workspace->exports() / "dossier_bench"));
  }
  const auto median = [](std::vector<Cost>& costs) {
    std::sort(costs.begin(), costs.end(),
              [](const Cost& a, const Cost& b) { return a.wall < b.wall; });
    return costs[costs.size() / 2];
  };
  std::uint64_t rows = 0;
  for (const auto& list : manifest.lists) {
    rows += list.rows;
    if (list.rows * 50 > rows) fmt::print("  {:<18} {:>12} rows\n", list.name, list.rows);
  }
  const auto ours = median(files);
  const auto theirs = median(parquet);
  fmt::print("{} subjects, {} rows, {} buckets\n", manifest.subjects, rows, manifest.buckets);
  print("dossier files", ours, rows);
  print("DuckDB, sorted Parquet (LZ4)", theirs, rows);
  fmt::print("dossier files / Parquet: {:.2f} of the time, {:.2f} of the cpu time\n",
             ours.wall / theirs.wall, ours.cpu / theirs.cpu);

  const auto opened = dossier::DossierFiles::open(workspace->folder(), *kind);
  if (!opened) stop(opened.error());
  auto start = Clock::now();
  if (auto good = opened->verify(); !good) stop(good.error());
  fmt::print("verify every byte: {:.2f} s\n", seconds_since(start));
  std::vector<std::string> ids;
  for (std::size_t b = 0; b < opened->buckets(); ++b) {
    const auto mapped = opened->map(b, false);
    if (!mapped) stop(mapped.error());
    for (std::size_t s = 0; s < mapped->bucket().subjects; s += 997)
      ids.emplace_back(mapped->bucket().id(s));
  }
  start = Clock::now();
  for (const auto& id : ids) {
    if (const auto found = opened->find(id); !found) stop(found.error());
  }
  fmt::print("find one dossier, file opened each time: {:.1f} µs\n",
             seconds_since(start) / static_cast<double>(ids.size()) * 1e6);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory {:.0f} MB\n", static_cast<double>(usage.ru_maxrss) / 1e3);
  return 0;
}
