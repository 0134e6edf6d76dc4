#include "store/migrate.hpp"

#include <fmt/format.h>

#include <map>

#include "base/check.hpp"
#include "base/instant.hpp"
#include "base/sha256.hpp"
#include "store/backup.hpp"

namespace anlan::store {
namespace {

constexpr const char* version_table =
    "CREATE TABLE IF NOT EXISTS schema_version (owner {text} NOT NULL, number {int} NOT NULL,"
    " name {text} NOT NULL, sha256 {text} NOT NULL, applied_at_ms {int} NOT NULL,"
    " PRIMARY KEY (owner, number)) {strict}";

// Any number, the same in every version of the program: whoever migrates a PostgreSQL database
// holds it.
constexpr std::int64_t migration_lock = 0x616e6c616e;

struct Applied {
  std::string name;
  std::string sha256;
};
/// By owner and number.
using AppliedMap = std::map<std::pair<std::string, int>, Applied>;

struct Step {
  const Schema* schema;
  const Migration* migration;
  std::string label() const {
    return fmt::format("{} {:03}_{}", schema->owner, migration->number, migration->name);
  }
};

/// What has been applied; nothing when the table of versions is not there.
Result<AppliedMap> read_applied(Link& link, Engine engine) {
  const auto there = link.execute(
      engine == Engine::sqlite
          ? "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'"
          : "SELECT 1 FROM pg_tables WHERE tablename = 'schema_version' AND schemaname = "
            "current_schema()",
      {});
  if (!there) return fail(there.error());
  AppliedMap applied;
  if (there->rows.empty()) return applied;
  const auto rows = link.execute("SELECT owner, number, name, sha256 FROM schema_version", {});
  if (!rows) return fail(rows.error());
  for (const auto& row : rows->rows) {
    applied[{row.text("owner"), static_cast<int>(row.integer("number"))}] = {row.text("name"),
                                                                             row.text("sha256")};
  }
  return applied;
}

/// What the database has and this program does not know.
Status refuse_newer(const AppliedMap& applied, const std::vector<Schema>& schemas) {
  for (const auto& [key, what] : applied) {
    const auto& [owner, number] = key;
    bool known = false;
    for (const auto& schema : schemas) {
      known = known || (schema.owner == owner &&
                        static_cast<std::size_t>(number) <= schema.migrations.size());
    }
    if (!known) {
      return fail(ErrorKind::conflict, "store.newer_schema",
                  fmt::format("{} {:03}_{}", owner, number, what.name));
    }
  }
  return {};
}

/// The steps not yet applied. Errors: conflict "store.newer_schema", "store.migration_changed".
Result<std::vector<Step>> pending_steps(const AppliedMap& applied,
                                        const std::vector<Schema>& schemas) {
  if (auto fine = refuse_newer(applied, schemas); !fine) return fail(fine.error());
  std::vector<Step> steps;
  for (const auto& schema : schemas) {
    for (std::size_t i = 0; i < schema.migrations.size(); ++i) {
      const auto& migration = schema.migrations[i];
      CHECK(migration.number == static_cast<int>(i) + 1);
      const Step step{&schema, &migration};
      const auto found = applied.find({schema.owner, migration.number});
      if (found == applied.end()) {
        steps.push_back(step);
      } else if (found->second.sha256 != sha256_hex(migration.sql)) {
        return fail(ErrorKind::conflict, "store.migration_changed", step.label());
      }
    }
  }
  return steps;
}

Status apply(Link& link, Engine engine, const Step& step) {
  const auto sql = in_dialect(step.migration->sql, engine);
  if (!sql) return fail(sql.error());
  if (auto done = link.script(*sql); !done) {
    return fail(done.error().kind, done.error().code,
                fmt::format("{}: {}", step.label(), done.error().detail));
  }
  const auto noted = link.execute(
      "INSERT INTO schema_version (owner, number, name, sha256, applied_at_ms) VALUES (?, ?, ?, ?, "
      "?)",
      {step.schema->owner, step.migration->number, step.migration->name,
       sha256_hex(step.migration->sql), Instant::now().ms});
  if (!noted) return fail(noted.error());
  return {};
}

/// Inside a write transaction: all pending steps, or an error and nothing.
Result<std::vector<std::string>> apply_pending(Link& link, Engine engine,
                                               const std::vector<Schema>& schemas) {
  const auto table = in_dialect(version_table, engine);
  if (!table) return fail(table.error());
  if (auto made = link.script(*table); !made) return fail(made.error());
  const auto applied = read_applied(link, engine);
  if (!applied) return fail(applied.error());
  const auto steps = pending_steps(*applied, schemas);
  if (!steps) return fail(steps.error());
  std::vector<std::string> labels;
  for (const auto& step : *steps) {
    if (auto done = apply(link, engine, step); !done) return fail(done.error());
    labels.push_back(step.label());
  }
  return labels;
}

Result<std::vector<std::string>> in_one_transaction(Link& link, Engine engine,
                                                    const std::vector<Schema>& schemas) {
  if (auto begun = link.begin(Mode::write); !begun) return fail(begun.error());
  auto labels = apply_pending(link, engine, schemas);
  Status done;
  if (labels) done = link.commit();
  if (!labels || !done) link.roll_back();
  if (!done) return fail(done.error());
  return labels;
}

/// A free name for the copy made before `step`, readable in a listing.
std::filesystem::path copy_name(const std::string& location, const OpenOptions& options,
                                const Step& step) {
  const bool postgres = is_postgres(location);
  const std::filesystem::path database(location);
  const auto folder =
      options.backup_folder.empty() ? database.parent_path() : options.backup_folder;
  const auto stem = postgres ? std::string("desk") : database.filename().string();
  const auto name =
      fmt::format("{}.before-{}-{:03}", stem, step.schema->owner, step.migration->number);
  const char* ending = postgres ? ".dump" : "";
  auto file = folder / (name + ending);
  for (int i = 2; std::filesystem::exists(file); ++i) {
    file = folder / fmt::format("{}-{}{}", name, i, ending);
  }
  return file;
}

/// Returns where the copy is; "" where none can be made.
Result<std::string> copy_before(const std::string& location, const OpenOptions& options,
                                const Step& step) {
  if (is_postgres(location) && options.backup_folder.empty()) return std::string();
  const auto file = copy_name(location, options, step);
  if (!options.backup_folder.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.backup_folder, error);
  }
  const auto done = back_up_to(location, file);
  if (done) return file.string();
  // Without pg_dump the server's own backups must do; the migration is one transaction anyway.
  if (done.error().code == "store.backup_tool") return std::string();
  return fail(done.error());
}

}  // namespace

