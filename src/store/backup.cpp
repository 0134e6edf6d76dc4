#include "store/backup.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fstream>

#include "base/file.hpp"
#include "base/instant.hpp"
#include "store/database.hpp"
#include "store/link.hpp"
#include "store/migrate.hpp"

namespace anlan::store {
namespace {

constexpr int busy_ms = 10'000;
constexpr const char* sqlite_header = "SQLite format 3";
constexpr const char* pg_dump_header = "PGDMP";

struct SqliteEnd {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using SqlitePointer = std::unique_ptr<sqlite3, SqliteEnd>;

Result<SqlitePointer> open_plain(const std::string& path, int flags) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  SqlitePointer pointer(db);
  if (code != SQLITE_OK) {
    return fail(ErrorKind::unavailable, "store.open",
                fmt::format("{}: {}", path, sqlite3_errstr(code)));
  }
  sqlite3_busy_timeout(db, busy_ms);
  return pointer;
}

std::string first_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(16, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

/// The one value of a statement as text; "" if it fails.
std::string one_text(sqlite3* db, const char* sql) {
  std::string text;
  sqlite3_exec(
      db, sql,
      [](void* out, int, char** values, char**) {
        if (values[0] != nullptr) *static_cast<std::string*>(out) = values[0];
        return 1;  // one row is enough
      },
      &text, nullptr);
  return text;
}

/// Looks at a copy, since opening the backup itself could change it.
Status check_copy(const std::string& copy, const std::vector<Schema>& schemas) {
  auto link = open_sqlite(copy, {});
  if (!link) return fail(link.error());
  const auto found = (*link)->execute("PRAGMA integrity_check(1)", {});
  if (!found) return fail(found.error());
  if (const auto& line = found->rows.front().text("integrity_check"); line != "ok") {
    return fail(ErrorKind::corrupted, "store.corrupted", line);
  }
  return check_not_newer(**link, Engine::sqlite, schemas);
}

/// Moves a database too damaged to be copied out of the way, with what belongs to it.
Status move_away(const std::string& path, const std::string& kept) {
  for (const char* part : {"", "-wal", "-shm"}) {
    std::error_code error;
    if (!std::filesystem::exists(path + part, error)) continue;
    std::filesystem::rename(path + part, kept + part, error);
    if (error) {
      return fail(ErrorKind::unavailable, "file.unwritable",
                  fmt::format("{}: {}", path + part, error.message()));
    }
  }
  return {};
}

Status replace_by_copy(const std::string& copy, const std::string& path) {
  if (std::filesystem::exists(path)) {
    const auto kept = fmt::format("{}.before-restore-{}", path, Instant::now().ms);
    const auto backed_up = back_up_to(path, kept);
    if (!backed_up && backed_up.error().kind != ErrorKind::corrupted) return backed_up;
    if (!backed_up) {
      if (auto moved = move_away(path, kept); !moved) return moved;
    }
  }
  return copy_sqlite(copy, path);
}

Status restore_sqlite(const std::filesystem::path& file, const std::string& path,
                      const std::vector<Schema>& schemas) {
  if (!first_bytes(file).starts_with(sqlite_header)) {
    return fail(ErrorKind::invalid_input, "store.not_a_backup", file.string());
  }
  const std::string copy = path + ".restoring";
  const auto sweep = [&] {
    std::error_code error;
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(copy + part, error);
  };
  sweep();
  auto done = copy_sqlite(file.string(), copy);
  if (done) done = check_copy(copy, schemas);
  if (!done &&
      (done.error().kind == ErrorKind::corrupted || done.error().code == "store.no_schema")) {
    done = fail(ErrorKind::invalid_input, "store.not_a_backup",
                fmt::format("{}: {}", file.string(), done.error().detail));
  }
  if (done) done = replace_by_copy(copy, path);
  sweep();
  return done;
}

}  // namespace

Status copy_sqlite(const std::string& from, const std::string& path) {
  auto source = open_plain(from, SQLITE_OPEN_READONLY);
  if (!source) return fail(source.error());
  auto target = open_plain(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!target) return fail(target.error());
  // One step over all pages: they become visible together, or not at all.
  sqlite3_backup* copy = sqlite3_backup_init(target->get(), "main", source->get(), "main");
  if (copy == nullptr) {
    return fail(ErrorKind::unavailable, "store.backup_failed", sqlite3_errmsg(target->get()));
  }
  const int stepped = sqlite3_backup_step(copy, -1);
  const int finished = sqlite3_backup_finish(copy);
  const int code = stepped == SQLITE_DONE ? finished : stepped;
  if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
    return fail(ErrorKind::unavailable, "store.busy", path);
  }
  if (code != SQLITE_OK) {
    const bool damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
    return fail(damaged ? ErrorKind::corrupted : ErrorKind::unavailable, "store.backup_failed",
                fmt::format("{}: {}", path, sqlite3_errstr(code)));
  }
  return {};
}

Status back_up_sqlite(const std::string& path, const std::filesystem::path& aside) {
  if (auto copied = copy_sqlite(path, aside.string()); !copied) return copied;
  auto db = open_plain(aside.string(), SQLITE_OPEN_READWRITE);
  if (!db) return fail(db.error());
  // A backup is one file, never with a -wal beside it; and one that was damaged before is no
  // backup.
  (void)one_text(db->get(), "PRAGMA journal_mode = DELETE");
  const auto found = one_text(db->get(), "PRAGMA integrity_check(1)");
  if (found != "ok") return fail(ErrorKind::corrupted, "store.corrupted", path + ": " + found);
  return {};
}

Status back_up_to(const std::string& location, const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    return fail(ErrorKind::conflict, "store.backup_exists", file.string());
  }
  const std::filesystem::path aside = file.string() + ".part";
  std::filesystem::remove(aside, error);
  const auto done =
      is_postgres(location) ? back_up_postgres(location, aside) : back_up_sqlite(location, aside);
  if (!done) {
    std::filesystem::remove(aside, error);
    return done;
  }
  std::filesystem::permissions(
      aside, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  if (auto synced = sync_path(aside); !synced) return synced;
  std::filesystem::rename(aside, file, error);
  if (error) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                fmt::format("{}: {}", file.string(), error.message()));
  }
  const auto folder = file.parent_path();
  return sync_path(folder.empty() ? "." : folder);
}

Status restore(const std::filesystem::path& file, const std::string& location,
               const std::vector<Schema>& schemas) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return fail(ErrorKind::not_found, "file.unreadable", file.string());
  }
  std::vector<Schema> all = {schema()};
  all.insert(all.end(), schemas.begin(), schemas.end());
  if (!is_postgres(location)) return restore_sqlite(file, location, all);
  if (!first_bytes(file).starts_with(pg_dump_header)) {
    return fail(ErrorKind::invalid_input, "store.not_a_backup", file.string());
  }
  return restore_postgres(file, location);
}

}  // namespace anlan::store
