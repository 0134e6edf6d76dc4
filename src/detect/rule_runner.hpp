#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/hit.hpp"
#include "detect/params.hpp"
#include "detect/runner.hpp"
#include "lake/deliveries.hpp"
#include "lake/workspace.hpp"

namespace anlan::detect {

struct RuleJob {
  const catalog::Rule* rule;
  std::vector<BoundParam> params;
};

/// How far the rules of one kind of dossier are.
struct RuleProgress {
  const catalog::DossierKind* kind = nullptr;
  std::size_t rules = 0;
  bool building = false;  ///< dossier files are being made; `list` is read, or "" if written
  std::string list;
  std::size_t done = 0;  ///< lists, or buckets judged
  std::size_t total = 0;
};

struct RuleRunnerOptions : RunnerOptions {
  std::function<void(const RuleProgress&)> on_progress;  ///< from any thread, one at a time
};

/// The rules of each kind of dossier over all its dossiers, in one pass; dossier files that are
/// missing or behind the snapshot are made first. Hits are sorted by subject and then in the rule's
/// order, so equal for every thread count. A rule that cannot be checked has failed, one that
/// without some table's delivery cannot find anything is not run; an error on one dossier is
/// counted, and the run goes on. One entry per job, in their order. Errors: those of
/// dossier::open_or_build; unavailable "engine.open", "detect.interrupted".
Result<std::vector<DetectionRun>> run_rules(const lake::Workspace& workspace,
                                            const catalog::Catalog& catalog,
                                            const lake::Snapshot& snapshot,
                                            std::span<const RuleJob> jobs,
                                            const RuleRunnerOptions& options);

/// The same of the one subject of a rule whose hits are wanted again, without dossier files: its
/// dossier is made out of the snapshot. Gives its hits in the rule's order; writes nothing.
Result<std::vector<Hit>> judge_again(const catalog::Catalog& catalog,
                                     const lake::Snapshot& snapshot, const RuleJob& job,
                                     const std::string& subject_id, const RunnerOptions& options);

}  // namespace anlan::detect
