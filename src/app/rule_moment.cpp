#include "app/rule_moment.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "detect/params.hpp"
#include "detect/run.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"
#include "rules/check_catalog.hpp"
#include "rules/policy_rows.hpp"

namespace anlan::app {
namespace {

using nlohmann::json;

std::filesystem::path moment_file(const lake::Workspace& workspace) {
  return workspace.folder() / "dossiers" / "moment.json";
}

/// What is kept, if it is of this snapshot and catalog.
std::optional<RuleMoment> kept_moment(const lake::Workspace& workspace,
                                      const lake::Snapshot& snapshot, const std::string& stamp) {
  const auto text = read_file(moment_file(workspace));
  if (!text) return std::nullopt;
  try {
    const auto kept = json::parse(*text);
    if (kept.at("snapshot") != snapshot.id || kept.at("stamp") != stamp) return std::nullopt;
    std::vector<rules::PolicyRow> rows;
    for (const auto& row : kept.at("policies")) {
      rows.push_back({row.at(0), row.at(1), row.at(2), Date{row.at(3).get<std::int32_t>()},
                      std::nullopt, row.at(5)});
      if (!row.at(4).is_null()) rows.back().to = Date{row.at(4).get<std::int32_t>()};
    }
    return RuleMoment{Date{kept.at("as_of").get<std::int32_t>()},
                      rules::PolicyTable(std::move(rows))};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

/// A folder that cannot be written costs the time to look again, nothing else.
void keep_moment(const lake::Workspace& workspace, const lake::Snapshot& snapshot,
                 const std::string& stamp, const RuleMoment& moment) {
  json kept = {{"snapshot", snapshot.id}, {"stamp", stamp}, {"as_of", moment.as_of.days}};
  kept["policies"] = json::array();
  for (const auto& row : moment.policies.rows()) {
    kept["policies"].push_back({row.code, row.scheme, row.region, row.from.days,
                                row.to ? json(row.to->days) : json(nullptr), row.value});
  }
  if (auto written = write_file(moment_file(workspace), kept.dump() + "\n"); !written) return;
}

Result<rules::PolicyTable> policies_of(const catalog::Catalog& catalog,
                                       const lake::Snapshot& snapshot) {
  auto engine = lake::Engine::open({});
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  if (auto made = lake::create_table_views(*connection, catalog, snapshot); !made)
    return fail(made.error());
  return rules::read_policies(*connection);
}

}  // namespace

Result<RuleMoment> rule_moment(const lake::Workspace& workspace, const lake::Snapshot& snapshot,
                               const catalog::Stamps& stamps, std::optional<Date> as_of,
                               const std::function<Result<catalog::Catalog>()>& whole) {
  if (auto kept = kept_moment(workspace, snapshot, stamps.data)) {
    if (as_of) kept->as_of = *as_of;
    return std::move(*kept);
  }
  const auto catalog = whole();
  if (!catalog) return fail(catalog.error());
  auto policies = policies_of(*catalog, snapshot);
  if (!policies) return fail(policies.error());
  if (as_of) return RuleMoment{*as_of, std::move(*policies)};
  const auto newest = detect::newest_day(*catalog, snapshot);
  if (!newest) return fail(newest.error());
  RuleMoment moment{*newest, std::move(*policies)};
  keep_moment(workspace, snapshot, stamps.data, moment);
  return moment;
}

Result<rules::CheckedRule> rule_of_workspace(const lake::Workspace& workspace,
                                             const catalog::Catalog& catalog,
                                             const catalog::Rule& rule) {
  const auto bound =
      detect::bind_params(rule, detect::overrides_of(rule, workspace.settings().params));
  if (!bound) return fail(bound.error());
  std::map<std::string, std::string> params;
  for (const auto& one : *bound) {
    if (!one.value.empty()) params[one.name] = one.value;
  }
  return rules::check_rule_of(catalog, rule, params);
}

}  // namespace anlan::app
