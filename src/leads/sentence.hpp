#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/lang.hpp"
#include "catalog/catalog.hpp"

namespace anlan::leads {

/// Gives the text of a named value, or nullopt if it is missing.
using ValueOf = std::function<std::optional<std::string>(const std::string& name)>;

/// Fills the placeholders of a sentence. Values are canonical texts: fen as an integer, months
/// 201811, dates 2018-11-30; a missing one is shown as "—".
std::string fill_sentence(const std::string& sentence, Lang lang, const catalog::Catalog& catalog,
                          const ValueOf& value_of);

/// "1101**********002X": an ID number, account or other id with its middle hidden.
std::string masked(const std::string& id);

/// A lead's subject as a screen shows it: ID numbers and bank account numbers masked, the
/// authority's own numbers of employers, funds, operators … whole.
std::string shown_subject(const std::string& subject_kind, const std::string& id);

}  // namespace anlan::leads
