#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/lang.hpp"
#include "base/month.hpp"
#include "server/json_text.hpp"

namespace anlan::server {

// How values stand in answers, and how they are read from bodies that the contract has checked.

inline Json text_json(const Title& title) {
  return {{"zh", title.zh}, {"en", title.en}};
}
inline Json moment_json(const std::optional<Instant>& at) {
  return at ? Json(format_instant(*at)) : Json();
}
inline Json day_json(const std::optional<Date>& day) {
  return day ? Json(format_date(*day)) : Json();
}
inline Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

/// A text of the body; "" if it is not there or null.
inline std::string text_in(const Json& body, const char* name) {
  const auto found = body.find(name);
  return found == body.end() || found->is_null() ? std::string() : found->get<std::string>();
}
inline std::int64_t number_in(const Json& body, const char* name, std::int64_t otherwise = 0) {
  const auto found = body.find(name);
  return found == body.end() || found->is_null() ? otherwise : found->get<std::int64_t>();
}
inline bool flag_in(const Json& body, const char* name) {
  const auto found = body.find(name);
  return found != body.end() && found->is_boolean() && found->get<bool>();
}
/// A day of the body, whose schema is `format: date`.
inline std::optional<Date> day_in(const Json& body, const char* name) {
  const auto text = text_in(body, name);
  if (text.empty()) return std::nullopt;
  const auto day = parse_date(text);
  return day ? std::optional<Date>(*day) : std::nullopt;
}

/// The moment at which the day behind `last` begins in China: when something ends whose last day
/// that is.
inline std::optional<Instant> end_of(const std::optional<Date>& last) {
  if (!last) return std::nullopt;
  return Instant::start_of({last->days + 1});
}

}  // namespace anlan::server
