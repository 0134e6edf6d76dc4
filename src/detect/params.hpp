#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"

namespace anlan::detect {

/// A parameter of a detection with the value one run uses.
struct BoundParam {
  std::string name;
  catalog::ParamType type = catalog::ParamType::integer;
  std::string value;        ///< canonical, as catalog::Param::value; "" if policy_param alone says
  bool overridden = false;  ///< by the workspace or a spec, not the catalog's default
};

/// Reads a value as people write it in model.yaml, anlan.yaml and specs (fen as yuan with two
/// decimals) into its canonical form. Errors: invalid_input "model.param_value", saying what was
/// expected.
Result<std::string> read_param(catalog::ParamType type, std::string_view text);

/// The detection's parameters in its order, with `overrides` (parameter → value as people write it)
/// in place of defaults. Errors: invalid_input "model.param_unknown", "model.param_value" naming
/// detection and parameter.
Result<std::vector<BoundParam>> bind_params(const catalog::Model& model,
                                            const std::map<std::string, std::string>& overrides);
Result<std::vector<BoundParam>> bind_params(const catalog::Rule& rule,
                                            const std::map<std::string, std::string>& overrides);

/// Of a workspace's settings ("detection.param" → value, the detection by name or code), those of
/// this one.
std::map<std::string, std::string> overrides_of(const catalog::Detection& detection,
                                                const std::map<std::string, std::string>& settings);

/// Errors: invalid_input "model.param_unknown" for a setting that names no detection or none of its
/// parameters.
Status check_settings(const catalog::Catalog& catalog,
                      const std::map<std::string, std::string>& settings);

/// What `:name` becomes in SQL: the parameters, `as_of` (a date) and `as_of_month` (an integer).
std::map<std::string, std::string> sql_literals(const std::vector<BoundParam>& params, Date as_of);

}  // namespace anlan::detect
