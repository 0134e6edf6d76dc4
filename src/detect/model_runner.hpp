#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/params.hpp"
#include "detect/run_record.hpp"
#include "lake/deliveries.hpp"

namespace anlan::detect {

struct ModelJob {
  const catalog::Model* model;
  std::vector<BoundParam> params;
};

struct RunnerOptions {
  Date as_of;
  unsigned threads = 0;  ///< 0: all cores
  std::uint64_t memory_bytes = 3'000'000'000;
  std::filesystem::path run_folder;    ///< `hits/<code>.parquet` is written below it
  std::filesystem::path spill_folder;  ///< for what does not fit into memory
  std::stop_token stop;
  /// Before each job, with its place in `jobs`; and after it.
  std::function<void(std::size_t job)> on_start;
  std::function<void(const DetectionRun&)> on_end;
};

/// Runs the models one after another over the snapshot, each with all threads, and writes their
/// hits: sorted by subject_id, month, evidence and the other columns, so equal for every thread
/// count. A model that fails is reported and the rest go on; one whose `needs` have no delivery is
/// not run. Views that several of the models read are computed once. The engine can touch only the
/// snapshot's folders, the run folder and the spill folder. Errors: unavailable "engine.open",
/// "detect.interrupted"; those of create_table_views.
Result<std::vector<DetectionRun>> run_models(const catalog::Catalog& catalog,
                                             const lake::Snapshot& snapshot,
                                             std::span<const ModelJob> jobs,
                                             const RunnerOptions& options);

}  // namespace anlan::detect
