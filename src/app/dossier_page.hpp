#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/lang.hpp"
#include "catalog/table.hpp"
#include "dossier/dossier.hpp"

namespace anlan::app {

struct PageOptions {
  Lang lang = Lang::zh;
  bool reveal = false;    ///< show names, ID numbers, accounts, phones and addresses
  bool each_row = false;  ///< do not draw like rows of successive months together
};

/// One dossier as a page to read: who it is, then all rows in the order of time. `lists` give codes
/// their labels.
std::string dossier_page(const dossier::Dossier& dossier,
                         const std::map<std::string, catalog::CodeList>& lists,
                         const PageOptions& options);

/// The same as JSON: the subject, then each list that has rows, with the evidence of each.
/// Amounts in fen, ratios as decimals in text, months 2018-11, dates 2018-11-30.
nlohmann::ordered_json dossier_json(const dossier::Dossier& dossier,
                                    const std::map<std::string, catalog::CodeList>& lists,
                                    const PageOptions& options);

}  // namespace anlan::app
