#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"
#include "server/http.hpp"
#include "server/json_schema.hpp"

namespace anlan::server {

/// The words of an error code; the code itself if it has none.
using WordsOf = std::function<std::string(std::string_view code, Lang lang)>;

/// One part of a request that is wrong.
struct FieldProblem {
  std::string in;  ///< "body", "query", "path" or "header"
  Violation violation;
};

/// Why a request was refused: a problem document of RFC 9457.
struct Problem {
  int status = 500;
  std::string code;
  std::string detail;
  std::vector<FieldProblem> fields;
  std::vector<Field> headers;  ///< "allow", "retry-after" …
};

/// The only place that maps errors to HTTP: invalid_input 422, forbidden 403, not_found 404,
/// conflict 409 (412 for a stale version, 428 for none), unavailable 503, corrupted 500. What only
/// the program can have got wrong ("store.sql" and the like) is 500, and its detail stays in the
/// log.
Problem problem_of(const Error& error);

/// The document, in the language asked for.
Response present(const Problem& problem, const Request& request, Lang lang, const WordsOf& words);

/// The language of an Accept-Language field: Chinese unless English is wanted more.
Lang lang_of(std::string_view accept_language);

}  // namespace anlan::server
