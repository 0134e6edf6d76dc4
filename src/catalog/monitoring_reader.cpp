#include "catalog/monitoring_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

const std::vector<std::string> sure_words = {"seed", "found", "known", "assumed"};
constexpr int grace_days_max = 365;

}  // namespace

const SourceTerms* Monitoring::source(const std::string& table) const {
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [&](const SourceTerms& one) { return one.table == table; });
  return found == sources.end() ? nullptr : &*found;
}

std::vector<StandardSchedule> read_schedules(const std::string& text, const Source& source) {
  std::vector<StandardSchedule> schedules;
  const auto document = parse_yaml(text, source);
  if (!document) return schedules;
  const YamlMap top(*document, source, "the schedules", {"schedules"});
  std::set<std::string> names;
  for (const auto& node : top.list("schedules")) {
    const YamlMap entry(node, source, "a schedule",
                        {"name", "title", "kind", "rule", "late", "basis", "sure"});
    StandardSchedule one;
    one.name = entry.name("name");
    one.title = entry.title("title");
    one.kind = entry.word("kind", {"import", "detect"});
    const auto words = entry.text("rule");
    const auto rule = fund::parse_recurrence(words);
    if (rule) {
      one.rule = *rule;
    } else if (!words.empty()) {
      entry.problem("rule", fmt::format("rule is {}, {}", words, rule.error().detail));
    }
    one.catch_up = entry.word("late", {"run", "skip"}) == "run";
    for (const auto& basis : entry.required_texts("basis")) one.basis.push_back(basis.text);
    one.sure = entry.word("sure", sure_words);
    if (!names.insert(one.name).second)
      entry.problem("name", "schedule " + one.name + " stands twice");
    schedules.push_back(std::move(one));
  }
  return schedules;
}

std::vector<SourceTerms> read_sources(const std::string& text, const std::vector<Table>& tables,
                                      const Source& source) {
  std::vector<SourceTerms> sources;
  const auto document = parse_yaml(text, source);
  if (!document) return sources;
  const YamlMap top(*document, source, "the sources", {"sources"});
  std::set<std::string> missing;
  for (const auto& table : tables) {
    if (table.group == "external") missing.insert(table.name);
  }
  for (const auto& node : top.list("sources")) {
    const YamlMap entry(node, source, "a source", {"table", "departments", "grace_days", "sure"});
    SourceTerms one;
    one.table = entry.name("table");
    if (!one.table.empty() && missing.erase(one.table) == 0) {
      entry.problem("table", one.table + " is no external table, or stands twice");
    }
    one.departments = entry.title("departments");
    const auto grace = entry.integer("grace_days");
    if (!grace || *grace < 0 || *grace > grace_days_max) {
      source.problem(entry.line(), fmt::format("expected grace_days of 0 to {}", grace_days_max));
    }
    one.grace_days = grace.value_or(0);
    one.sure = entry.word("sure", sure_words);
    sources.push_back(std::move(one));
  }
  for (const auto& table : missing)
    source.problem(top.line(), "external table " + table + " has no source");
  std::sort(sources.begin(), sources.end(),
            [](const auto& a, const auto& b) { return a.table < b.table; });
  return sources;
}

}  // namespace anlan::catalog
