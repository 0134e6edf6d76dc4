#include "detect/params.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "base/fen.hpp"
#include "base/text.hpp"
#include "catalog/near_name.hpp"

namespace anlan::detect {
namespace {

using catalog::ParamType;

tl::unexpected<Error> wrong_value(std::string_view text, std::string_view expected) {
  return fail(ErrorKind::invalid_input, "model.param_value",
              fmt::format("'{}' is not {}", text, expected));
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<std::string> read_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return wrong_value(text, "an integer");
  return std::to_string(value);
}

Result<std::string> read_ratio(std::string_view text) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const auto dot = digits.find('.');
  const auto whole = digits.substr(0, dot);
  const auto places = dot == std::string_view::npos ? std::string_view{} : digits.substr(dot + 1);
  const bool good = all_digits(whole) && whole.size() <= 6 &&
                    (dot == std::string_view::npos || (all_digits(places) && places.size() <= 6));
  if (!good) return wrong_value(text, "a decimal number with at most six places");
  return std::string(text);
}

Result<std::vector<BoundParam>> bind_all(const std::string& owner,
                                         std::span<const catalog::Param> params,
                                         const std::map<std::string, std::string>& overrides) {
  std::vector<BoundParam> bound;
  for (const auto& param : params) {
    BoundParam one{param.name, param.type, param.value, false};
    if (const auto over = overrides.find(param.name); over != overrides.end()) {
      auto value = read_param(param.type, over->second);
      if (!value) {
        return fail(value.error().kind, value.error().code,
                    fmt::format("{}.{}: {}", owner, param.name, value.error().detail));
      }
      one.value = std::move(*value);
      one.overridden = true;
    }
    bound.push_back(std::move(one));
  }
  for (const auto& entry : overrides) {
    const auto& name = entry.first;
    const bool known = std::any_of(params.begin(), params.end(),
                                   [&](const catalog::Param& param) { return param.name == name; });
    if (known) continue;
    std::string names;
    for (const auto& param : params) names += (names.empty() ? "" : ", ") + param.name;
    return fail(
        ErrorKind::invalid_input, "model.param_unknown",
        fmt::format("{}.{}; its parameters: {}", owner, name, names.empty() ? "none" : names));
  }
  return bound;
}

}  // namespace

Result<std::string> read_param(ParamType type, std::string_view text) {
  const auto value = trim(text);
  switch (type) {
    case ParamType::integer:
      return read_integer(value);
    case ParamType::ratio:
      return read_ratio(value);
    case ParamType::text:
      return std::string(value);
    case ParamType::fen: {
      const auto amount = parse_yuan(value);
      if (!amount) return wrong_value(value, "an amount in yuan with two decimals");
      return std::to_string(amount->value);
    }
    case ParamType::date: {
      const auto date = parse_date(value);
      if (!date) return wrong_value(value, "a date such as 2018-11-30");
      return format_date(*date);
    }
    case ParamType::month: {
      const auto month = parse_month(value);
      if (!month) return wrong_value(value, "a month such as 201811");
      return std::to_string(month->value);
    }
  }
  return wrong_value(value, "a known type");
}

Result<std::vector<BoundParam>> bind_params(const catalog::Model& model,
                                            const std::map<std::string, std::string>& overrides) {
  return bind_all(model.name, model.params, overrides);
}

Result<std::vector<BoundParam>> bind_params(const catalog::Rule& rule,
                                            const std::map<std::string, std::string>& overrides) {
  std::vector<catalog::Param> params;
  for (const auto& one : rule.params) params.push_back(one.param);
  return bind_all(rule.name, params, overrides);
}

std::map<std::string, std::string> overrides_of(
    const catalog::Detection& detection, const std::map<std::string, std::string>& settings) {
  std::map<std::string, std::string> own;
  for (const auto& [key, value] : settings) {
    const auto dot = key.find('.');
    if (dot == std::string::npos) continue;
    const auto owner = key.substr(0, dot);
    if (owner == detection.name || owner == detection.code) own[key.substr(dot + 1)] = value;
  }
  return own;
}

Status check_settings(const catalog::Catalog& catalog,
                      const std::map<std::string, std::string>& settings) {
  for (const auto& [key, value] : settings) {
    const auto owner = key.substr(0, key.find('.'));
    const auto* model = catalog.model(owner);
    const auto* rule = catalog.rule(owner);
    if (key.find('.') == std::string::npos) {
      return fail(ErrorKind::invalid_input, "model.param_unknown",
                  fmt::format("anlan.yaml, params: '{}' names no parameter; write "
                              "detection.parameter",
                              key));
    }
    if (model == nullptr && rule == nullptr) {
      return fail(ErrorKind::invalid_input, "model.param_unknown",
                  fmt::format("anlan.yaml, params: '{}' names no detection{}", key,
                              catalog::did_you_mean(owner, catalog.detection_names())));
    }
    const auto bound = model != nullptr ? bind_params(*model, overrides_of(*model, settings))
                                        : bind_params(*rule, overrides_of(*rule, settings));
    if (!bound) {
      return fail(bound.error().kind, bound.error().code,
                  "anlan.yaml, params: " + bound.error().detail);
    }
  }
  return {};
}

std::map<std::string, std::string> sql_literals(const std::vector<BoundParam>& params, Date as_of) {
  std::map<std::string, std::string> literals;
  for (const auto& param : params) {
    std::string& literal = literals[param.name];
    switch (param.type) {
      case ParamType::integer:
      case ParamType::fen:
        literal = fmt::format("cast({} as bigint)", param.value);
        break;
      case ParamType::ratio:
        literal = fmt::format("cast({} as double)", param.value);
        break;
      case ParamType::text:
        literal = sql_quoted(param.value);
        break;
      case ParamType::date:
        literal = fmt::format("cast('{}' as date)", param.value);
        break;
      case ParamType::month:
        literal = param.value;
        break;
    }
  }
  literals["as_of"] = fmt::format("cast('{}' as date)", format_date(as_of));
  literals["as_of_month"] = std::to_string(as_of.month().value);
  return literals;
}

}  // namespace anlan::detect