Status check_not_newer(Link& link, Engine engine, const std::vector<Schema>& schemas) {
  const auto applied = read_applied(link, engine);
  if (!applied) return fail(applied.error());
  if (applied->empty()) return fail(ErrorKind::not_found, "store.no_schema");
  return refuse_newer(*applied, schemas);
}

Result<Upgrade> migrate(Link& link, const std::string& location, const std::vector<Schema>& schemas,
                        const OpenOptions& options) {
  const Engine engine = is_postgres(location) ? Engine::postgres : Engine::sqlite;
  const auto applied = read_applied(link, engine);
  if (!applied) return fail(applied.error());
  const auto steps = pending_steps(*applied, schemas);
  if (!steps) return fail(steps.error());
  Upgrade upgrade;
  if (steps->empty()) return upgrade;
  if (!options.migrate) {
    return fail(ErrorKind::conflict, "store.older_schema", steps->front().label());
  }
  if (!applied->empty()) {
    auto copy = copy_before(location, options, steps->front());
    if (!copy) return fail(copy.error());
    upgrade.backup = std::move(*copy);
  }
  // Two programs that start at once: the second waits, then finds nothing to do. PostgreSQL's lock
  // is taken before the transaction, whose view of the tables begins with its first statement.
  if (engine == Engine::postgres) {
    const auto locked = link.execute("SELECT 1 AS one FROM pg_advisory_lock(?)", {migration_lock});
    if (!locked) return fail(locked.error());
  }
  auto labels = in_one_transaction(link, engine, schemas);
  if (engine == Engine::postgres) {
    const auto freed = link.execute("SELECT 1 AS one FROM pg_advisory_unlock(?)", {migration_lock});
    if (labels && !freed) return fail(freed.error());
  }
  if (!labels) return fail(labels.error());
  upgrade.applied = std::move(*labels);
  return upgrade;
}

}  // namespace anlan::store
