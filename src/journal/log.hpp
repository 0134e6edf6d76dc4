#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "journal/checkpoint.hpp"
#include "journal/entry.hpp"
#include "journal/keys.hpp"
#include "journal/note.hpp"
#include "journal/tree_files.hpp"
#include "journal/wal.hpp"

namespace anlan::journal {

/// `log.json`: what log this is.
struct LogSettings {
  Suite suite = Suite::sha256_ed25519;
  std::string origin;  ///< names the log in its checkpoints; also the name of its key
  Verifier verifier;
};

/// Errors: not_found "journal.missing"; corrupted "journal.settings".
std::string settings_text(const LogSettings& settings);
Result<LogSettings> read_settings(const std::filesystem::path& folder);

/// The checkpoint of the log, its signature checked.
/// Errors: corrupted "journal.damaged", "journal.note", "journal.checkpoint".
struct SignedCheckpoint {
  Note note;
  Checkpoint body;
};
Result<SignedCheckpoint> read_checkpoint(const std::filesystem::path& folder,
                                         const LogSettings& settings);
/// The same for the text of a note that this log signed. Errors likewise.
Result<SignedCheckpoint> parse_checkpoint(std::string_view text, const LogSettings& settings);

/// The files of one log, held by one process at a time; not thread-safe. What append() has said yes
/// to is durable; publish() puts it under a signed checkpoint.
class Log {
 public:
  /// Makes a log without entries and its key. Errors: conflict "journal.exists"; unavailable
  /// "file.unwritable".
  static Status make(const std::filesystem::path& folder, Suite suite, const std::string& origin);
  /// Waits for whoever holds the log, then takes up what a crash left unpublished.
  /// Errors: not_found "journal.missing"; corrupted "journal.damaged" and others, naming the first
  /// bad entry; forbidden "journal.key_rights"; conflict "file.locked" only without `wait`.
  static Result<Log> open(const std::filesystem::path& folder, bool wait = true);
  /// The same, but for the wal, which is not read: for repair() only.
  static Result<Log> open_for_repair(const std::filesystem::path& folder, bool wait = true);

  const LogSettings& settings() const { return settings_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// The index of the next entry, and the time no entry may lie before.
  std::uint64_t next() const { return next_; }
  WallTime last_time() const { return last_time_; }

  /// One write, one sync. Errors: as Wal::append.
  Status append(std::vector<Placed> records, WallTime last_time);

  /// The three steps of publishing. Only the second is slow, and appends may go on meanwhile.
  void begin_publication();
  /// Errors: unavailable "file.unwritable"; may be tried again.
  Status write_publication();
  Status end_publication();
  Status publish();
  /// How many entries the checkpoint covers: fewer than the tree has while only the checkpoint
  /// could not be written.
  std::uint64_t published() const { return *published_; }
  bool has_unpublished() const { return next_ != published(); }

 private:
  Log(std::filesystem::path folder, FileLock lock, LogSettings settings, PrivateKey key,
      TreeFiles tree)
      : folder_(std::move(folder)),
        lock_(std::move(lock)),
        settings_(std::move(settings)),
        key_(std::move(key)),
        tree_(std::move(tree)),
        wal_(folder_ / "wal") {}

  std::filesystem::path folder_;
  FileLock lock_;
  LogSettings settings_;
  PrivateKey key_;
  TreeFiles tree_;
  Wal wal_;
  std::uint64_t next_ = 0;
  /// Written by who publishes, read by who appends; apart, so that a log can be moved.
  std::unique_ptr<std::atomic<std::uint64_t>> published_ =
      std::make_unique<std::atomic<std::uint64_t>>(0);
  WallTime last_time_{};
  std::vector<Placed> unpublished_;
  std::vector<Placed> publishing_;
};

/// One line of `public/history`: a checkpoint this log signed, so that a rewritten tree is caught
/// at the first size where it differs.
std::string history_line(const Checkpoint& checkpoint, const NoteSignature& signature);

}  // namespace anlan::journal
