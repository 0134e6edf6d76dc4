#include "detect/run_record.hpp"

#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace anlan::detect {
namespace {

using nlohmann::ordered_json;

// In the order of RunState, ParamType and ErrorKind.
constexpr const char* state_names[] = {"done", "not_run", "failed"};
constexpr const char* type_names[] = {"int", "fen", "ratio", "text", "date", "month"};
constexpr const char* kind_names[] = {"invalid_input", "forbidden",   "not_found",
                                      "conflict",      "unavailable", "corrupted"};

template <class Enum, std::size_t n>
Enum from_name(const char* const (&names)[n], const std::string& name) {
  for (std::size_t i = 0; i < n; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
  }
  throw std::invalid_argument("unknown word " + name);
}

ordered_json detection_json(const DetectionRun& run) {
  ordered_json params = ordered_json::array();
  for (const auto& param : run.params) {
    params.push_back({{"name", param.name},
                      {"type", type_names[static_cast<int>(param.type)]},
                      {"value", param.value},
                      {"overridden", param.overridden}});
  }
  ordered_json out = {{"code", run.code},
                      {"name", run.name},
                      {"kind", run.is_rule ? "rule" : "model"},
                      {"version", run.version},
                      {"state", state_names[static_cast<int>(run.state)]},
                      {"params", std::move(params)},
                      {"hits", run.hits},
                      {"excluded", run.excluded},
                      {"ms", run.ms}};
  if (run.is_rule) {
    if (!run.excluded_by.empty()) out["excluded_by"] = run.excluded_by;
    out["faults"] = run.faults;
    if (run.faults > 0) {
      out["fault_example"] = {{"subject_id", run.fault_subject}, {"error", run.fault_words}};
    }
  }
  if (!run.missing_tables.empty()) out["missing_tables"] = run.missing_tables;
  if (run.error) {
    out["error"] = {{"kind", kind_names[static_cast<int>(run.error->kind)]},
                    {"code", run.error->code},
                    {"detail", run.error->detail}};
  }
  return out;
}

DetectionRun detection_from(const ordered_json& json) {
  DetectionRun run;
  run.code = json.at("code");
  run.name = json.at("name");
  run.version = json.at("version");
  run.is_rule = json.at("kind") == "rule";
  run.state = from_name<RunState>(state_names, json.at("state"));
  for (const auto& param : json.at("params")) {
    run.params.push_back({param.at("name"),
                          from_name<catalog::ParamType>(type_names, param.at("type")),
                          param.at("value"), param.at("overridden")});
  }
  run.hits = json.at("hits");
  run.excluded = json.at("excluded");
  run.ms = json.at("ms");
  if (run.is_rule) {
    if (json.contains("excluded_by")) run.excluded_by = json.at("excluded_by");
    run.faults = json.at("faults");
    if (run.faults > 0) {
      run.fault_subject = json.at("fault_example").at("subject_id");
      run.fault_words = json.at("fault_example").at("error");
    }
  }
  if (json.contains("missing_tables")) run.missing_tables = json.at("missing_tables");
  if (json.contains("error")) {
    const auto& error = json.at("error");
    run.error = Error{from_name<ErrorKind>(kind_names, error.at("kind")), error.at("code"),
                      error.at("detail")};
  }
  return run;
}

tl::unexpected<Error> damaged(std::string detail) {
  return fail(ErrorKind::corrupted, "runs.damaged", std::move(detail));
}

}  // namespace

