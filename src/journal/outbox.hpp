#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "journal/entry.hpp"
#include "journal/journal.hpp"
#include "journal/verify.hpp"
#include "store/database.hpp"

namespace anlan::journal {

// How an act in the desk database reaches the log.
//
// What holds:
//   The change and its row in the outbox are one atomic act: both or neither, at the commit.
//   The act is acknowledged when that commit is durable. The log's entry follows; it is not
//   there yet when the caller is answered.
//   A committed row becomes exactly one entry: none is lost and none is doubled, also across kill
//   -9 and power loss at any moment (docs/decisions/0007-outbox.md has the argument).
//   Acts of which one could have seen the other stand in the log in that order. Two that ran at the
//   same time stand in either.
//   Until a row is moved, the journal's hashes do not protect it: who owns the database can
//   remove it. What `verify` proves begins with the entry.
//
// What does not: a row's personal part lies in the database until the row is moved. Then it is
// deleted and overwritten (SQLite: secure_delete; PostgreSQL: by the next vacuum), yet copies of
// the database made meanwhile have it, and so do write-ahead files until they are used again.

/// The tables of this folder.
const store::Schema& schema();

/// Puts an act into the outbox, in the transaction of the change it tells of. The entry will carry
/// two more refs: "outbox", the row's random id, and "told_at", the moment told here; the entry's
/// own time is that of the log.
/// Errors: those of `prepare` (so that an act that may not be committed fails its change);
/// invalid_input "journal.word" for an act that has one of these refs already; of Transaction.
Status tell(store::Transaction& transaction, const Act& act, Instant told_at = Instant::now());

/// What waits in the outbox.
struct OutboxState {
  std::uint64_t waiting = 0;
  Instant oldest;             ///< when the oldest was told; 0 if none waits
  std::string oldest_id;      ///< its outbox id
  std::string log_origin;     ///< the log that rows went to last; "" if none ever went
  std::uint64_t entries = 0;  ///< how many entries that log had then, at least
};
Result<OutboxState> outbox_state(store::Transaction& transaction);

/// The ids of the rows that wait.
Result<std::set<std::string>> outbox_ids(store::Transaction& transaction);
/// The outbox id in a committed entry; "" if it did not come from an outbox.
std::string_view outbox_id_of_entry(std::string_view entry);

/// What is wrong between a desk database and the log beside it, as the codes of verify():
/// "journal.outbox_old" (an act has waited for longer than ten minutes), "journal.other_log",
/// "journal.older_than_desk" (not looked for while the log is in use). `entries`: durable ones.
std::vector<Finding> findings_of(const OutboxState& state, const LogSettings& log,
                                 std::uint64_t entries, bool in_use, Instant now);

/// Tells of the migrations of this database that no act has told of so far: `act` with the newest
/// number of each owner in its refs. Nothing is written if there are none.
Status tell_migrations(store::Database& database, const Act& act);

/// Moves the rows of the outbox into the log, in groups. Borrows both, which must outlive it; owns
/// nothing but its thread. One at a time for one journal: a Journal holds its log's lock, so that
/// no other process can move rows at the same time. Thread-safe.
class Sequencer {
 public:
  Sequencer(store::Database& database, Journal& journal) : database_(database), journal_(journal) {}
  ~Sequencer();  ///< stops the thread; what waits then is moved by the next one
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  /// Moves what is in the outbox now, and says how many entries were added. If the log has entries
  /// that this database told of and does not remember, an older copy of it was restored: the act
  /// "desk.older_found" tells of that first. They are durable on
  /// return; a checkpoint over them is the journal's matter (Journal::publish). A row that cannot
  /// be an entry stays, the others are moved, and the error names it.
  /// Errors: corrupted "journal.outbox_row"; conflict "journal.other_log" (the rows taken out
  /// before went to another log); corrupted "journal.older_than_desk" (this log has fewer entries
  /// than the database knows of); not_found "journal.archived"; those of Journal::record,
  /// Journal::publish and store::Transaction. After any of them nothing is lost: call it again, on
  /// "journal.stopped" with a journal opened anew.
  Result<std::uint64_t> move_all();

  /// Goes on with a log that is refused ("journal.older_than_desk", "journal.other_log"), because
  /// nothing better is left: `act` tells of it, with what the desk knew in its refs and counts.
  /// Nothing is doubled: the whole log is searched for the rows that wait.
  Status accept_log(Act act);

  /// Moves rows in a thread of its own: at once after notify(), and each `poll` for what other
  /// processes told.
  void start(std::chrono::milliseconds poll = std::chrono::milliseconds(500));
  /// To be called after a commit in which something was told; cheap.
  void notify();
  void stop();
  /// Why the thread's last try failed; nothing if it did not.
  std::optional<Error> trouble();

 private:
  struct Waiting;
  Status take_out_moved();
  /// Of the entries from `from` on: whose rows wait, and whose are not known.
  struct Search {
    std::vector<std::string> moved;
    std::vector<std::uint64_t> unknown;
  };
  Result<Search> search(std::uint64_t from, const std::set<std::string>& waiting);
  Result<std::vector<Waiting>> read_group(std::int64_t after);
  Status move_group(const std::vector<Waiting>& group);
  void run(const std::stop_token& stop, std::chrono::milliseconds poll);

  store::Database& database_;
  Journal& journal_;

  std::mutex moving_;     ///< one mover at a time; guards the next line
  bool certain_ = false;  ///< whether no row read from now on can stand in the log already

  std::mutex mutex_;  ///< of the two below
  bool notified_ = false;
  std::optional<Error> trouble_;
  std::condition_variable_any something_told_;
  std::jthread thread_;
};

}  // namespace anlan::journal
