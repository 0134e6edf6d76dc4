#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/params.hpp"

namespace anlan::detect {

enum class RunState {
  done,
  not_run,  ///< without a delivery of some table it cannot find anything
  failed,
};

/// What one detection, a model or a rule, did in one run.
struct DetectionRun {
  std::string code;
  std::string name;
  std::string version;
  bool is_rule = false;
  RunState state = RunState::done;
  std::vector<BoundParam> params;
  std::int64_t hits = 0;
  std::int64_t excluded = 0;                ///< hits dropped by exclusions, E6 of models
  std::int64_t ms = 0;                      ///< never part of what must be equal
  std::vector<std::string> missing_tables;  ///< not_run only
  std::optional<Error> error;               ///< failed only

  // Of rules only.
  std::map<std::string, std::int64_t> excluded_by;  ///< code and name of an exclusion → hits
  std::int64_t faults = 0;    ///< rows or dossiers on which it has an error: they give no hit
  std::string fault_subject;  ///< the first of those it has an error on
  std::string fault_words;    ///< what went wrong there: "overflow: payment.amount * 1000"
};

/// `run.json`: what was run over what, so that any lead can be produced again.
struct RunRecord {
  std::string id;  ///< 16 hex digits over snapshot, detections, parameters and day
  std::string snapshot_id;
  std::vector<std::string> deliveries;
  Date as_of;
  std::string catalog_hash;
  std::string engine;  ///< version of the query engine
  std::vector<std::string>
      derived;  ///< the views kept in `derived/`, each reading only earlier ones
  std::vector<std::string> dossiers;     ///< the kinds of dossiers its rules read
  std::vector<DetectionRun> detections;  ///< by code
};

std::string run_json(const RunRecord& record);
/// Reads `<run_folder>/run.json`. Errors: not_found "file.unreadable"; corrupted "runs.damaged".
Result<RunRecord> read_run(const std::filesystem::path& run_folder);

/// Writes the texts of the detections and of the views and dossiers they read below `run_folder`.
Status keep_detections(const std::filesystem::path& run_folder, const RunRecord& record,
                       const catalog::Catalog& catalog);

/// The catalog as the run saw it: detections, views and dossiers from the run's own texts, tables
/// and code lists as they are now. Errors: corrupted "runs.damaged".
Result<catalog::Catalog> kept_catalog(const std::filesystem::path& run_folder,
                                      const RunRecord& record, const catalog::Catalog& present);

/// The hits of one detection in a run.
std::filesystem::path hits_file(const std::filesystem::path& run_folder, const std::string& code);

}  // namespace anlan::detect
