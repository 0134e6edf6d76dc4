#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/model.hpp"

namespace anlan::catalog {

/// A value as people write it (fen as yuan) in canonical form, as Param::value; nothing if it is
/// none of the type.
std::optional<std::string> canonical_param(ParamType type, std::string_view written);

/// What canonical_param takes, for messages: "a whole number".
std::string_view expected_of(ParamType type);

}  // namespace anlan::catalog
