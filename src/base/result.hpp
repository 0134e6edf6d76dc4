#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace anlan {

/// One kind = one thing the caller can do about it.
enum class ErrorKind { invalid_input, forbidden, not_found, conflict, unavailable, corrupted };

/// `code` is stable and for programs ("import.column_missing"); `detail` says in words what and
/// where. Neither ever holds a name or an ID number; `detail` may name files, rows, columns and
/// expectations.
struct Error {
  ErrorKind kind = ErrorKind::invalid_input;
  std::string code;
  std::string detail;
};

/// A class, not an alias: tl::expected alone may be dropped in silence.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// What a function returns that can only succeed or fail.
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string code, std::string detail = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(code), std::move(detail)});
}

/// Passes an error on: `if (!rows) return fail(rows.error());`
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace anlan
