#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "rules/checked.hpp"

namespace anlan::rules {

/// check_rule with all it needs out of the catalog, which must outlive the result as the rule must.
/// Errors: as check_rule; invalid_input "catalog.rule" if no dossier is about the rule's subject.
Result<CheckedRule> check_rule_of(const catalog::Catalog& catalog, const catalog::Rule& rule,
                                  const std::map<std::string, std::string>& params = {});

/// The catalog of a folder. If something is wrong in it, the error also tells what is wrong in the
/// expressions of its rules, so that one run tells all of a rule. Errors: as Catalog::load.
Result<catalog::Catalog> load_catalog(const std::filesystem::path& folder);

/// All rules of the catalog, in its order. The error has the details of every rule that is wrong.
Result<std::vector<CheckedRule>> check_catalog(const catalog::Catalog& catalog);

}  // namespace anlan::rules
