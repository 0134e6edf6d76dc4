#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/params.hpp"
#include "detect/runner.hpp"
#include "lake/deliveries.hpp"

namespace anlan::detect {

struct ModelJob {
  const catalog::Model* model;
  std::vector<BoundParam> params;
};

struct ModelRunnerOptions : RunnerOptions {
  std::function<void(std::size_t job)> on_start;  ///< before each job, with its place in `jobs`
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
                                             const ModelRunnerOptions& options);

}  // namespace anlan::detect
