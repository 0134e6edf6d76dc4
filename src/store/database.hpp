#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/result.hpp"
#include "store/dialect.hpp"
#include "store/schema.hpp"
#include "store/value.hpp"

namespace anlan::store {

class Link;
enum class Mode;

/// One transaction; rolled back when dropped without commit(). Borrows its Database. Not
/// thread-safe.
///
/// Both engines behave alike: a write transaction is serializable; after one failed statement
/// nothing more is done and commit() fails; texts are well-formed UTF-8 without NUL.
///
/// Errors of every call:
///   conflict      "store.retry"      another transaction came between: run the whole work again
///                 "store.duplicate"  a key or unique value is there already
///                 "store.reference"  a row refers to one that is not there, or is referred to
///   invalid_input "store.constraint" a value breaks a CHECK, NOT NULL or a column's type
///                 "store.text"       a text holds NUL or is not UTF-8
///                 "store.sql"        the statement is wrong
///   unavailable   "store.busy"       another held the lock for longer than we wait
///                 "store.full" "store.io" "store.unreachable"
///                 "store.transaction_failed"  a statement before this one failed
///                 "store.commit_unknown"      the server was lost while it committed
///   corrupted     "store.corrupted"
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  /// Runs one statement for its effect; how many rows it changed. `?` stands for a value.
  Result<std::int64_t> run(const std::string& sql, const std::vector<Value>& values = {});
  Result<Rows> query(const std::string& sql, const std::vector<Value>& values = {});
  /// The first row of the answer, if there is one.
  Result<std::optional<Row>> query_one(const std::string& sql,
                                       const std::vector<Value>& values = {});
  /// Several statements without placeholders, for tests and migrations.
  Status script(const std::string& sql);

  /// After success the work survives kill -9 and power loss.
  Status commit();
  void roll_back();

  Engine engine() const;

 private:
  friend class Database;
  struct State;
  explicit Transaction(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct OpenOptions {
  int busy_ms = 10'000;                 ///< how long to wait for another's lock
  std::filesystem::path backup_folder;  ///< where a copy goes before a migration; empty: beside
                                        ///< an SQLite file, and none of a PostgreSQL database
  bool migrate = true;                  ///< false: refuse a database that is older, too
};

/// What opening did to a database of an older version.
struct Upgrade {
  std::vector<std::string> applied;  ///< "access 003_sessions", in order; empty: it was up to date
  std::string backup;  ///< the copy made before; empty when the database was new, or when there is
                       ///< no pg_dump to make one
};

/// The desk database: an SQLite file or a PostgreSQL database. Thread-safe: each transaction has a
/// connection of its own; writers of one SQLite file queue up.
class Database {
 public:
  /// `location` is a path, or postgresql://…; it is made if it is not there (a PostgreSQL database
  /// must exist, and be Anlan's alone). Brings the tables to the state of `schemas` (each folder's,
  /// lower ranks first), all in one transaction, after a backup.
  /// Errors: unavailable "store.open", "store.unreachable", "store.server"; corrupted
  /// "store.not_a_database"; conflict "store.newer_schema" (made by a newer program),
  /// "store.older_schema" (only if migrate is false), "store.migration_changed"; unavailable
  /// "store.backup_failed"; and those of a Transaction.
  static Result<Database> open(const std::string& location, const std::vector<Schema>& schemas,
                               const OpenOptions& options = {});
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Result<Transaction> begin_write();  ///< serializable
  Result<Transaction> begin_read();   ///< one unchanging view; writing in it is an error

  /// Runs `work(Transaction&)`, which returns a Result, and commits if it succeeded. Runs it again,
  /// from the beginning and on a new transaction, when another came between ("store.retry"): so
  /// work has no effect but through its transaction.
  template <class Work>
  auto write(Work&& work) -> std::invoke_result_t<Work&, Transaction&>;
  template <class Work>
  auto read(Work&& work) -> std::invoke_result_t<Work&, Transaction&>;

  Engine engine() const;
  const std::string& location() const;
  const Upgrade& upgrade() const;

  /// Writes a copy of the database as of now to `file` while others go on working; the file appears
  /// whole or not at all. SQLite: a database file. PostgreSQL: an archive of pg_dump.
  /// Errors: conflict "store.backup_exists"; unavailable "store.backup_tool" (no pg_dump found),
  /// "store.backup_failed", "file.unwritable".
  Status back_up(const std::filesystem::path& file) const;

 private:
  friend class Transaction;
  struct State;
  explicit Database(std::shared_ptr<State> state);
  Result<Transaction> begin(Mode mode);
  static bool wait_before_attempt(int attempt);  ///< false: enough
  std::shared_ptr<State> state_;
};

/// Puts the content of a backup in the place of the database at `location`, all or nothing. An
/// SQLite database that is there is copied to `<location>.before-restore-<time>` first. Errors:
/// invalid_input "store.not_a_backup"; conflict "store.newer_schema", "store.backup_exists";
/// unavailable "store.backup_tool", "store.busy", "store.restore_failed"; as Database::open.
Status restore(const std::filesystem::path& file, const std::string& location,
               const std::vector<Schema>& schemas);

/// True for postgresql://… and postgres://…
bool is_postgres(const std::string& location);

/// Looks for damage: SQLite's own check of every page, index and reference; for PostgreSQL its
/// settings for durability. One line a finding, none when all is well.
/// Errors: as Database::open, and of a Transaction.
Result<std::vector<std::string>> damage(Database& database);

template <class Work>
auto Database::write(Work&& work) -> std::invoke_result_t<Work&, Transaction&> {
  for (int attempt = 1;; ++attempt) {
    auto transaction = begin_write();
    if (!transaction) return fail(transaction.error());
    auto result = work(*transaction);
    Error error;
    if (result) {
      auto committed = transaction->commit();
      if (committed) return result;
      error = committed.error();
    } else {
      error = result.error();
      transaction->roll_back();
    }
    if (error.code != "store.retry" || !wait_before_attempt(attempt + 1)) return fail(error);
  }
}

template <class Work>
auto Database::read(Work&& work) -> std::invoke_result_t<Work&, Transaction&> {
  auto transaction = begin_read();
  if (!transaction) return fail(transaction.error());
  auto result = work(*transaction);
  transaction->roll_back();  // nothing was written
  return result;
}

}  // namespace anlan::store
