#include "catalog/organisations.hpp"

#include <set>

#include "base/file.hpp"
#include "catalog/problems.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

Date read_day(const YamlMap& entry, const std::string& key) {
  const auto day = parse_date(entry.text(key));
  if (day) return *day;
  if (entry.has(key)) entry.problem(key, key + " is no day, expected 2018-01-01");
  return {};
}

StandardOrganisation read_organisation(const YAML::Node& node, const Source& source,
                                       std::set<std::string>& known) {
  const YamlMap entry(node, source, "an organisation",
                      {"id", "parent", "zh", "en", "kind", "side", "region", "from", "to"});
  StandardOrganisation one;
  one.id = entry.text("id");
  one.parent = entry.optional_text("parent");
  one.title = {entry.text("zh"), entry.text("en")};
  one.kind = entry.word("kind", {"bureau", "division", "district", "agency", "centre"});
  one.side = entry.word("side", {"policy", "handling", "information", "supervision"});
  one.region_code = entry.text("region");
  one.from = read_day(entry, "from");
  if (entry.has("to")) one.to = read_day(entry, "to");
  if (!one.parent.empty() && !known.contains(one.parent)) {
    entry.problem("parent", "organisation " + one.parent + " does not stand above, expected it to");
  }
  if (!known.insert(one.id).second) {
    entry.problem("id", "organisation " + one.id + " stands twice, expected it once");
  }
  return one;
}

}  // namespace

Result<std::vector<StandardOrganisation>> load_organisations(
    const std::filesystem::path& catalog_folder, const std::string& name) {
  const auto path = catalog_folder / "organisations" / (name + ".yaml");
  const auto text = read_file(path);
  if (!text) return fail(text.error());
  Problems problems;
  const Source source{path.generic_string(), "catalog.organisations", &problems};
  std::vector<StandardOrganisation> organisations;
  if (const auto root = parse_yaml(*text, source)) {
    const YamlMap file(*root, source, "the file", {"organisations"});
    std::set<std::string> known;
    for (const auto& node : file.list("organisations")) {
      organisations.push_back(read_organisation(node, source, known));
    }
  }
  if (!problems.empty()) return fail(problems.error());
  return organisations;
}

}  // namespace anlan::catalog
