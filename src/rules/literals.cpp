#include "rules/literals.hpp"

#include <algorithm>
#include <charconv>

#include "base/fen.hpp"
#include "base/month.hpp"
#include "base/text.hpp"
#include "rules/arithmetic.hpp"

namespace anlan::rules {
namespace {

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value < -number_max ? std::nullopt : std::optional(value);
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> millionths(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole_part = text.substr(0, point);
  std::string places(point == std::string_view::npos ? "0" : text.substr(point + 1));
  if (!all_digits(whole_part) || !all_digits(places) || whole_part.size() > 12 || places.size() > 6)
    return std::nullopt;
  places.resize(6, '0');
  const auto value = *whole(whole_part) * ratio_one + *whole(places);
  return negative ? -value : value;
}

}  // namespace

std::optional<std::int64_t> literal_value(Kind kind, std::string_view text) {
  if (kind != Kind::fen) return canonical_value(kind, text);
  const auto amount = parse_yuan(text);
  return amount ? std::optional(amount->value) : std::nullopt;
}

std::optional<std::int64_t> canonical_value(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::integer:
    case Kind::fen:
      return whole(text);
    case Kind::ratio:
      return millionths(text);
    case Kind::month: {
      const auto month = parse_month(text);
      return month ? std::optional<std::int64_t>(month->value) : std::nullopt;
    }
    case Kind::date: {
      const auto date = parse_date(text);
      return date ? std::optional<std::int64_t>(date->days) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace anlan::rules
