#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <unordered_map>

#include "store/link.hpp"

namespace anlan::store {
namespace {

constexpr std::size_t kept_statements_max = 500;

/// What a code of SQLite means to a caller. SQLite's words name tables and columns, never values.
tl::unexpected<Error> sqlite_error(sqlite3* db, int code) {
  const std::string words = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  const int extended = db != nullptr ? sqlite3_extended_errcode(db) : code;
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return fail(ErrorKind::conflict, "store.duplicate", words);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return fail(ErrorKind::conflict, "store.reference", words);
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorKind::unavailable, "store.busy", words);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return fail(ErrorKind::invalid_input, "store.constraint", words);
    case SQLITE_FULL:
      return fail(ErrorKind::unavailable, "store.full", words);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return fail(ErrorKind::unavailable, "store.io", words);
    case SQLITE_CORRUPT:
      return fail(ErrorKind::corrupted, "store.corrupted", words);
    case SQLITE_NOTADB:
      return fail(ErrorKind::corrupted, "store.not_a_database", words);
    default:
      return fail(ErrorKind::invalid_input, "store.sql", words);
  }
}

class SqliteLink final : public Link {
 public:
  explicit SqliteLink(sqlite3* db) : db_(db) {}
  SqliteLink(const SqliteLink&) = delete;
  SqliteLink& operator=(const SqliteLink&) = delete;
  ~SqliteLink() override {
    forget_statements();
    sqlite3_close(db_);
  }

  Status begin(Mode mode) override {
    if (mode == Mode::write) return script("BEGIN IMMEDIATE");
    return script("PRAGMA query_only = 1; BEGIN");
  }

  Status commit() override {
    auto done = script("COMMIT");
    if (!done) return done;
    return script("PRAGMA query_only = 0");
  }

  void roll_back() override {
    // After a full disk or a failed write SQLite has rolled back by itself.
    if (sqlite3_get_autocommit(db_) == 0 && !script("ROLLBACK")) usable_ = false;
    if (!script("PRAGMA query_only = 0")) usable_ = false;
  }

  Result<Answer> execute(const std::string& sql, const std::vector<Value>& values) override {
    const auto statement = prepared(sql);
    if (!statement) return fail(statement.error());
    if (auto bound = bind(*statement, values); !bound) return fail(bound.error());
    auto answer = run(*statement);
    sqlite3_reset(*statement);
    sqlite3_clear_bindings(*statement);
    return answer;
  }

  Status script(const std::string& sql) override {
    const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(db_, code);
    return {};
  }

  bool usable() const override { return usable_; }

 private:
  Result<sqlite3_stmt*> prepared(const std::string& sql) {
    if (const auto found = statements_.find(sql); found != statements_.end()) return found->second;
    if (statements_.size() >= kept_statements_max) forget_statements();
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size() + 1),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return sqlite_error(db_, code);
    if (statement == nullptr) return fail(ErrorKind::invalid_input, "store.sql", "no statement");
    statements_.emplace(sql, statement);
    return statement;
  }

  void forget_statements() {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    statements_.clear();
  }

  /// The texts and bytes stay the caller's until the statement has run.
  Status bind(sqlite3_stmt* statement, const std::vector<Value>& values) {
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != values.size()) {
      return fail(ErrorKind::invalid_input, "store.sql",
                  fmt::format("{} values for {} placeholders", values.size(),
                              sqlite3_bind_parameter_count(statement)));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int at = static_cast<int>(i) + 1;
      const auto& held = values[i].held();
      int code = SQLITE_OK;
      if (const auto* number = std::get_if<std::int64_t>(&held)) {
        code = sqlite3_bind_int64(statement, at, *number);
      } else if (const auto* real = std::get_if<double>(&held)) {
        code = sqlite3_bind_double(statement, at, *real);
      } else if (const auto* text = std::get_if<std::string>(&held)) {
        code = sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
      } else if (const auto* bytes = std::get_if<Bytes>(&held)) {
        // A null pointer would bind NULL instead of no bytes.
        code = bytes->data.empty() ? sqlite3_bind_zeroblob(statement, at, 0)
                                   : sqlite3_bind_blob64(statement, at, bytes->data.data(),
                                                         bytes->data.size(), SQLITE_STATIC);
      }
      if (code != SQLITE_OK) return sqlite_error(db_, code);
    }
    return {};
  }

  Result<Answer> run(sqlite3_stmt* statement) {
    Answer answer;
    const auto before = sqlite3_total_changes64(db_);
    const int columns = sqlite3_column_count(statement);
    Row::Names names;
    while (true) {
      const int code = sqlite3_step(statement);
      if (code == SQLITE_DONE) break;
      if (code != SQLITE_ROW) return sqlite_error(db_, code);
      if (!names) {
        std::vector<std::string> found;
        for (int i = 0; i < columns; ++i) found.emplace_back(sqlite3_column_name(statement, i));
        names = std::make_shared<const std::vector<std::string>>(std::move(found));
      }
      std::vector<Value> values;
      values.reserve(static_cast<std::size_t>(columns));
      for (int i = 0; i < columns; ++i) values.push_back(column(statement, i));
      answer.rows.emplace_back(names, std::move(values));
    }
    // sqlite3_changes() keeps an earlier statement's count when this one changes nothing; triggers
    // and cascades, which total_changes counts too, are not used in our schemas.
    answer.changed = sqlite3_total_changes64(db_) - before;
    return answer;
  }

  static Value column(sqlite3_stmt* statement, int at) {
    const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement, at)); };
    switch (sqlite3_column_type(statement, at)) {
      case SQLITE_INTEGER:
        return sqlite3_column_int64(statement, at);
      case SQLITE_FLOAT:
        return sqlite3_column_double(statement, at);
      case SQLITE_TEXT: {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, at));
        return std::string(text, size());
      }
      case SQLITE_BLOB: {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, at));
        return Bytes{bytes == nullptr ? std::string() : std::string(bytes, size())};
      }
      default:
        return {};
    }
  }

  sqlite3* db_;
  bool usable_ = true;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace

Result<std::unique_ptr<Link>> open_sqlite(const std::string& path, const LinkOptions& options) {
  // Personal data: readable for nobody but the owner. SQLite gives -wal and -shm the same rights.
  // Only a file that is not there is opened here: closing one takes away the locks that SQLite
  // holds on it in this process, and another process that closes then deletes the log we write to
  // (sqlite.org/howtocorrupt.html, 2.2).
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC | O_RDWR, 0600);
  if (file >= 0) ::close(file);
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr); code != SQLITE_OK) {
    const auto words = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    auto error = fail(ErrorKind::unavailable, "store.open", fmt::format("{}: {}", path, words));
    sqlite3_close(db);
    return error;
  }
  auto link = std::make_unique<SqliteLink>(db);
  sqlite3_busy_timeout(db, options.busy_ms);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // FULL: in WAL mode NORMAL may lose the last commits when the power fails. secure_delete: what
  // was deleted, as personal parts of acts are, is overwritten.
  const char* settings =
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
      "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON";
  auto set = link->script(settings);
  // To make a new file a WAL database, SQLite takes a lock for which it does not wait.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(options.busy_ms);
  while (!set && set.error().code == "store.busy" && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    set = link->script(settings);
  }
  if (!set) {
    if (set.error().code == "store.sql") set.error().code = "store.open";
    set.error().detail = fmt::format("{}: {}", path, set.error().detail);
    return fail(set.error());
  }
  return link;
}

}  // namespace anlan::store
