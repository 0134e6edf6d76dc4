#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"

namespace anlan::detect {

/// A parameter of a model with the value one run uses.
struct BoundParam {
  std::string name;
  catalog::ParamType type = catalog::ParamType::integer;
  std::string value;        ///< canonical, as catalog::Param::value
  bool overridden = false;  ///< by the workspace or a spec, not the catalog's default
};

/// Reads a value as people write it in model.yaml, anlan.yaml and specs (fen as yuan with two
/// decimals) into its canonical form. Errors: invalid_input "model.param_value", saying what was
/// expected.
Result<std::string> read_param(catalog::ParamType type, std::string_view text);

/// The model's parameters in its order, with `overrides` (parameter → value as people write it) in
/// place of defaults. Errors: invalid_input "model.param_unknown", "model.param_value" naming model
/// and parameter.
Result<std::vector<BoundParam>> bind_params(const catalog::Model& model,
                                            const std::map<std::string, std::string>& overrides);

/// Of a workspace's settings ("model.param" → value, the model by name or code), those of `model`.
std::map<std::string, std::string> overrides_of(const catalog::Model& model,
                                                const std::map<std::string, std::string>& settings);

/// Errors: invalid_input "model.param_unknown" for a setting that names no model or none of its
/// parameters.
Status check_settings(const catalog::Catalog& catalog,
                      const std::map<std::string, std::string>& settings);

/// What `:name` becomes in SQL: the parameters, `as_of` (a date) and `as_of_month` (an integer).
std::map<std::string, std::string> sql_literals(const std::vector<BoundParam>& params, Date as_of);

}  // namespace anlan::detect
