#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/rule.hpp"
#include "catalog/table.hpp"
#include "rules/checked.hpp"

namespace anlan::rules {

/// What a rule is checked against. All of it must outlive the checked rule.
struct Surroundings {
  const catalog::DossierKind* kind = nullptr;  ///< of the rule's subject
  const std::map<std::string, catalog::CodeList>* lists = nullptr;
  const catalog::RuleExclusions* exclusions = nullptr;
};

/// Parses and checks every expression of `rule` and binds its parameters: to `params` (name → value
/// in canonical form, as catalog::Param::value), else to their own values. `rule` must outlive the
/// result.
/// Errors: invalid_input "catalog.rule", whose detail has for each problem a line
/// "file:line:column: what is wrong, expected what", the line of the file, and carets under it; no
/// line if all that is wrong is what the reader of the catalog has told of this rule already.
Result<CheckedRule> check_rule(const catalog::Rule& rule, const Surroundings& surroundings,
                               const std::map<std::string, std::string>& params = {});

/// Names that a sentence may use besides values of the hit: they are the lead's.
const std::vector<std::string>& lead_values();

}  // namespace anlan::rules
