#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/value.hpp"

namespace anlan::store {

enum class Mode { read, write };

/// What one statement gave.
struct Answer {
  Rows rows;
  std::int64_t changed = 0;  ///< rows inserted, updated or deleted
};

/// One connection to one engine; not thread-safe. Inside this folder only.
class Link {
 public:
  virtual ~Link() = default;

  virtual Status begin(Mode mode) = 0;
  virtual Status commit() = 0;
  /// Never fails: a connection that cannot roll back is no longer usable().
  virtual void roll_back() = 0;
  /// One statement with `?` placeholders, prepared once and kept.
  virtual Result<Answer> execute(const std::string& sql, const std::vector<Value>& values) = 0;
  /// Several statements without placeholders or answers.
  virtual Status script(const std::string& sql) = 0;
  virtual bool usable() const = 0;
};

struct LinkOptions {
  int busy_ms = 10'000;  ///< how long to wait for another's lock
};

/// Errors: unavailable "store.open" (detail: path and cause); corrupted "store.not_a_database".
Result<std::unique_ptr<Link>> open_sqlite(const std::string& path, const LinkOptions& options);
/// Errors: unavailable "store.unreachable", "store.server" (too old, or not in UTF-8).
Result<std::unique_ptr<Link>> open_postgres(const std::string& uri, const LinkOptions& options);

/// Text that both engines keep exactly: well-formed UTF-8 without NUL.
/// Errors: invalid_input "store.text".
Status check_texts(const std::vector<Value>& values);

}  // namespace anlan::store
