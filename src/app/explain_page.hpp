#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/lang.hpp"
#include "catalog/table.hpp"
#include "dossier/dossier.hpp"
#include "rules/checked.hpp"
#include "rules/interpret.hpp"

namespace anlan::app {

struct ExplainOptions {
  Lang lang = Lang::zh;
  bool reveal = false;  ///< show names, ID numbers, accounts, phones and addresses
  /// Rows of `each` shown with their values, 0: all. Without it three, and of a page no more lines
  /// than a screen or two hold.
  std::optional<std::size_t> rows_max;
};

/// Why a rule speaks or is silent about one dossier, as a page to read: its hits first, or, if it
/// is silent, how many rows failed for which part, and the row that came nearest to a hit. Values
/// stand in a column beside the expressions they belong to.
std::string explain_page(const rules::CheckedRule& rule, const dossier::Dossier& dossier,
                         const rules::Moment& moment,
                         const std::map<std::string, catalog::CodeList>& lists,
                         const ExplainOptions& options);

/// The same as JSON, with the reason of each hit in both languages.
nlohmann::ordered_json explain_json(const rules::CheckedRule& rule, const dossier::Dossier& dossier,
                                    const rules::Moment& moment,
                                    const std::map<std::string, catalog::CodeList>& lists,
                                    const ExplainOptions& options);

}  // namespace anlan::app
