#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace anlan::server {

using Json = nlohmann::ordered_json;

/// Where in a JSON text something is wrong: "/rows/0/dept" (RFC 6901).
struct JsonFault {
  std::string code;
  std::string pointer;
};

struct JsonLimits {
  std::size_t depth_max = 24;
  std::size_t values_max = 200'000;
  std::size_t keys_max = 500;  ///< of one object
};

/// Reads a text that came from outside, stricter than JSON itself, so that what was checked is what
/// is used: a key twice, U+0000 and numbers beyond 64 bits are refused, and so is too deep or too
/// many. Codes: "json.malformed" (also bad UTF-8 and a second value), "json.duplicate_key",
/// "json.too_deep", "json.too_many_values", "json.nul", "json.number".
tl::expected<Json, JsonFault> read_json(std::string_view text, const JsonLimits& limits = {});

/// One step of a pointer: ~ and / escaped.
std::string pointer_step(std::string_view name);

/// As compact text; never throws.
std::string json_text(const Json& json);

}  // namespace anlan::server
