#include "jobs/work.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/month.hpp"

namespace anlan::jobs {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t paths_max = 100;
constexpr std::size_t path_bytes_max = 1'000;
constexpr std::size_t ids_kept = 50;

tl::unexpected<Error> wrong(const std::string& what) {
  return fail(ErrorKind::invalid_input, "job.work", what);
}

bool is_plain(const std::string& text) {
  return !text.empty() && text.size() <= path_bytes_max &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// One name, of something that lies in the inbox itself.
bool is_inbox_name(const std::string& path) {
  return is_plain(path) && path.front() != '.' && path.front() != '-' &&
         path.find('/') == std::string::npos;
}

Status check_path(const std::string& path, const lake::Workspace& workspace, bool anywhere) {
  std::error_code error;
  if (is_inbox_name(path)) {
    const auto status = fs::symlink_status(workspace.inbox() / path, error);
    if (status.type() == fs::file_type::regular || status.type() == fs::file_type::directory)
      return {};
    return fail(ErrorKind::not_found, "job.file_missing", path);
  }
  if (!anywhere || !is_plain(path) || !fs::path(path).is_absolute())
    return fail(ErrorKind::invalid_input, "job.path", path);
  if (!fs::exists(path, error)) return fail(ErrorKind::not_found, "job.file_missing", path);
  return {};
}

Status check_import(const Work& work, const catalog::Catalog& catalog,
                    const lake::Workspace& workspace, bool anywhere) {
  if (work.paths.size() > paths_max) return wrong("paths: too many");
  for (const auto& path : work.paths) {
    if (auto sound = check_path(path, workspace, anywhere); !sound) return sound;
  }
  if (!work.table.empty() && catalog.table(work.table) == nullptr)
    return wrong("table: " + work.table);
  if (!work.period.empty()) {
    const auto month = parse_month(work.period);
    if (!month || format_month(*month) != work.period)
      return wrong("period: expected a month like 2018-11");
  }
  if (!work.map.empty()) {
    if (!anywhere) return fail(ErrorKind::invalid_input, "job.path", work.map);
    if (auto sound = check_path(work.map, workspace, anywhere); !sound) return sound;
  }
  return {};
}

Status check_detect(const Work& work, const catalog::Catalog& catalog) {
  for (const auto& name : work.only) {
    if (catalog.detection(name) == nullptr) return wrong("only: " + name);
  }
  if (!work.as_of.empty()) {
    const auto day = parse_date(work.as_of);
    if (!day || format_date(*day) != work.as_of)
      return wrong("as_of: expected a day like 2018-11-30");
  }
  return {};
}

/// What is of the other kind must not be there.
Status check_foreign(const Work& work) {
  const Work blank{.kind = work.kind};
  Work foreign = blank;
  if (work.kind == Kind::detect) {
    foreign.paths = work.paths;
    foreign.table = work.table;
    foreign.period = work.period;
    foreign.map = work.map;
    foreign.replace_period = work.replace_period;
  } else {
    foreign.only = work.only;
    foreign.as_of = work.as_of;
    foreign.force = work.force;
  }
  if (foreign == blank) return {};
  return wrong("what is of another kind of job");
}

Json import_result(const Json& printed) {
  Json deliveries = Json::array();
  std::int64_t files = 0;
  std::int64_t failed = 0;
  std::int64_t there_already = 0;
  for (const auto& file : printed.at("files")) {
    ++files;
    if (file.contains("error")) {
      ++failed;
    } else if (file.at("already_there").get<bool>()) {
      ++there_already;
    } else if (deliveries.size() < ids_kept) {
      deliveries.push_back(file.at("delivery"));
    }
  }
  return {{"files", files},
          {"files_failed", failed},
          {"files_already_there", there_already},
          {"rows_loaded", printed.at("rows_loaded")},
          {"rows_rejected", printed.at("rows_rejected")},
          {"deliveries", std::move(deliveries)}};
}

Json detect_result(const Json& printed) {
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t not_run = 0;
  for (const auto& detection : printed.at("detections")) {
    const auto& state = detection.at("state").get_ref<const std::string&>();
    if (state == "done") ++done;
    if (state == "failed") ++failed;
    if (state == "not_run") ++not_run;
  }
  return {{"run", printed.at("id")},
          {"was_there", printed.at("was_there")},
          {"done", done},
          {"failed", failed},
          {"not_run", not_run},
          {"leads", printed.at("totals").at("leads")},
          {"recoverable_fen", printed.at("totals").at("recoverable_fen")}};
}

}  // namespace

std::string_view name_of(Kind kind) {
  return kind == Kind::import ? "import" : "detect";
}

std::optional<Kind> kind_named(std::string_view name) {
  for (const auto kind : {Kind::import, Kind::detect}) {
    if (name == name_of(kind)) return kind;
  }
  return std::nullopt;
}

std::string_view right_of(Kind kind) {
  return kind == Kind::import ? "delivery_import" : "detection_run";
}

std::string text_of(const Work& work) {
  Json json = Json::object();
  const auto put = [&](const char* key, const auto& value) {
    if (!value.empty()) json[key] = value;
  };
  put("paths", work.paths);
  put("table", work.table);
  put("period", work.period);
  put("map", work.map);
  if (work.replace_period) json["replace_period"] = true;
  put("only", work.only);
  put("as_of", work.as_of);
  if (work.force) json["force"] = true;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Work> work_of(Kind kind, const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return wrong("expected an object");
  Work work{.kind = kind};
  for (const auto& [key, value] : json.items()) {
    try {
      if (key == "paths") {
        value.get_to(work.paths);
      } else if (key == "table") {
        value.get_to(work.table);
      } else if (key == "period") {
        value.get_to(work.period);
      } else if (key == "map") {
        value.get_to(work.map);
      } else if (key == "replace_period") {
        value.get_to(work.replace_period);
      } else if (key == "only") {
        value.get_to(work.only);
      } else if (key == "as_of") {
        value.get_to(work.as_of);
      } else if (key == "force") {
        value.get_to(work.force);
      } else {
        return wrong("unknown: " + key);
      }
    } catch (const Json::exception&) {
      return wrong(key + ": of another type");
    }
  }
  return work;
}

Status check(const Work& work, const catalog::Catalog& catalog, const lake::Workspace& workspace,
             bool anywhere) {
  if (auto sound = check_foreign(work); !sound) return sound;
  return work.kind == Kind::import ? check_import(work, catalog, workspace, anywhere)
                                   : check_detect(work, catalog);
}

std::vector<std::string> command_line(const Work& work, const lake::Workspace& workspace) {
  const auto folder = fs::absolute(workspace.folder());
  std::vector<std::string> words = {std::string(name_of(work.kind)), folder.string()};
  const auto option = [&](const char* name, const std::string& value) {
    // In one word: a value that begins with a dash is still a value.
    if (!value.empty()) words.push_back(std::string(name) + "=" + value);
  };
  if (work.kind == Kind::import) {
    const auto inbox = fs::absolute(workspace.inbox());
    if (work.paths.empty()) words.push_back(inbox.string());
    for (const auto& path : work.paths) {
      words.push_back(is_inbox_name(path) ? (inbox / path).string() : path);
    }
    option("--table", work.table);
    option("--period", work.period);
    option("--map", is_inbox_name(work.map) ? (inbox / work.map).string() : work.map);
    if (work.replace_period) words.emplace_back("--replace=period");
    return words;
  }
  for (const auto& name : work.only) option("--only", name);
  option("--as-of", work.as_of);
  if (work.force) words.emplace_back("--force");
  return words;
}

std::string result_of(Kind kind, const std::string& printed) {
  const auto json = Json::parse(printed, nullptr, false);
  if (!json.is_object()) return {};
  try {
    const auto result = kind == Kind::import ? import_result(json) : detect_result(json);
    return result.dump(-1, ' ', false, Json::error_handler_t::replace);
  } catch (const Json::exception&) {
    return {};  // of a program that prints otherwise
  }
}

}  // namespace anlan::jobs
