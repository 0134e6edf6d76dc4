// The other half of backup.hpp: a workspace out of a backup.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/backup.hpp"
#include "app/desk.hpp"
#include "app/journal_acts.hpp"
#include "app/work_line.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "journal/log.hpp"
#include "journal/outbox.hpp"
#include "journal/proof.hpp"

namespace anlan::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* key_file = "key/signing.pem";
constexpr const char* identity_key = "desk.key";

tl::unexpected<Error> unwritable(const fs::path& path, const std::error_code& error) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              fmt::format("{}: {}", path.string(), error.message()));
}

/// anlan.yaml of the backup, naming the database that was asked for.
std::string settings_with_desk(const std::string& text, const std::string& desk) {
  if (desk.empty()) return text;
  std::string kept;
  for (const auto line : split(text, '\n')) {
    if (!line.starts_with("desk:") && !line.empty()) kept += std::string(line) + "\n";
  }
  return kept + "desk: \"" + desk + "\"\n";
}

class Restoring {
 public:
  Restoring(const fs::path& from, const fs::path& target, const RestoreOptions& options,
            const Session& session, Restored& restored)
      : from_(from),
        target_(target),
        options_(options),
        restored_(restored),
        manifest_(restored.backup.manifest),
        line_(session.lang) {}

  /// A folder that is not there or empty: all aside, then one rename.
  Status into_new() {
    const auto aside =
        target_.parent_path() / fmt::format(".{}.part-{}", target_.filename().string(), ::getpid());
    Status done = fill_new(aside);
    if (done) done = commit_folder(aside, target_);
    std::error_code ignored;
    if (!done) fs::remove_all(aside, ignored);
    return done;
  }

  /// A workspace that is there. Each step may be done again: the mark left first says which
  /// restore is under way, and nothing opens the workspace before the mark is gone.
  Status over_old() {
    std::error_code error;
    auto writing = FileLock::take(target_ / ".lock");
    if (!writing) return busy(writing.error());
    std::optional<FileLock> log_lock;
    if (fs::exists(target_ / "journal" / "log.json", error)) {
      auto taken = FileLock::take(target_ / "journal" / ".lock");
      if (!taken) return busy(taken.error());
      log_lock = std::move(*taken);
    }
    if (auto marked = mark(); !marked) return marked;
    line_.step("恢复", "restoring");
    if (!restored_.journal_kept) {
      if (auto done = replace_folder("journal", true); !done) return done;
    }
    if (auto done = replace_folder("mappings", false); !done) return done;
    if (auto done = restore_desk(target_); !done) return done;
    if (auto done = save_old_desks(); !done) return done;
    if (auto done = restore_identity_key(target_); !done) return done;
    if (auto done = add_missing("files"); !done) return done;
    if (auto done = make_files_private(target_); !done) return done;
    if (auto done = add_missing("lake"); !done) return done;
    if (auto done = add_missing("runs"); !done) return done;
    const auto settings = settings_text();
    if (!settings) return fail(settings.error());
    if (auto written = write_file(target_ / "anlan.yaml", *settings); !written) return written;
    fs::remove(target_ / lake::restore_mark, error);
    if (error) return unwritable(target_ / lake::restore_mark, error);
    return sync_path(target_);
  }

 private:
  Status busy(const Error& error) const {
    if (error.code != "file.locked") return fail(error);
    return fail(ErrorKind::conflict, "workspace.busy", target_.string());
  }

  Result<std::string> settings_text() const {
    const auto text = read_file(from_ / "anlan.yaml");
    if (!text) return text;
    return settings_with_desk(*text, options_.desk);
  }

