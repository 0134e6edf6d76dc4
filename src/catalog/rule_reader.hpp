#pragma once

#include <string>

#include "catalog/problems.hpp"
#include "catalog/rule.hpp"

namespace anlan::catalog {

/// Checks all of rule.yaml but its expressions; leaves `spec` and `version` empty.
Rule read_rule(const std::string& name, const std::string& yaml, const Source& source);

RuleExclusions read_exclusions(const std::string& yaml, const Source& source);

/// Hash of the rule, of the exclusions it names and of its dossiers' version.
std::string version_of(const Rule& rule, const RuleExclusions& exclusions,
                       const std::string& dossier_version);

}  // namespace anlan::catalog
