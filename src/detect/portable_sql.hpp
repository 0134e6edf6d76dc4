#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace anlan::detect {

enum class SqlTokenKind { word, number, text, symbol, param };

/// A piece of SQL; `text` points into the SQL. A param's text is ":name", a text's has its quotes.
struct SqlToken {
  SqlTokenKind kind = SqlTokenKind::symbol;
  std::string_view text;
  std::size_t offset = 0;
  int line = 1;
  int column = 1;  ///< in characters, from 1
};

/// What stands where it may not; the message says what to write instead.
struct SqlProblem {
  int line = 1;
  int column = 1;
  std::string message;
};

/// The tokens of `sql` without its comments; reading goes on after a problem, which is added to
/// `problems`.
std::vector<SqlToken> tokenize_sql(std::string_view sql, std::vector<SqlProblem>& problems);

/// Where `sql` leaves the subset that DuckDB and Spark SQL run with equal results: one SELECT,
/// plain names, functions that both have with one meaning (or that lake::create_compat_macros()
/// gives), and an explicit place for NULLs in every ORDER BY. Empty if nowhere. It reads tokens,
/// not meaning: types and the scope of aliases are not checked.
std::vector<SqlProblem> portable_sql_problems(std::string_view sql);

/// Errors: invalid_input "model.not_portable", with up to ten problems as "origin:line:column:
/// message", one a line.
Status check_portable_sql(std::string_view sql, const std::string& origin);

/// The names of all `:name` in `sql`, each once, sorted.
std::vector<std::string> sql_params(std::string_view sql);

/// `sql` with every `:name` replaced by `literals[name]`; strings and comments stay as they are.
/// Errors: invalid_input "model.param_unknown" naming the parameter and its place.
Result<std::string> bind_sql_params(std::string_view sql,
                                    const std::map<std::string, std::string>& literals,
                                    const std::string& origin);

}  // namespace anlan::detect