  Status fill_new(const fs::path& aside) {
    line_.step("恢复", "restoring");
    std::error_code error;
    for (const char* part : {"lake", "rejects", "runs", "exports", "mappings"}) {
      fs::create_directories(aside / part, error);
      if (error) return unwritable(aside / part, error);
    }
    fs::permissions(aside, fs::perms::others_all, fs::perm_options::remove, error);
    for (const auto& file : manifest_.files) {
      if (file.path == "anlan.yaml" || file.path.starts_with("desk.")) continue;
      if (auto done = copy(file.path, aside / file.path); !done) return done;
    }
    if (auto done = make_private(aside / "journal"); !done) return done;
    if (auto done = make_files_private(aside); !done) return done;
    if (auto done = restore_desk(aside); !done) return done;
    if (auto done = restore_identity_key(aside); !done) return done;
    const auto settings = settings_text();
    if (!settings) return fail(settings.error());
    return write_file(aside / "anlan.yaml", *settings);
  }

  Status restore_desk(const fs::path& folder) {
    line_.step("恢复办公库", "restoring the desk database");
    if (manifest_.engine == "postgres") {
      return store::restore(from_ / "desk.dump", options_.desk, desk_schemas());
    }
    const auto desk = folder / "desk.db";
    if (auto done = store::restore(from_ / "desk.db", desk.string(), desk_schemas()); !done) {
      return done;
    }
    std::error_code error;
    fs::permissions(desk, fs::perms::owner_read | fs::perms::owner_write, error);
    return error ? Status(unwritable(desk, error)) : Status();
  }

  /// Without one in the backup, the one that is there stays.
  Status restore_identity_key(const fs::path& folder) {
    const bool held = std::any_of(manifest_.files.begin(), manifest_.files.end(),
                                  [](const auto& file) { return file.path == identity_key; });
    if (!held) return {};
    const auto there = folder / identity_key;
    const auto saved = restored_.saved / identity_key;
    std::error_code error;
    if (fs::exists(there, error) && !fs::exists(saved, error)) {
      fs::rename(there, saved, error);
      if (error) return unwritable(saved, error);
    }
    if (auto done = copy(identity_key, there); !done) return done;
    fs::permissions(there, fs::perms::owner_read | fs::perms::owner_write, error);
    if (error) return unwritable(there, error);
    return sync_path(there);
  }

  /// Says what is under way, or finds that this very restore was under way and goes on with it.
  Status mark() {
    const auto file = target_ / lake::restore_mark;
    std::error_code error;
    if (fs::exists(file, error)) {
      const auto text = read_file(file);
      if (!text) return fail(text.error());
      const auto json = Json::parse(*text, nullptr, false);
      if (json.is_object() && json.value("backup", "") == restored_.backup.id) {
        restored_.saved = json.value("saved", "");
        restored_.journal_kept = json.value("journal_kept", false);
        return {};
      }
      return fail(ErrorKind::conflict, "workspace.restoring", target_.string());
    }
    if (auto decided = decide_journal(); !decided) return decided;
    restored_.saved = target_ / "backups" / fmt::format("before-restore-{}", Instant::now().ms);
    fs::create_directories(restored_.saved, error);
    if (error) return unwritable(restored_.saved, error);
    fs::permissions(restored_.saved, fs::perms::owner_all, error);
    fs::copy_file(target_ / "anlan.yaml", restored_.saved / "anlan.yaml", error);
    if (error) return unwritable(restored_.saved, error);
    if (auto saved = save_postgres(); !saved) return saved;
    const Json json = {{"backup", restored_.backup.id},
                       {"saved", restored_.saved.string()},
                       {"journal_kept", restored_.journal_kept}};
    return write_file(file, json.dump(1) + "\n");
  }

  /// The journal there stays if it is the backup's, continued: what it tells of happened.
  Status decide_journal() {
    std::error_code error;
    if (options_.journal_from_backup || !fs::exists(target_ / "journal" / "log.json", error)) {
      return {};
    }
    const auto checkpoint = read_file(from_ / "journal" / "public" / "checkpoint");
    if (!checkpoint) return fail(checkpoint.error());
    const auto continued = journal::prove_consistency_text(target_ / "journal", *checkpoint);
    if (!continued) {
      return fail(ErrorKind::conflict, "restore.journal_differs", continued.error().detail);
    }
    restored_.journal_kept = true;
    return {};
  }

