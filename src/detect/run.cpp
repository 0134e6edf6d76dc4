#include "detect/run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <set>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "catalog/near_name.hpp"
#include "detect/model_query.hpp"
#include "dossier/list_query.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"

namespace anlan::detect {
namespace {

/// Part of every run id: a run made by another layout of files is another run.
constexpr const char* layout = "2";

struct MonthColumn {
  const char* table;
  const char* column;
};
constexpr MonthColumn month_columns[] = {
    {"benefit_payment", "settle_month"}, {"benefit_payment", "benefit_month"},
    {"contrib_person", "settle_month"},  {"contrib_person", "due_month"},
    {"contrib_unit", "settle_month"},    {"contrib_unit", "due_month"},
};

tl::unexpected<Error> unwritable(const std::filesystem::path& path, const std::string& cause) {
  return fail(ErrorKind::unavailable, "file.unwritable", path.string() + ": " + cause);
}

/// Puts the finished folder in the place of an older run with the same id, which goes away.
Status replace_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (!std::filesystem::exists(to)) return commit_folder(from, to);
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from, error)) {
    if (auto synced = sync_path(entry.path()); !synced) return synced;
  }
  if (error) return unwritable(from, error.message());
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) != 0) {
    return unwritable(to, std::strerror(errno));
  }
  std::filesystem::remove_all(from, error);
  return sync_path(to.parent_path());
}

/// Takes the staging folder away at the end, however it comes.
struct Sweeper {
  std::filesystem::path folder;
  ~Sweeper() {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
  }
};

}  // namespace

Result<Date> newest_day(const catalog::Catalog& catalog, const lake::Snapshot& snapshot) {
  lake::EngineOptions options;
  auto engine = lake::Engine::open(options);
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  if (auto made = lake::create_table_views(*connection, catalog, snapshot); !made)
    return fail(made.error());
  std::int64_t newest = 0;
  for (const auto& [table, column] : month_columns) {
    const auto* known = catalog.table(table);
    if (known == nullptr || !known->find(column)) continue;
    const auto month = connection->query_int(
        fmt::format("SELECT max(m) FROM (SELECT m, n, max(n) OVER () AS most FROM (SELECT {0} AS "
                    "m, count(*) AS n FROM {1} "
                    "WHERE {0} IS NOT NULL GROUP BY {0})) WHERE n * 1000 >= most",
                    column, table));
    if (!month) return fail(month.error());
    newest = std::max(newest, *month);
  }
  if (newest == 0) {
    return fail(ErrorKind::invalid_input, "detect.as_of",
                "no payment or contribution is there to tell the newest month");
  }
  return last_day(Month{static_cast<std::int32_t>(newest)});
}

Result<Jobs> jobs_of(const catalog::Catalog& catalog, const std::vector<std::string>& only,
                     const std::map<std::string, std::string>& settings) {
  if (auto good = check_settings(catalog, settings); !good) return fail(good.error());
  std::set<const catalog::Detection*> wanted;
  for (const auto& name : only) {
    const auto* detection = catalog.detection(name);
    if (detection == nullptr) {
      return fail(ErrorKind::not_found, "detection.unknown",
                  name + catalog::did_you_mean(name, catalog.detection_names()));
    }
    wanted.insert(detection);
  }
  Jobs jobs;
  const auto add = [&](const auto& detection, auto& to) -> Status {
    if (!only.empty() && !wanted.contains(&detection)) return {};
    auto params = bind_params(detection, overrides_of(detection, settings));
    if (!params) return fail(params.error());
    to.push_back({&detection, std::move(*params)});
    return {};
  };
  for (const auto& model : catalog.models) {
    if (auto added = add(model, jobs.models); !added) return fail(added.error());
  }
  for (const auto& rule : catalog.rules) {
    if (auto added = add(rule, jobs.rules); !added) return fail(added.error());
  }
  return jobs;
}

std::string run_id(const lake::Snapshot& snapshot, const Jobs& jobs, Date as_of) {
  std::string text =
      fmt::format("layout {}\nsnapshot {}\nas_of {}\n", layout, snapshot.id, format_date(as_of));
  const auto add = [&](const char* kind, const catalog::Detection& detection,
                       std::span<const BoundParam> params) {
    text += fmt::format("{} {} {}\n", kind, detection.code, detection.version);
    for (const auto& param : params) text += fmt::format("param {}={}\n", param.name, param.value);
  };
  for (const auto& job : jobs.models) add("model", *job.model, job.params);
  for (const auto& job : jobs.rules) add("rule", *job.rule, job.params);
  return sha256_hex(text).substr(0, 16);
}

