#include "detect/run_record.hpp"

#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace anlan::detect {
namespace {

using nlohmann::ordered_json;

// In the order of ModelState, ParamType and ErrorKind.
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

ordered_json model_json(const ModelRun& run) {
  ordered_json params = ordered_json::array();
  for (const auto& param : run.params) {
    params.push_back({{"name", param.name},
                      {"type", type_names[static_cast<int>(param.type)]},
                      {"value", param.value},
                      {"overridden", param.overridden}});
  }
  ordered_json out = {{"code", run.code},
                      {"name", run.name},
                      {"version", run.version},
                      {"state", state_names[static_cast<int>(run.state)]},
                      {"params", std::move(params)},
                      {"hits", run.hits},
                      {"excluded", run.excluded},
                      {"ms", run.ms}};
  if (!run.missing_tables.empty()) out["missing_tables"] = run.missing_tables;
  if (run.error) {
    out["error"] = {{"kind", kind_names[static_cast<int>(run.error->kind)]},
                    {"code", run.error->code},
                    {"detail", run.error->detail}};
  }
  return out;
}

ModelRun model_from(const ordered_json& json) {
  ModelRun run;
  run.code = json.at("code");
  run.name = json.at("name");
  run.version = json.at("version");
  run.state = from_name<ModelState>(state_names, json.at("state"));
  for (const auto& param : json.at("params")) {
    run.params.push_back({param.at("name"),
                          from_name<catalog::ParamType>(type_names, param.at("type")),
                          param.at("value"), param.at("overridden")});
  }
  run.hits = json.at("hits");
  run.excluded = json.at("excluded");
  run.ms = json.at("ms");
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
  ordered_json models = ordered_json::array();
  for (const auto& run : record.models) models.push_back(model_json(run));
  const ordered_json json = {{"id", record.id},
                             {"snapshot_id", record.snapshot_id},
                             {"deliveries", record.deliveries},
                             {"as_of", format_date(record.as_of)},
                             {"catalog_hash", record.catalog_hash},
                             {"engine", record.engine},
                             {"derived", record.derived},
                             {"models", std::move(models)}};
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
    for (const auto& model : json.at("models")) record.models.push_back(model_from(model));
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
  for (const auto& run : record.models) {
    const auto* model = catalog.model(run.name);
    const auto folder = run_folder / "detections" / run.name;
    std::filesystem::create_directories(folder, error);
    if (auto kept = write_file(folder / "model.yaml", model->yaml); !kept) return kept;
    if (auto kept = write_file(folder / "model.sql", model->sql); !kept) return kept;
  }
  return {};
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
  for (const auto& run : record.models) {
    const auto folder = run_folder / "detections" / run.name;
    const auto yaml = read_file(folder / "model.yaml");
    if (!yaml) return damaged(yaml.error().detail);
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
