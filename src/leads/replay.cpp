#include "leads/replay.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "detect/hit_reader.hpp"
#include "detect/model_runner.hpp"
#include "detect/rule_runner.hpp"
#include "detect/run_record.hpp"
#include "lake/deliveries.hpp"
#include "leads/group.hpp"
#include "leads/run_leads.hpp"

namespace anlan::leads {
namespace {

/// The line of a lead in a run's file. Errors: not_found "lead.not_found"; corrupted
/// "runs.damaged".
Result<std::string> kept_line(const std::filesystem::path& file, const std::string& lead_id) {
  std::ifstream in(file);
  if (!in) return fail(ErrorKind::corrupted, "runs.damaged", file.string());
  const std::string beginning = "{\"lead_id\":\"" + lead_id + "\"";
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(beginning)) return line;
  }
  return fail(ErrorKind::not_found, "lead.not_found", lead_id);
}

/// Removes the staging folder when the replay is over, however it ends.
struct Staging {
  std::filesystem::path folder;
  explicit Staging(std::filesystem::path path) : folder(std::move(path)) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
  }
};

std::string subject_of(const std::string& line) {
  return nlohmann::json::parse(line).at("subject_id");
}

/// Gives the hits that the model of `run` has on the snapshot to `grouper`.
Status run_again(const catalog::Catalog& catalog, const detect::DetectionRun& run,
                 const lake::Snapshot& snapshot, const detect::RunnerOptions& options,
                 LeadGrouper& grouper) {
  const detect::ModelJob job{catalog.model(run.code), run.params};
  const auto runs = detect::run_models(catalog, snapshot, {&job, 1}, {options, {}});
  if (!runs) return fail(runs.error());
  const auto& again = runs->front();
  if (again.state == detect::RunState::failed) return fail(*again.error);
  if (again.state == detect::RunState::not_run) return {};
  return detect::read_hits(detect::hits_file(options.run_folder, run.code), catalog,
                           [&](const detect::Hit& hit) { return grouper.add(hit); });
}

/// The same for a rule, which looks at the lead's subject alone.
Status judge_again(const catalog::Catalog& catalog, const detect::DetectionRun& run,
                   const lake::Snapshot& snapshot, const detect::RunnerOptions& options,
                   const std::string& subject_id, LeadGrouper& grouper) {
  const detect::RuleJob job{catalog.rule(run.code), run.params};
  const auto hits = detect::judge_again(catalog, snapshot, job, subject_id, options);
  if (!hits) return fail(hits.error());
  for (const auto& hit : *hits) {
    if (auto added = grouper.add(hit); !added) return added;
  }
  return {};
}

}  // namespace

Result<Replayed> replay(const lake::Workspace& workspace, const catalog::Catalog& present,
                        const std::string& lead_id) {
  const auto runs = current_runs(workspace);
  if (!runs) return fail(runs.error());
  const auto code = lead_id.substr(0, lead_id.rfind('-'));
  const auto current = runs->find(code);
  if (current == runs->end()) return fail(ErrorKind::not_found, "lead.not_found", lead_id);
  Replayed replayed;
  const auto then = kept_line(leads_file(workspace, current->second.run_id, code), lead_id);
  if (!then) return fail(then.error());
  replayed.then = *then;

  const auto run_folder = workspace.runs() / current->second.run_id;
  const auto record = detect::read_run(run_folder);
  if (!record) return fail(record.error());
  const auto catalog = detect::kept_catalog(run_folder, *record, present);
  if (!catalog) return fail(catalog.error());
  const auto* detection = catalog->detection(code);
  const auto run = std::find_if(record->detections.begin(), record->detections.end(),
                                [&](const detect::DetectionRun& one) { return one.code == code; });
  if (detection == nullptr || run == record->detections.end()) {
    return fail(ErrorKind::corrupted, "runs.damaged",
                run_folder.string() + ": no detection " + code);
  }
  const auto snapshot = lake::snapshot_of(workspace, record->deliveries);
  if (!snapshot) return fail(snapshot.error());

  LeadOrigin origin{record->id, record->snapshot_id, format_date(record->as_of), {}};
  for (const auto& param : run->params) origin.params[param.name] = param.value;
  // The version is the one of then; the texts it is the hash of are the ones just run.
  LeadGrouper grouper(*detection, *catalog, std::move(origin), [&](const Lead& lead) -> Status {
    if (lead.lead_id == lead_id) replayed.now = lead_json(lead);
    return {};
  });
  const Staging staging(workspace.runs() / ".staging" / "replay");
  detect::RunnerOptions options;
  options.as_of = record->as_of;
  options.threads = workspace.settings().threads;
  options.memory_bytes = workspace.settings().memory_bytes;
  options.run_folder = staging.folder / "run";
  options.spill_folder = staging.folder / "spill";
  const auto again =
      run->is_rule ? judge_again(*catalog, *run, *snapshot, options, subject_of(*then), grouper)
                   : run_again(*catalog, *run, *snapshot, options, grouper);
  if (!again) return fail(again.error());
  if (auto finished = grouper.finish(); !finished) return fail(finished.error());
  return replayed;
}

}  // namespace anlan::leads