namespace {

/// What of the catalog the run reads besides its detections, so that it can be kept.
void note_reads(const catalog::Catalog& catalog, const Jobs& jobs, RunRecord& record) {
  std::set<std::string> views;
  for (const auto& job : jobs.models) {
    for (const auto* view : derived_of(catalog, *job.model)) views.insert(view->name);
  }
  std::set<std::string> kinds;
  for (const auto& job : jobs.rules) kinds.insert(job.rule->about);
  for (const auto& kind : catalog.dossiers) {
    if (!kinds.contains(kind.subject)) continue;
    record.dossiers.push_back(kind.subject);
    for (const auto* view : dossier::views_of(catalog, kind)) views.insert(view->name);
  }
  for (const auto& view : catalog.derived) {
    if (views.contains(view.name)) record.derived.push_back(view.name);
  }
}

Result<std::vector<DetectionRun>> run_jobs(const lake::Workspace& workspace,
                                           const catalog::Catalog& catalog,
                                           const lake::Snapshot& snapshot, const Jobs& jobs,
                                           const RunOptions& options,
                                           const std::filesystem::path& run_folder,
                                           const std::filesystem::path& spill_folder) {
  RunnerOptions common;
  common.as_of = options.as_of;
  common.threads = options.threads > 0 ? options.threads : workspace.settings().threads;
  common.memory_bytes = workspace.settings().memory_bytes;
  common.run_folder = run_folder;
  common.spill_folder = spill_folder;
  common.stop = options.stop;
  common.on_end = options.on_end;
  std::vector<DetectionRun> all;
  if (!jobs.models.empty()) {
    auto runs = run_models(catalog, snapshot, jobs.models, {common, options.on_model});
    if (!runs) return fail(runs.error());
    all = std::move(*runs);
  }
  if (!jobs.rules.empty()) {
    auto runs = run_rules(workspace, catalog, snapshot, jobs.rules, {common, options.on_rules});
    if (!runs) return fail(runs.error());
    std::move(runs->begin(), runs->end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(),
            [](const DetectionRun& a, const DetectionRun& b) { return a.code < b.code; });
  return all;
}

}  // namespace

Result<FinishedRun> run_detections(const lake::Workspace& workspace,
                                   const catalog::Catalog& catalog, const lake::Snapshot& snapshot,
                                   const Jobs& jobs, const RunOptions& options) {
  FinishedRun run;
  RunRecord& record = run.record;
  record.id = run_id(snapshot, jobs, options.as_of);
  run.folder = workspace.runs() / record.id;
  if (std::filesystem::exists(run.folder) && !options.again) {
    auto there = read_run(run.folder);
    const auto failed = [](const DetectionRun& one) { return one.state == RunState::failed; };
    if (there && std::none_of(there->detections.begin(), there->detections.end(), failed)) {
      record = std::move(*there);
      run.was_there = true;
      return run;
    }
  }
  record.snapshot_id = snapshot.id;
  for (const auto& delivery : snapshot.deliveries)
    record.deliveries.push_back(delivery.manifest.id);
  record.as_of = options.as_of;
  record.catalog_hash = catalog.hash;
  record.engine = lake::Engine::version();
  note_reads(catalog, jobs, record);

  const auto staging = workspace.runs() / ".staging";
  const Sweeper sweeper{staging};
  const auto made = staging / record.id;
  auto runs = run_jobs(workspace, catalog, snapshot, jobs, options, made, staging / "spill");
  if (!runs) return fail(runs.error());
  record.detections = std::move(*runs);
  if (auto kept = keep_detections(made, record, catalog); !kept) return fail(kept.error());
  if (options.finish) {
    if (auto finished = options.finish(record, made); !finished) return fail(finished.error());
  }
  if (auto written = write_file(made / "run.json", run_json(record)); !written) {
    return fail(written.error());
  }
  if (options.stop.stop_requested()) return fail(ErrorKind::unavailable, "detect.interrupted");
  if (auto placed = replace_folder(made, run.folder); !placed) return fail(placed.error());
  return run;
}

}  // namespace anlan::detect
