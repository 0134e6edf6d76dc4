#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/hit.hpp"
#include "lake/workspace.hpp"
#include "leads/group.hpp"

namespace anlan::leads {

/// Streams the hits of one detection, ordered by subject, to `take`.
using HitStream = std::function<Status(const std::function<Status(const detect::Hit&)>& take)>;

/// What one detection's leads add up to in one run.
struct DetectionSummary {
  std::string code;
  std::int64_t leads = 0;
  std::int64_t hits = 0;
  std::int64_t amount_fen = 0;  ///< each person's money of a scheme, item and month once
  std::size_t longest_line_bytes = 0;
};

/// Writes `<run_folder>/leads/<code>.jsonl`, the leads of one detection sorted by lead_id, and
/// `<code>.summary.json`. Memory: about 40 bytes a lead, and the hits of one subject. Errors: of
/// the stream; "file.unwritable".
Result<DetectionSummary> write_leads(const std::filesystem::path& run_folder,
                                     const catalog::Detection& detection,
                                     const catalog::Catalog& catalog, const LeadOrigin& origin,
                                     const HitStream& hits);

/// What write_leads counted, from its file beside the leads. Errors: corrupted "runs.damaged".
Result<DetectionSummary> read_summary(const lake::Workspace& workspace, const std::string& run_id,
                                      const std::string& code);

/// Which run speaks for a detection now, and which did before it.
struct CurrentRun {
  std::string run_id;
  std::string previous;  ///< "" if none
};

/// By detection code. Empty before the first run. Errors: corrupted "runs.current".
Result<std::map<std::string, CurrentRun>> current_runs(const lake::Workspace& workspace);

/// Makes `run_id` the current run of these detections; a run that is current already stays with its
/// previous one.
Status make_current(const lake::Workspace& workspace, const std::string& run_id,
                    const std::vector<std::string>& codes);

/// File of a detection's leads in a run.
std::filesystem::path leads_file(const lake::Workspace& workspace, const std::string& run_id,
                                 const std::string& code);

}  // namespace anlan::leads
