#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/session.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "lake/workspace.hpp"
#include "store/database.hpp"

namespace anlan::app {

/// A file of a backup, by its path below the backup's folder.
struct BackupFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// `manifest.json` of a backup: what is in it, and what it is a copy of.
struct BackupManifest {
  Instant made_at;
  std::string engine;             ///< of the desk: "sqlite" (desk.db) or "postgres" (desk.dump)
  std::string origin;             ///< of the journal
  std::uint64_t entries = 0;      ///< under its checkpoint
  std::uint64_t unpublished = 0;  ///< durable behind it
  bool with_key = false;          ///< the journal's private key and the desk's key of identities
  bool with_lake = false;
  std::vector<std::string> deliveries;  ///< "benefit_payment/delivery=8f…" of the whole lake
  std::vector<BackupFile> files;        ///< by path
};

/// A backup that was made, or that lies there.
struct Backup {
  BackupManifest manifest;
  std::string id;  ///< SHA-256 of manifest.json
};

struct BackupOptions {
  bool with_key = false;
  bool with_lake = false;
};

/// Copies the workspace to the folder `out`, which appears whole or not at all; others may go on
/// working. The desk is copied first and the journal second, so that no act is in the desk's copy
/// and missing from the journal's. The act is told to the outbox of `desk`.
/// Errors: conflict "backup.exists"; those of store::Database::back_up and journal::copy_log;
/// unavailable "file.unwritable".
Result<Backup> make_backup(const lake::Workspace& workspace, store::Database& desk,
                           const std::filesystem::path& out, const BackupOptions& options,
                           Lang lang);

/// Reads a backup and holds every file against its hash.
/// Errors: not_found "backup.missing"; corrupted "backup.manifest", "backup.file_missing",
/// "backup.file_changed", naming the file.
Result<Backup> read_backup(const std::filesystem::path& folder, Lang lang);

struct RestoreOptions {
  bool replace = false;              ///< over a workspace that is there
  bool journal_from_backup = false;  ///< also if the journal there is not the backup's continued
  std::string desk;                  ///< the PostgreSQL database to put the desk into
};

struct Restored {
  Backup backup;
  std::filesystem::path saved;        ///< what was there before; empty if nothing was
  bool journal_kept = false;          ///< the journal there goes on: it is the backup's, continued
  bool key_missing = false;           ///< the journal cannot go on before its key is put there
  bool identity_key_missing = false;  ///< ID numbers of the desk cannot be read before theirs is
  std::uint64_t deliveries_missing = 0;  ///< the backup names them and holds them not
};

/// Makes the workspace `target` out of a backup. A new folder appears whole or not at all. Over a
/// workspace that is there, what is replaced is moved to `backups/before-restore-…` first, and
/// until the restore is through nothing opens the workspace ("workspace.restoring"): give the same
/// command again after a crash. A journal that continues the backup's is kept, so that no entry is
/// ever taken back. The act is told.
/// Errors: those of read_backup and store::restore; conflict "restore.target_not_empty",
/// "restore.journal_differs", "workspace.busy"; invalid_input "restore.desk_needed".
Result<Restored> restore_backup(const std::filesystem::path& from,
                                const std::filesystem::path& target, const RestoreOptions& options,
                                const Session& session);

}  // namespace anlan::app
