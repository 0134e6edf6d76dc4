#include "dossier/description.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "dossier/files.hpp"

namespace anlan::dossier {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json json_of(const Title& title) {
  return Json::array({title.zh, title.en});
}

Title title_of(const nlohmann::json& json) {
  return {json.at(0), json.at(1)};
}

Json json_of(const catalog::DossierList& list) {
  Json json = {{"name", list.name},
               {"row", list.row},
               {"title", json_of(list.title)},
               {"single", list.single},
               {"key_table", list.key_table},
               {"table_field", list.table_field},
               {"time", list.time},
               {"tables", list.tables},
               {"version", list.version}};
  json["fields"] = Json::array();
  for (const auto& field : list.fields) {
    json["fields"].push_back({{"name", field.name},
                              {"title", json_of(field.title)},
                              {"type", static_cast<int>(field.type)},
                              {"list", field.list}});
  }
  return json;
}

catalog::DossierList list_of(const nlohmann::json& json) {
  catalog::DossierList list;
  list.name = json.at("name");
  list.row = json.at("row");
  list.title = title_of(json.at("title"));
  list.single = json.at("single");
  list.key_table = json.at("key_table");
  list.table_field = json.at("table_field");
  list.time = json.at("time");
  list.tables = json.at("tables");
  list.version = json.at("version");
  for (const auto& entry : json.at("fields")) {
    catalog::Field field;
    field.name = entry.at("name");
    field.title = title_of(entry.at("title"));
    field.type = static_cast<catalog::FieldType>(entry.at("type").get<int>());
    field.list = entry.at("list");
    list.fields.push_back(std::move(field));
  }
  return list;
}

fs::path description_file(const fs::path& workspace, const std::string& subject) {
  return files_folder(workspace, subject) / "description.json";
}

}  // namespace

Result<std::string> catalog_stamp(const fs::path& catalog_folder) {
  Sha256 hash;
  for (const char* part : {"codes", "derived", "dossiers", "tables"}) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(catalog_folder / part, error))
      paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
      const auto text = read_file(path);
      if (!text) return fail(text.error());
      hash.add(path.filename().string() + " " + std::to_string(text->size()) + "\n");
      hash.add(*text);
    }
  }
  return hash.hex();
}

Description describe(const catalog::Catalog& catalog, const catalog::DossierKind& kind,
                     std::string stamp) {
  Description description{kind, {}, std::move(stamp)};
  for (const auto& list : kind.lists) {
    for (const auto& field : list.fields) {
      const auto found = catalog.lists.find(field.list);
      if (found == catalog.lists.end()) continue;
      auto& labels = description.labels[field.list];
      for (const auto& value : found->second.values) labels[value.code] = value.title;
    }
  }
  return description;
}

Status keep_description(const fs::path& workspace, const Description& description) {
  const auto& kind = description.kind;
  Json json = {{"stamp", description.stamp},
               {"subject", kind.subject},
               {"title", json_of(kind.title)},
               {"count_table", kind.count_table},
               {"version", kind.version}};
  json["lists"] = Json::array();
  for (const auto& list : kind.lists) json["lists"].push_back(json_of(list));
  for (const auto& [list, labels] : description.labels) {
    for (const auto& [code, title] : labels) json["labels"][list][code] = json_of(title);
  }
  return write_file(description_file(workspace, kind.subject), json.dump() + "\n");
}

Result<Description> read_description(const fs::path& workspace, const std::string& subject) {
  const auto path = description_file(workspace, subject);
  const auto text = read_file(path);
  if (!text) return fail(text.error());
  try {
    const auto json = nlohmann::json::parse(*text);
    Description description;
    description.stamp = json.at("stamp");
    auto& kind = description.kind;
    kind.subject = json.at("subject");
    kind.title = title_of(json.at("title"));
    kind.count_table = json.at("count_table");
    kind.version = json.at("version");
    for (const auto& list : json.at("lists")) kind.lists.push_back(list_of(list));
    if (json.contains("labels")) {
      for (const auto& [list, labels] : json.at("labels").items()) {
        for (const auto& [code, title] : labels.items())
          description.labels[list][code] = title_of(title);
      }
    }
    return description;
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorKind::corrupted, "dossier.damaged", path.string() + ": not a description");
  }
}

}  // namespace anlan::dossier
