#include "catalog/extract.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.hpp"
#include "base/sha256.hpp"

namespace anlan::catalog {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Parsed = nlohmann::json;

constexpr int format = 1;

Json written(const Title& title) {
  return Json::array({title.zh, title.en});
}

Title title_of(const Parsed& json) {
  return {json.at(0), json.at(1)};
}

Json written(const std::optional<Date>& day) {
  return day ? Json(day->days) : Json(nullptr);
}

std::optional<Date> day_of(const Parsed& json) {
  if (json.is_null()) return std::nullopt;
  return Date{json.get<std::int32_t>()};
}

LocatedText text_of(const Parsed& json) {
  return {json, 0, {}};
}

std::vector<LocatedText> texts_of(const Parsed& json) {
  std::vector<LocatedText> texts;
  for (const auto& one : json) texts.push_back(text_of(one));
  return texts;
}

Json written(const std::vector<LocatedText>& texts) {
  Json json = Json::array();
  for (const auto& one : texts) json.push_back(one.text);
  return json;
}

Json written(const CodeList& list) {
  Json json = {{"name", list.name}, {"open", list.open}, {"values", Json::array()}};
  for (const auto& value : list.values)
    json["values"].push_back({value.code, value.title.zh, value.title.en});
  return json;
}

CodeList list_of(const Parsed& json) {
  CodeList list;
  list.name = json.at("name");
  list.open = json.at("open");
  for (const auto& value : json.at("values"))
    list.values.push_back({value.at(0), {value.at(1), value.at(2)}, {}});
  return list;
}

Json written(const DossierList& list) {
  Json json = {{"name", list.name},
               {"row", list.row},
               {"title", written(list.title)},
               {"single", list.single},
               {"order", list.order},
               {"key_table", list.key_table},
               {"table_field", list.table_field},
               {"time", list.time},
               {"tables", list.tables},
               {"version", list.version},
               {"fields", Json::array()}};
  for (const auto& field : list.fields) {
    json["fields"].push_back(
        {field.name, field.title.zh, field.title.en, static_cast<int>(field.type), field.list});
  }
  return json;
}

DossierList dossier_list_of(const Parsed& json) {
  DossierList list;
  list.name = json.at("name");
  list.row = json.at("row");
  list.title = title_of(json.at("title"));
  list.single = json.at("single");
  list.order = json.at("order");
  list.key_table = json.at("key_table");
  list.table_field = json.at("table_field");
  list.time = json.at("time");
  list.tables = json.at("tables");
  list.version = json.at("version");
  for (const auto& field : json.at("fields")) {
    list.fields.push_back({field.at(0),
                           {field.at(1), field.at(2)},
                           static_cast<FieldType>(field.at(3).get<int>()),
                           field.at(4),
                           {},
                           0});
  }
  return list;
}

Json written(const DossierKind& kind) {
  Json json = {{"subject", kind.subject},         {"title", written(kind.title)},
               {"count_table", kind.count_table}, {"file", kind.file},
               {"version", kind.version},         {"lists", Json::array()}};
  for (const auto& list : kind.lists) json["lists"].push_back(written(list));
  return json;
}

DossierKind kind_of(const Parsed& json) {
  DossierKind kind;
  kind.subject = json.at("subject");
  kind.title = title_of(json.at("title"));
  kind.count_table = json.at("count_table");
  kind.file = json.at("file");
  kind.version = json.at("version");
  for (const auto& list : json.at("lists")) kind.lists.push_back(dossier_list_of(list));
  return kind;
}

Json written(const RuleParam& one) {
  return Json::array(
      {one.param.name, static_cast<int>(one.param.type), one.param.value, one.policy, one.scheme});
}

RuleParam param_of(const Parsed& json) {
  RuleParam one;
  one.param.name = json.at(0);
  one.param.type = static_cast<ParamType>(json.at(1).get<int>());
  one.param.value = json.at(2);
  one.policy = json.at(3);
  one.scheme = json.at(4);
  return one;
}

Json written(const Rule& rule) {
  Json json = {{"name", rule.name},
               {"code", rule.code},
               {"title", written(rule.title)},
               {"severity", static_cast<int>(rule.severity)},
               {"amount_kind", static_cast<int>(rule.amount_kind)},
               {"file", rule.file},
               {"each_name", rule.each_name},
               {"each_list", rule.each_list},
               {"each", rule.each.text},
               {"where", rule.where.text},
               {"when", rule.when.text},
               {"month", rule.month.text},
               {"amount", rule.amount.text},
               {"because", {rule.because_zh.text, rule.because_en.text}},
               {"has_evidence", rule.has_evidence},
               {"evidence", written(rule.evidence)},
               {"exclude", written(rule.exclude)},
               {"valid_from", written(rule.valid_from)},
               {"valid_to", written(rule.valid_to)},
               {"lets", Json::array()},
               {"params", Json::array()}};
  for (const auto& let : rule.lets) json["lets"].push_back({let.name, let.text.text});
  for (const auto& param : rule.params) json["params"].push_back(written(param));
  return json;
}

Rule rule_of(const Parsed& json, const std::string& about) {
  Rule rule;
  rule.about = about;
  rule.name = json.at("name");
  rule.code = json.at("code");
  rule.title = title_of(json.at("title"));
  rule.severity = static_cast<Severity>(json.at("severity").get<int>());
  rule.amount_kind = static_cast<AmountKind>(json.at("amount_kind").get<int>());
  rule.file = json.at("file");
  rule.each_name = json.at("each_name");
  rule.each_list = json.at("each_list");
  rule.each = text_of(json.at("each"));
  rule.where = text_of(json.at("where"));
  rule.when = text_of(json.at("when"));
  rule.month = text_of(json.at("month"));
  rule.amount = text_of(json.at("amount"));
  rule.because = title_of(json.at("because"));
  rule.because_zh = text_of(json.at("because").at(0));
  rule.because_en = text_of(json.at("because").at(1));
  rule.has_evidence = json.at("has_evidence");
  rule.evidence = texts_of(json.at("evidence"));
  rule.exclude = texts_of(json.at("exclude"));
  rule.valid_from = day_of(json.at("valid_from"));
  rule.valid_to = day_of(json.at("valid_to"));
  for (const auto& let : json.at("lets")) rule.lets.push_back({let.at(0), text_of(let.at(1))});
  for (const auto& param : json.at("params")) rule.params.push_back(param_of(param));
  return rule;
}

Json written(const RuleExclusion& one) {
  return Json::array({one.name, one.code, one.title.zh, one.title.en, one.about, one.when.text});
}

RuleExclusion exclusion_of(const Parsed& json) {
  return {json.at(0), json.at(1), {json.at(2), json.at(3)}, json.at(4), text_of(json.at(5))};
}

/// Adds a file to the hash, with its name below the catalog and its size.
Status add_file(Sha256& hash, const fs::path& folder, const fs::path& path) {
  const auto text = read_file(path);
  if (!text) return fail(text.error());
  hash.add(path.lexically_relative(folder).generic_string() + " " + std::to_string(text->size()) +
           "\n");
  hash.add(*text);
  return {};
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<Stamps> stamps_of(const fs::path& folder) {
  Sha256 data;
  for (const char* part : {"codes", "derived", "dossiers", "tables"}) {
    for (const auto& path : entries(folder / part)) {
      if (auto added = add_file(data, folder, path); !added) return fail(added.error());
    }
  }
  Stamps stamps{data.hex(), {}};
  Sha256 rules;
  rules.add(stamps.data);
  for (const auto& path : entries(folder / "rules")) {
    const auto file = path.extension() == ".yaml" ? path : path / "rule.yaml";
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    if (auto added = add_file(rules, folder, file); !added) return fail(added.error());
  }
  stamps.rules = rules.hex();
  return stamps;
}

std::string extract_json(const Catalog& catalog, const std::string& subject,
                         const std::string& stamp) {
  Json json = {{"format", format},           {"stamp", stamp},
               {"lists", Json::array()},     {"kinds", Json::array()},
               {"rules", Json::array()},     {"exclusions_file", catalog.exclusions.file},
               {"exclusions", Json::array()}};
  for (const auto& [name, list] : catalog.lists) json["lists"].push_back(written(list));
  if (const auto* kind = catalog.dossier(subject)) json["kinds"].push_back(written(*kind));
  for (const auto& rule : catalog.rules) {
    if (rule.about == subject) json["rules"].push_back(written(rule));
  }
  for (const auto& one : catalog.exclusions.all) {
    if (one.about == subject) json["exclusions"].push_back(written(one));
  }
  return json.dump() + "\n";
}

std::optional<Catalog> parse_extract(const std::string& text, const std::string& stamp) {
  try {
    const auto json = Parsed::parse(text);
    if (json.at("format") != format || json.at("stamp") != stamp) return std::nullopt;
    Catalog catalog;
    for (const auto& one : json.at("lists")) {
      auto list = list_of(one);
      catalog.lists.emplace(list.name, std::move(list));
    }
    for (const auto& kind : json.at("kinds")) catalog.dossiers.push_back(kind_of(kind));
    if (catalog.dossiers.size() != 1) return std::nullopt;
    for (const auto& rule : json.at("rules"))
      catalog.rules.push_back(rule_of(rule, catalog.dossiers.front().subject));
    catalog.exclusions.file = json.at("exclusions_file");
    for (const auto& one : json.at("exclusions"))
      catalog.exclusions.all.push_back(exclusion_of(one));
    return catalog;
  } catch (const Parsed::exception&) {
    return std::nullopt;
  }
}

}  // namespace anlan::catalog
