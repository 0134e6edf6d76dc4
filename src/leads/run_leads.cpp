#include "leads/run_leads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace anlan::leads {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

tl::unexpected<Error> unwritable(const std::filesystem::path& path) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              path.string() + ": " + std::strerror(errno));
}

/// Where a lead's line lies in the file that keeps them in the order of subjects.
struct Line {
  std::string lead_id;
  long offset;
  std::size_t length;
};

/// Copies the lines to `path` in the order of lead ids.
Status copy_sorted(std::FILE* from, std::vector<Line> lines, const std::filesystem::path& path) {
  std::sort(lines.begin(), lines.end(),
            [](const Line& a, const Line& b) { return a.lead_id < b.lead_id; });
  const File to(std::fopen(path.c_str(), "wb"));
  if (!to) return unwritable(path);
  std::string buffer;
  for (const auto& line : lines) {
    buffer.resize(line.length);
    if (std::fseek(from, line.offset, SEEK_SET) != 0 ||
        std::fread(buffer.data(), 1, line.length, from) != line.length ||
        std::fwrite(buffer.data(), 1, line.length, to.get()) != line.length) {
      return unwritable(path);
    }
  }
  if (std::fflush(to.get()) != 0) return unwritable(path);
  return {};
}

std::filesystem::path current_file(const lake::Workspace& workspace) {
  return workspace.runs() / "current.json";
}

}  // namespace

Result<DetectionSummary> write_leads(const std::filesystem::path& run_folder,
                                     const catalog::Detection& detection,
                                     const catalog::Catalog& catalog, const LeadOrigin& origin,
                                     const HitStream& hits) {
  const auto folder = run_folder / "leads";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const auto unsorted = folder / (detection.code + ".unsorted");
  const File aside(std::fopen(unsorted.c_str(), "w+b"));
  if (!aside) return unwritable(unsorted);

  DetectionSummary summary{.code = detection.code};
  std::vector<Line> lines;
  long offset = 0;
  LeadGrouper grouper(detection, catalog, origin, [&](const Lead& lead) -> Status {
    const std::string line = lead_json(lead) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), aside.get()) != line.size())
      return unwritable(unsorted);
    lines.push_back({lead.lead_id, offset, line.size()});
    offset += static_cast<long>(line.size());
    summary.longest_line_bytes = std::max(summary.longest_line_bytes, line.size());
    ++summary.leads;
    summary.hits += static_cast<std::int64_t>(lead.hits.size());
    summary.amount_fen += lead.amount_fen;
    return {};
  });
  if (auto streamed = hits([&](const detect::Hit& hit) { return grouper.add(hit); }); !streamed) {
    return fail(streamed.error());
  }
  if (auto finished = grouper.finish(); !finished) return fail(finished.error());
  if (std::fflush(aside.get()) != 0) return unwritable(unsorted);
  if (auto copied =
          copy_sorted(aside.get(), std::move(lines), folder / (detection.code + ".jsonl"));
      !copied) {
    return fail(copied.error());
  }
  std::filesystem::remove(unsorted, error);
  const nlohmann::ordered_json json = {{"leads", summary.leads},
                                       {"hits", summary.hits},
                                       {"amount_fen", summary.amount_fen},
                                       {"longest_line_bytes", summary.longest_line_bytes}};
  if (auto written = write_file(folder / (detection.code + ".summary.json"), json.dump(2) + "\n");
      !written) {
    return fail(written.error());
  }
  return summary;
}

Result<DetectionSummary> read_summary(const lake::Workspace& workspace, const std::string& run_id,
                                      const std::string& code) {
  const auto file = workspace.runs() / run_id / "leads" / (code + ".summary.json");
  const auto text = read_file(file);
  if (!text) return fail(ErrorKind::corrupted, "runs.damaged", text.error().detail);
  try {
    const auto json = nlohmann::json::parse(*text);
    return DetectionSummary{.code = code,
                            .leads = json.at("leads").get<std::int64_t>(),
                            .hits = json.at("hits").get<std::int64_t>(),
                            .amount_fen = json.at("amount_fen").get<std::int64_t>(),
                            .longest_line_bytes = json.at("longest_line_bytes").get<std::size_t>()};
  } catch (const nlohmann::json::exception& problem) {
    return fail(ErrorKind::corrupted, "runs.damaged", file.string() + ": " + problem.what());
  }
}

std::filesystem::path leads_file(const lake::Workspace& workspace, const std::string& run_id,
                                 const std::string& code) {
  return workspace.runs() / run_id / "leads" / (code + ".jsonl");
}

Result<std::map<std::string, CurrentRun>> current_runs(const lake::Workspace& workspace) {
  std::map<std::string, CurrentRun> runs;
  const auto file = current_file(workspace);
  if (!std::filesystem::exists(file)) return runs;
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  try {
    const auto json = nlohmann::json::parse(*text);  // outlives items(), which only looks at it
    for (const auto& [code, run] : json.items()) {
      runs[code] = {run.at("run").get<std::string>(), run.at("previous").get<std::string>()};
    }
  } catch (const nlohmann::json::exception& problem) {
    return fail(ErrorKind::corrupted, "runs.current", file.string() + ": " + problem.what());
  }
  return runs;
}

Status make_current(const lake::Workspace& workspace, const std::string& run_id,
                    const std::vector<std::string>& codes) {
  auto runs = current_runs(workspace);
  if (!runs) return fail(runs.error());
  for (const auto& code : codes) {
    auto& run = (*runs)[code];
    if (run.run_id == run_id) continue;
    run = {run_id, run.run_id};
  }
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [code, run] : *runs)
    json[code] = {{"run", run.run_id}, {"previous", run.previous}};
  return write_file(current_file(workspace), json.dump(2) + "\n");
}

}  // namespace anlan::leads
