#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace anlan::store {

enum class Engine { sqlite, postgres };

/// The text for PostgreSQL: each `?` outside literals, quoted names and comments becomes $1, $2 …
std::string numbered_placeholders(std::string_view sql);

/// The text of a migration for one engine, its tokens replaced:
///   {id}     a whole-number key the database gives, never twice
///   {int}    64 bits    {real} double    {bytes}
///   {text}   UTF-8, ordered by its bytes on both engines
///   {strict} behind the table's closing bracket: no column takes a value of another type
/// Errors: invalid_input "store.token", naming the unknown one.
Result<std::string> in_dialect(std::string_view sql, Engine engine);

/// "?, ?, ?" for a list of `count` values.
std::string placeholders(std::size_t count);

}  // namespace anlan::store