  /// The database of a PostgreSQL server is copied, since it cannot be moved.
  Status save_postgres() {
    if (manifest_.engine != "postgres") return {};
    store::OpenOptions as_it_is;
    as_it_is.migrate = false;
    auto there = store::Database::open(options_.desk, desk_schemas(), as_it_is);
    // An empty database has nothing to be saved, a newer one is refused.
    if (!there) {
      return there.error().code == "store.older_schema" ? Status() : fail(there.error());
    }
    return there->back_up(restored_.saved / "desk.dump");
  }

  /// store::restore leaves a copy of the SQLite database that was there beside the new one.
  Status save_old_desks() {
    std::error_code error;
    for (const auto& file : fs::directory_iterator(target_, error)) {
      const auto name = file.path().filename().string();
      if (!name.starts_with("desk.db.before-restore-")) continue;
      fs::rename(file.path(), restored_.saved / name, error);
      if (error) return unwritable(file.path(), error);
    }
    return {};
  }

  /// Moves the folder of this name to what is saved and puts the backup's in its place.
  Status replace_folder(const std::string& name, bool is_journal) {
    std::error_code error;
    const auto aside = target_ / (name + ".restoring");
    const auto saved = restored_.saved / name;
    fs::remove_all(aside, error);
    fs::create_directories(aside, error);
    if (error) return unwritable(aside, error);
    for (const auto& file : manifest_.files) {
      if (!file.path.starts_with(name + "/")) continue;
      if (auto done = copy(file.path, aside / file.path.substr(name.size() + 1)); !done)
        return done;
    }
    if (is_journal) {
      if (auto done = make_private(aside); !done) return done;
      if (auto done = keep_key(aside); !done) return done;
    }
    if (fs::exists(target_ / name, error)) {
      // Done already by an earlier try: what is there now came from the backup.
      if (fs::exists(saved, error)) {
        fs::remove_all(target_ / name, error);
      } else {
        fs::rename(target_ / name, saved, error);
      }
      if (error) return unwritable(target_ / name, error);
    }
    return commit_folder(aside, target_ / name);
  }

  /// A backup without the key gets it from the same log that was there.
  Status keep_key(const fs::path& folder) {
    std::error_code error;
    if (fs::exists(folder / key_file, error)) return {};
    for (const auto& there : {target_ / "journal", restored_.saved / "journal"}) {
      const auto ours = read_file(folder / "log.json");
      const auto theirs = read_file(there / "log.json");
      if (!ours || !theirs || *ours != *theirs || !fs::exists(there / key_file, error)) continue;
      fs::copy_file(there / key_file, folder / key_file, error);
      return error ? Status(unwritable(folder / key_file, error)) : Status();
    }
    return {};
  }

  /// Deliveries, runs and kept files never change: those that are there stay, those that are not
  /// are added.
  Status add_missing(const std::string& part) {
    std::error_code error;
    for (const auto& file : manifest_.files) {
      if (!file.path.starts_with(part + "/") || fs::exists(target_ / file.path, error)) continue;
      const fs::path aside = (target_ / file.path).string() + ".part";
      if (auto done = copy(file.path, aside); !done) return done;
      if (auto synced = sync_path(aside); !synced) return synced;
      fs::rename(aside, target_ / file.path, error);
      if (error) return unwritable(target_ / file.path, error);
    }
    return {};
  }

  /// With the file's own time: an intent of the journal tells by it what is new.
  Status copy(const std::string& path, const fs::path& to) {
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    if (!error) fs::copy_file(from_ / path, to, fs::copy_options::overwrite_existing, error);
    if (!error) fs::last_write_time(to, fs::last_write_time(from_ / path, error), error);
    return error ? Status(unwritable(to, error)) : Status();
  }

