#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "base/lang.hpp"
#include "catalog/table.hpp"
#include "dossier/dossier.hpp"
#include "rules/checked.hpp"
#include "rules/interpret.hpp"

namespace anlan::app {

struct SpeakOptions {
  Lang lang = Lang::zh;
  bool reveal = false;  ///< show names, ID numbers and accounts
};

/// Every rule that says something about one dossier, with its sentence; what exclusions dropped,
/// and rules with an error, are said too. `rules` are all of the dossier's kind.
std::string rules_page(std::span<const rules::CheckedRule> rules, const dossier::Dossier& dossier,
                       const rules::Moment& moment,
                       const std::map<std::string, catalog::CodeList>& lists,
                       const SpeakOptions& options);

/// The same as a JSON array, sentences in both languages.
nlohmann::ordered_json rules_json(std::span<const rules::CheckedRule> rules,
                                  const dossier::Dossier& dossier, const rules::Moment& moment,
                                  const std::map<std::string, catalog::CodeList>& lists,
                                  const SpeakOptions& options);

}  // namespace anlan::app
