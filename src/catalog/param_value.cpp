#include "catalog/param_value.hpp"

#include <algorithm>
#include <charconv>

#include "base/fen.hpp"
#include "base/month.hpp"

namespace anlan::catalog {
namespace {

/// -0.350 stays a decimal: digits, and at most six after one point.
bool is_ratio(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto part = point == std::string_view::npos ? "0" : text.substr(point + 1);
  const auto digits = [](std::string_view piece) {
    return !piece.empty() &&
           std::all_of(piece.begin(), piece.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits(whole) && digits(part) && whole.size() <= 6 && part.size() <= 6;
}

}  // namespace

std::optional<std::string> canonical_param(ParamType type, std::string_view written) {
  switch (type) {
    case ParamType::integer: {
      std::int64_t value = 0;
      const auto [end, error] =
          std::from_chars(written.data(), written.data() + written.size(), value);
      if (error != std::errc() || end != written.data() + written.size()) return std::nullopt;
      return std::to_string(value);
    }
    case ParamType::fen: {
      const auto amount = parse_yuan(written);
      return amount ? std::optional(std::to_string(amount->value)) : std::nullopt;
    }
    case ParamType::ratio:
      return is_ratio(written) ? std::optional(std::string(written)) : std::nullopt;
    case ParamType::text:
      return std::string(written);
    case ParamType::date: {
      const auto date = parse_date(written);
      return date ? std::optional(format_date(*date)) : std::nullopt;
    }
    case ParamType::month: {
      const auto month = parse_month(written);
      return month ? std::optional(std::to_string(month->value)) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::string_view expected_of(ParamType type) {
  switch (type) {
    case ParamType::integer:
      return "a whole number";
    case ParamType::fen:
      return "yuan with at most two decimals, such as \"100.00\"";
    case ParamType::ratio:
      return "a decimal with at most six places, such as 0.35";
    case ParamType::text:
      return "a text";
    case ParamType::date:
      return "a date such as 2018-11-30";
    case ParamType::month:
      return "a month such as 2018-11";
  }
  return "a value";
}

}  // namespace anlan::catalog
