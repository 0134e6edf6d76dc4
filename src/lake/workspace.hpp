#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"

namespace anlan::lake {

/// A provider of logins of the authority's own (OpenID Connect). Without it no login leaves the
/// desk.
struct OidcSettings {
  std::string issuer;        ///< https://login.example; as its tokens say it
  std::string client_id;     ///< what the provider calls this desk
  std::string secret_file;   ///< with the client's secret, owner only; "": a public client
  std::string redirect_uri;  ///< https://desk.example/api/login/oidc/back
  std::string ca_file;       ///< PEM, for a provider whose certificate the system does not know
};

/// Settings of `anlan.yaml`, with their defaults.
struct Settings {
  std::string authority;  ///< name of the authority, for headings
  std::string desk;       ///< the desk database: postgresql://…; empty: `desk.db` here
  std::optional<OidcSettings> oidc;
  bool id_check_rejects = false;  ///< a wrong ID check digit: reject the row, or only mark it
  unsigned threads = 0;           ///< 0: all cores
  std::uint64_t memory_bytes = 3'000'000'000;
  std::map<std::string, std::string>
      params;  ///< "detection.param" → value, over the catalog's default
};

/// A file in the workspace's folder while it is being restored from a backup.
inline constexpr const char* restore_mark = ".restoring";

/// One folder that holds everything of one authority:
/// `anlan.yaml`, `lake/`, `rejects/`, `runs/`, `exports/`, `mappings/`, `journal/`, `files/`,
/// `desk.db`.
class Workspace {
 public:
  /// Makes the folder and its parts; `desk` as in Settings. Errors: conflict "workspace.exists"
  /// when `folder` is not empty; unavailable "file.unwritable".
  static Result<Workspace> init(const std::filesystem::path& folder, const std::string& authority,
                                const std::string& desk = "");
  /// Errors: not_found "workspace.missing" (no anlan.yaml); invalid_input "workspace.settings"
  /// (file:line); conflict "workspace.restoring" (a restore was begun and not finished).
  static Result<Workspace> open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const Settings& settings() const { return settings_; }
  std::filesystem::path lake() const { return folder_ / "lake"; }
  std::filesystem::path staging() const { return folder_ / "lake" / ".staging"; }
  std::filesystem::path rejects() const { return folder_ / "rejects"; }
  std::filesystem::path runs() const { return folder_ / "runs"; }
  std::filesystem::path exports() const { return folder_ / "exports"; }
  std::filesystem::path mappings() const { return folder_ / "mappings"; }
  std::filesystem::path journal() const { return folder_ / "journal"; }
  std::filesystem::path files() const { return folder_ / "files"; }
  std::filesystem::path backups() const { return folder_ / "backups"; }
  /// Files that wait to be imported by a job; where others may put them.
  std::filesystem::path inbox() const { return folder_ / "inbox"; }
  /// What jobs printed, by job.
  std::filesystem::path jobs() const { return folder_ / "jobs"; }
  /// Where the desk database is, as store::Database::open takes it.
  std::string desk() const {
    return settings_.desk.empty() ? (folder_ / "desk.db").string() : settings_.desk;
  }

  /// The right to write: one process at a time. Sweeps what an earlier writer left unfinished.
  /// Errors: conflict "workspace.busy"; unavailable "file.unwritable".
  Result<FileLock> lock_for_writing() const;
  /// The right to run jobs and to serve: one process at a time, beside whoever writes.
  /// Errors: conflict "workspace.served"; unavailable "file.unwritable".
  Result<FileLock> lock_for_serving() const;

 private:
  Workspace(std::filesystem::path folder, Settings settings)
      : folder_(std::move(folder)), settings_(std::move(settings)) {}
  std::filesystem::path folder_;
  Settings settings_;
};

}  // namespace anlan::lake
