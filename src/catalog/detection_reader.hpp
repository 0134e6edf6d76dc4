#pragma once

// What readers of models and of rules share.

#include <string>
#include <string_view>
#include <vector>

#include "catalog/model.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {

bool is_item_code(std::string_view text);  ///< EP-15: two capital letters, a dash, two digits
bool is_exclusion(std::string_view text);  ///< E1 to E12
bool is_phase(std::string_view text);      ///< before, during or after

/// The list of words at `key`, each once, of the form that `fits` asks for.
std::vector<std::string> read_words(const YamlMap& top, const std::string& key,
                                    const Source& source, bool (*fits)(std::string_view),
                                    const std::string& expected);

Severity read_severity(const YamlMap& top);

/// One entry of `params`. Without `needs_value` its value may be left out.
Param read_param(const std::string& name, const YamlMap& entry, bool needs_value = true);

}  // namespace anlan::catalog
