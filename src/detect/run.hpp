#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/model_runner.hpp"
#include "detect/rule_runner.hpp"
#include "detect/run_record.hpp"
#include "lake/deliveries.hpp"
#include "lake/workspace.hpp"

namespace anlan::detect {

/// The last day of the newest month of payments and contributions in the snapshot; months with
/// fewer than a thousandth of the rows of the fullest month are taken for typing errors. Errors:
/// invalid_input "detect.as_of" if there is none.
Result<Date> newest_day(const catalog::Catalog& catalog, const lake::Snapshot& snapshot);

/// What one run is to do.
struct Jobs {
  std::vector<ModelJob> models;  ///< by code
  std::vector<RuleJob> rules;    ///< by code

  std::size_t size() const { return models.size() + rules.size(); }
};

/// The detections with the values this workspace gives their parameters.
/// Errors: as check_settings; not_found "detection.unknown" naming the nearest name.
Result<Jobs> jobs_of(const catalog::Catalog& catalog, const std::vector<std::string>& only,
                     const std::map<std::string, std::string>& settings);

/// 16 hex digits: equal for equal snapshot, versions, parameters and day.
std::string run_id(const lake::Snapshot& snapshot, const Jobs& jobs, Date as_of);

struct RunOptions {
  Date as_of;
  unsigned threads = 0;
  bool again = false;  ///< also if a run with the same id is there without a failed detection
  std::stop_token stop;
  std::function<void(std::size_t model)> on_model;    ///< before each of Jobs::models
  std::function<void(const RuleProgress&)> on_rules;  ///< after the models
  std::function<void(const DetectionRun&)> on_end;
  /// Adds to the run's folder what is made of the hits, before the run becomes visible.
  std::function<Status(const RunRecord&, const std::filesystem::path& run_folder)> finish;
};

struct FinishedRun {
  RunRecord record;
  std::filesystem::path folder;
  bool was_there = false;  ///< nothing was done: an equal run is there already
};

/// Runs `jobs` over `snapshot` and puts the run's folder, `runs/<id>/`, into the workspace in one
/// step: `run.json`, `hits/<code>.parquet`, `detections/<name>/`, `derived/`, `dossiers/`, and what
/// `finish`
/// adds. The caller holds the writing lock. Errors: those of run_models, run_rules and `finish`;
/// unavailable "file.unwritable".
Result<FinishedRun> run_detections(const lake::Workspace& workspace,
                                   const catalog::Catalog& catalog, const lake::Snapshot& snapshot,
                                   const Jobs& jobs, const RunOptions& options);

}  // namespace anlan::detect
