#include "detect/model_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/text.hpp"
#include "detect/model_query.hpp"
#include "lake/derived.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"

namespace anlan::detect {
namespace {

/// Interrupts the connection once `stop` is requested, and again until the end of its own life: an
/// interrupt that falls between two statements is lost.
class Interrupter {
 public:
  Interrupter(lake::Connection& connection, std::stop_token stop)
      : watcher_([this, &connection, stop = std::move(stop)](const std::stop_token& end) {
          std::unique_lock lock(mutex_);
          while (!end.stop_requested()) {
            if (stop.stop_requested()) connection.interrupt();
            changed_.wait_for(lock, std::chrono::milliseconds(50),
                              [&] { return end.stop_requested(); });
          }
        }) {}
  ~Interrupter() {
    watcher_.request_stop();
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::jthread watcher_;  // last: it uses the others
};

/// The derived views of the models still to run.
class Views {
 public:
  Views(lake::Connection& connection, const catalog::Catalog& catalog,
        std::span<const ModelJob> jobs)
      : connection_(connection), catalog_(catalog) {
    for (const auto& job : jobs) {
      for (const auto* view : derived_of(catalog, *job.model)) ++readers_[view->name].total;
    }
    for (auto& [name, readers] : readers_) readers.left = readers.total;
  }

  /// Makes what `model` reads and is not there yet: with two readers or more as a table, else as a
  /// view.
  Status make_for(const catalog::Model& model) {
    for (const auto* view : derived_of(catalog_, model)) {
      auto& readers = readers_[view->name];
      if (readers.made) continue;
      if (readers.failure) return fail(*readers.failure);
      if (auto made = create_derived(connection_, *view, readers.total > 1); !made) {
        if (made.error().code != "engine.interrupted") readers.failure = made.error();
        return made;
      }
      readers.made = true;
    }
    return {};
  }

  /// Drops the tables that no later model reads.
  void done_with(const catalog::Model& model) {
    for (const auto* view : derived_of(catalog_, model)) {
      auto& readers = readers_[view->name];
      if (--readers.left > 0 || !readers.made || readers.total < 2) continue;
      // It only frees memory; if it fails, nothing is lost.
      (void)connection_.run("DROP TABLE " + view->name);
    }
  }

 private:
  struct Readers {
    int total = 0;
    int left = 0;
    bool made = false;
    std::optional<Error> failure;
  };
  lake::Connection& connection_;
  const catalog::Catalog& catalog_;
  std::map<std::string, Readers> readers_;
};

DetectionRun run_of(const ModelJob& job) {
  DetectionRun run;
  run.code = job.model->code;
  run.name = job.model->name;
  run.version = job.model->version;
  run.params = job.params;
  return run;
}

Status run_one(lake::Connection& connection, Views& views, const catalog::Catalog& catalog,
               const ModelJob& job, const ModelRunnerOptions& options, DetectionRun& run) {
  if (auto made = views.make_for(*job.model); !made) return made;
  const auto hits = find_hits(connection, catalog, *job.model, job.params, options.as_of);
  if (!hits) return fail(hits.error());
  const auto file = hits_file(options.run_folder, run.code);
  auto written = connection.run(fmt::format("COPY ({}) TO {} (FORMAT parquet)", hits->ordered_sql,
                                            sql_quoted(file.string())));
  if (!written) return written;
  run.hits = hits->hits;
  run.excluded = hits->excluded;
  return connection.run("DROP TABLE anlan_hit");
}

}  // namespace

Result<std::vector<DetectionRun>> run_models(const catalog::Catalog& catalog,
                                             const lake::Snapshot& snapshot,
                                             std::span<const ModelJob> jobs,
                                             const ModelRunnerOptions& options) {
  if (auto made = make_run_folders(options); !made) return fail(made.error());
  lake::EngineOptions engine_options;
  engine_options.threads = options.threads;
  engine_options.memory_bytes = options.memory_bytes;
  engine_options.temp_folder = options.spill_folder;
  engine_options.read_only_folders = {options.run_folder, options.spill_folder};
  std::set<std::string> delivered;
  for (const auto& delivery : snapshot.deliveries) {
    engine_options.read_only_folders.push_back(delivery.folder);
    delivered.insert(delivery.manifest.table);
  }
  auto engine = lake::Engine::open(engine_options);
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  const Interrupter interrupter(*connection, options.stop);
  const auto interrupted = [&] { return options.stop.stop_requested(); };
  if (auto made = lake::create_table_views(*connection, catalog, snapshot); !made) {
    if (interrupted()) return fail(ErrorKind::unavailable, "detect.interrupted");
    return fail(made.error());
  }
  if (auto made = lake::create_compat_macros(*connection); !made) return fail(made.error());

  std::vector<std::vector<std::string>> missing(jobs.size());
  std::vector<ModelJob> runnable;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    for (const auto& table : jobs[i].model->needs) {
      if (!delivered.contains(table)) missing[i].push_back(table);
    }
    if (missing[i].empty()) runnable.push_back(jobs[i]);
  }
  Views views(*connection, catalog, runnable);
  std::vector<DetectionRun> runs;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (options.on_start) options.on_start(i);
    DetectionRun run = run_of(jobs[i]);
    const auto started = std::chrono::steady_clock::now();
    if (!missing[i].empty()) {
      run.state = RunState::not_run;
      run.missing_tables = missing[i];
    } else {
      const auto ran = run_one(*connection, views, catalog, jobs[i], options, run);
      if (interrupted()) return fail(ErrorKind::unavailable, "detect.interrupted");
      if (!ran) {
        run.state = RunState::failed;
        run.error = ran.error();
        std::error_code absent;
        std::filesystem::remove(hits_file(options.run_folder, run.code), absent);
      }
      views.done_with(*jobs[i].model);
    }
    run.ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                 std::chrono::steady_clock::now() - started)
                 .count();
    if (options.on_end) options.on_end(run);
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace anlan::detect
