#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "journal/entry.hpp"
#include "journal/log.hpp"

namespace anlan::journal {

/// Where an act stands in the log.
struct Receipt {
  std::uint64_t index = 0;
  WallTime at{};
};

struct JournalOptions {
  std::function<WallTime()> clock;  ///< the wall clock; the system's if empty
  /// Publishes by itself this long after the first entry that is not under a checkpoint; 0: only
  /// publish() does.
  std::chrono::milliseconds publish_after{0};
  /// Whether to wait for whoever holds the log; if not, an error "file.locked" tells of them.
  bool wait = true;
};

/// The journal of a workspace: what was done, in a log that proves it. Thread-safe; holds the log's
/// lock as long as it lives, so a short-lived program opens it for one act and lets go.
///
/// record() returns when the entries are durable. Writers that come while the disk is busy share
/// the next sync: the sync at hand is the window in which a group gathers.
class Journal {
 public:
  /// Errors: as Log::open.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& folder,
                                               JournalOptions options = {});
  /// Publishes what is left; an error then is not lost, since the next open takes it up.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Errors: invalid_input "journal.word", "journal.entry_too_large"; unavailable
  /// "file.unwritable", "journal.stopped". After an error none of the acts is in the log, but for
  /// "journal.stopped", after which only opening it again can tell.
  Result<Receipt> record(const Act& act);
  Result<std::vector<Receipt>> record(std::span<const Act> acts);

  /// Everything recorded before is under a signed checkpoint on return.
  /// Errors: unavailable "file.unwritable".
  Status publish();

  /// Erases the personal part of an entry: `why` is recorded as the act "journal.erase" first, then
  /// salt and content are overwritten by its index. What a crash cuts short the next opening ends.
  /// Errors: not_found "journal.no_entry", "journal.archived"; invalid_input
  /// "journal.nothing_personal"; those of record() and publish().
  Status erase(std::uint64_t index, Act why);

  /// Takes the bundles below entry `below`, a multiple of 256, and their personal parts off-line:
  /// copies them to `to`, records the act "journal.archive", then removes them here. Hashes stay,
  /// and with them every proof. The newest bundle stays too. Errors: invalid_input
  /// "journal.archive_limit"; those of record() and publish().
  Status archive(std::uint64_t below, const std::filesystem::path& to, Act why);

  const LogSettings& settings() const { return settings_; }
  /// How many entries are durable.
  std::uint64_t size();
  std::filesystem::path folder() const { return folder_; }

 private:
  struct Waiting;
  Journal(Log log, JournalOptions options);
  Status finish_erasure();
  void write_group(std::unique_lock<std::mutex>& lock);
  Status publish_now();
  void publish_by_itself(const std::stop_token& stop);

  const std::filesystem::path folder_;
  const LogSettings settings_;
  const JournalOptions options_;

  std::mutex mutex_;  ///< of everything below but what the leader and the publisher own
  std::condition_variable group_done_;
  std::condition_variable_any something_unpublished_;
  std::deque<Waiting*> queue_;
  bool leading_ = false;
  Log log_;  ///< append: the leader's; publication's slow step: the publisher's

  std::mutex erasing_;  ///< before publishing_
  std::mutex publishing_;
  std::jthread publisher_;
};

}  // namespace anlan::journal