std::string run_json(const RunRecord& record) {
  ordered_json detections = ordered_json::array();
  for (const auto& run : record.detections) detections.push_back(detection_json(run));
  const ordered_json json = {{"id", record.id},
                             {"snapshot_id", record.snapshot_id},
                             {"deliveries", record.deliveries},
                             {"as_of", format_date(record.as_of)},
                             {"catalog_hash", record.catalog_hash},
                             {"engine", record.engine},
                             {"derived", record.derived},
                             {"dossiers", record.dossiers},
                             {"detections", std::move(detections)}};
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<RunRecord> read_run(const std::filesystem::path& run_folder) {
  const auto file = run_folder / "run.json";
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  RunRecord record;
  try {
    const auto json = ordered_json::parse(*text);
    record.id = json.at("id");
    record.snapshot_id = json.at("snapshot_id");
    record.deliveries = json.at("deliveries");
    const auto as_of = parse_date(json.at("as_of").get<std::string>());
    if (!as_of) return damaged(file.string() + ": " + as_of.error().detail);
    record.as_of = *as_of;
    record.catalog_hash = json.at("catalog_hash");
    record.engine = json.at("engine");
    record.derived = json.at("derived");
    record.dossiers = json.at("dossiers");
    for (const auto& one : json.at("detections")) record.detections.push_back(detection_from(one));
  } catch (const std::exception& problem) {
    return damaged(file.string() + ": " + problem.what());
  }
  return record;
}

Status keep_detections(const std::filesystem::path& run_folder, const RunRecord& record,
                       const catalog::Catalog& catalog) {
  std::error_code error;
  std::filesystem::create_directories(run_folder / "derived", error);
  for (const auto& view : catalog.derived) {
    if (std::find(record.derived.begin(), record.derived.end(), view.name) == record.derived.end())
      continue;
    if (auto kept = write_file(run_folder / "derived" / (view.name + ".sql"), view.sql); !kept)
      return kept;
  }
  for (const auto& run : record.detections) {
    const auto folder = run_folder / "detections" / run.name;
    std::filesystem::create_directories(folder, error);
    if (run.is_rule) {
      if (auto kept = write_file(folder / "rule.yaml", catalog.rule(run.name)->yaml); !kept)
        return kept;
      continue;
    }
    const auto* model = catalog.model(run.name);
    if (auto kept = write_file(folder / "model.yaml", model->yaml); !kept) return kept;
    if (auto kept = write_file(folder / "model.sql", model->sql); !kept) return kept;
  }
  if (record.dossiers.empty()) return {};
  std::filesystem::create_directories(run_folder / "dossiers", error);
  for (const auto& subject : record.dossiers) {
    if (auto kept = write_file(run_folder / "dossiers" / (subject + ".yaml"),
                               catalog.dossier(subject)->yaml);
        !kept)
      return kept;
  }
  if (catalog.exclusions.yaml.empty()) return {};
  return write_file(run_folder / "detections" / "exclusions.yaml", catalog.exclusions.yaml);
}

Result<catalog::Catalog> kept_catalog(const std::filesystem::path& run_folder,
                                      const RunRecord& record, const catalog::Catalog& present) {
  catalog::Catalog kept;
  kept.tables = present.tables;
  kept.lists = present.lists;
  kept.hash = record.catalog_hash;
  for (const auto& name : record.derived) {
    const auto file = run_folder / "derived" / (name + ".sql");
    const auto text = read_file(file);
    if (!text) return damaged(text.error().detail);
    auto view = catalog::parse_view(name, *text, file.string());
    if (!view) return damaged(view.error().detail);
    kept.derived.push_back(std::move(*view));
  }
  for (const auto& subject : record.dossiers) {
    const auto file = run_folder / "dossiers" / (subject + ".yaml");
    const auto text = read_file(file);
    if (!text) return damaged(text.error().detail);
    auto kind = catalog::parse_dossier(subject, *text, kept.tables, file.string());
    if (!kind) return damaged(kind.error().detail);
    kept.dossiers.push_back(std::move(*kind));
  }
  if (const auto file = run_folder / "detections" / "exclusions.yaml";
      std::filesystem::exists(file)) {
    const auto text = read_file(file);
    if (!text) return damaged(text.error().detail);
    auto exclusions = catalog::parse_exclusions(*text, file.string());
    if (!exclusions) return damaged(exclusions.error().detail);
    kept.exclusions = std::move(*exclusions);
  }
  for (const auto& run : record.detections) {
    const auto folder = run_folder / "detections" / run.name;
    const auto yaml = read_file(folder / (run.is_rule ? "rule.yaml" : "model.yaml"));
    if (!yaml) return damaged(yaml.error().detail);
    if (run.is_rule) {
      auto rule = catalog::parse_rule(run.name, *yaml, folder.string());
      if (!rule) return damaged(rule.error().detail);
      rule->version = run.version;
      kept.rules.push_back(std::move(*rule));
      continue;
    }
    const auto sql = read_file(folder / "model.sql");
    if (!sql) return damaged(sql.error().detail);
    auto model = catalog::parse_model(run.name, *yaml, *sql, folder.string());
    if (!model) return damaged(model.error().detail);
    model->version = run.version;
    kept.models.push_back(std::move(*model));
  }
  return kept;
}

std::filesystem::path hits_file(const std::filesystem::path& run_folder, const std::string& code) {
  return run_folder / "hits" / (code + ".parquet");
}

}  // namespace anlan::detect
