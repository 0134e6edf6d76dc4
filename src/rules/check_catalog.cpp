#include "rules/check_catalog.hpp"

#include <fmt/format.h>

#include "rules/check_rule.hpp"

namespace anlan::rules {

Result<CheckedRule> check_rule_of(const catalog::Catalog& catalog, const catalog::Rule& rule,
                                  const std::map<std::string, std::string>& params) {
  const auto* kind = catalog.dossier(rule.about);
  if (kind == nullptr) {
    return fail(ErrorKind::invalid_input, "catalog.rule",
                fmt::format("{}:1: no dossier is about {}", rule.file, rule.about));
  }
  return check_rule(rule, {kind, &catalog.lists, &catalog.exclusions}, params);
}

Result<catalog::Catalog> load_catalog(const std::filesystem::path& folder) {
  return catalog::Catalog::load(folder, [](const catalog::Catalog& understood) {
    std::vector<std::string> problems;
    for (const auto& rule : understood.rules) {
      if (understood.dossier(rule.about) == nullptr) continue;  // told already
      const auto checked = check_rule_of(understood, rule);
      if (!checked && !checked.error().detail.empty()) problems.push_back(checked.error().detail);
    }
    return problems;
  });
}

Result<std::vector<CheckedRule>> check_catalog(const catalog::Catalog& catalog) {
  std::vector<CheckedRule> checked;
  std::string problems;
  for (const auto& rule : catalog.rules) {
    auto one = check_rule_of(catalog, rule);
    if (one) {
      checked.push_back(std::move(*one));
    } else {
      problems += (problems.empty() ? "" : "\n") + one.error().detail;
    }
  }
  if (!problems.empty()) return fail(ErrorKind::invalid_input, "catalog.rule", problems);
  return checked;
}

}  // namespace anlan::rules