  /// The rights that journal::Log::make gives.
  static Status make_private(const fs::path& journal) {
    std::error_code error;
    for (const char* part : {"wal", "personal", "key", "intents"}) {
      fs::create_directories(journal / part, error);
      fs::permissions(journal / part, fs::perms::owner_all, error);
      if (error) return unwritable(journal / part, error);
    }
    return {};
  }

  /// The rights that files::Incoming gives.
  static Status make_files_private(const fs::path& folder) {
    std::error_code error;
    const auto files = folder / "files";
    if (!fs::exists(files, error)) return {};
    fs::permissions(files, fs::perms::owner_all, error);
    for (const auto& entry : fs::recursive_directory_iterator(files, error)) {
      fs::permissions(entry.path(),
                      entry.is_directory(error) ? fs::perms::owner_all
                                                : fs::perms::owner_read | fs::perms::owner_write,
                      error);
      if (error) break;
    }
    return error ? Status(unwritable(files, error)) : Status();
  }

  const fs::path& from_;
  const fs::path& target_;
  const RestoreOptions& options_;
  Restored& restored_;
  const BackupManifest& manifest_;
  WorkLine line_;
};

Status check_desk_option(const BackupManifest& manifest, const RestoreOptions& options) {
  const bool postgres = manifest.engine == "postgres";
  if (postgres == store::is_postgres(options.desk) && postgres != options.desk.empty()) return {};
  return fail(ErrorKind::invalid_input, "restore.desk_needed", manifest.engine);
}

/// The act of the restore, and what the search for the moved rows has to say of the desk's age.
Status tell_restore(const Restored& restored, const fs::path& target, const Session& session) {
  const auto workspace = lake::Workspace::open(target);
  if (!workspace) return fail(workspace.error());
  auto desk = open_desk(*workspace, session);
  if (!desk) return fail(desk.error());
  const auto& manifest = restored.backup.manifest;
  auto act = act_of_user("restore");
  act.subject = "backup:" + restored.backup.id;
  act.refs["made_at"] = format_instant(manifest.made_at);
  act.refs["journal"] = restored.journal_kept ? "kept" : "from_backup";
  act.counts["entries_of_backup"] =
      static_cast<std::int64_t>(manifest.entries + manifest.unpublished);
  const auto told =
      desk->write([&](store::Transaction& transaction) { return journal::tell(transaction, act); });
  if (!told) return told;
  return restored.key_missing ? Status() : settle_desk(*workspace, *desk);
}

}  // namespace

Result<Restored> restore_backup(const fs::path& from, const fs::path& target_given,
                                const RestoreOptions& options, const Session& session) {
  Restored restored;
  auto backup = read_backup(from, session.lang);
  if (!backup) return fail(backup.error());
  restored.backup = std::move(*backup);
  if (auto fits = check_desk_option(restored.backup.manifest, options); !fits) {
    return fail(fits.error());
  }
  auto target = fs::absolute(target_given).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  std::error_code error;
  const bool there = fs::exists(target, error) && !fs::is_empty(target, error);
  if (there && (!options.replace || !fs::exists(target / "anlan.yaml", error))) {
    return fail(ErrorKind::conflict, "restore.target_not_empty", target.string());
  }
  {
    Restoring restoring(from, target, options, session, restored);
    if (auto done = there ? restoring.over_old() : restoring.into_new(); !done) {
      return fail(done.error());
    }
  }
  restored.key_missing = !fs::exists(target / "journal" / key_file, error);
  restored.identity_key_missing = !fs::exists(target / identity_key, error);
  for (const auto& delivery : restored.backup.manifest.deliveries) {
    if (!fs::exists(target / "lake" / delivery, error)) ++restored.deliveries_missing;
  }
  if (auto told = tell_restore(restored, target, session); !told) return fail(told.error());
  return restored;
}

}  // namespace anlan::app
