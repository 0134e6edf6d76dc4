#pragma once

#include <string>
#include <vector>

#include "base/lang.hpp"
#include "catalog/model.hpp"

namespace anlan::app {

// How models and rules are shown alike.

std::string joined(const std::vector<std::string>& words);  ///< by spaces
std::string severity_name(catalog::Severity severity, Lang lang);
std::string amount_name(catalog::AmountKind kind, Lang lang);
std::string phase_names(const std::vector<std::string>& phases, Lang lang);
std::string param_text(const catalog::Param& param);  ///< as people write it: fen as yuan

/// Rows of text in columns, the last one left as it is.
void print_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace anlan::app
