#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/type.hpp"

namespace anlan::rules {

/// A number as Node::value out of text: int digits; fen as yuan ("100.00"); ratio a decimal with at
/// most six places; month and date as files write them. Nothing if the text is none of `kind`.
std::optional<std::int64_t> literal_value(Kind kind, std::string_view text);

/// The same of a parameter's canonical form: fen as digits.
std::optional<std::int64_t> canonical_value(Kind kind, std::string_view text);

}  // namespace anlan::rules
