#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "jobs/child.hpp"
#include "jobs/work.hpp"
#include "store/database.hpp"

namespace anlan::jobs {

/// The tables of this folder.
const store::Schema& schema();

constexpr std::string_view right_read = "job_read";

struct JobId {
  std::int64_t value = 0;
  friend auto operator<=>(JobId, JobId) = default;
};
inline std::string word_of(JobId job) {
  return "job:" + std::to_string(job.value);
}

enum class State {
  waiting,    ///< for its turn
  running,    ///< in a child process
  done,       ///< exit code 0, or 3: done, but something was rejected or could not be run
  failed,     ///< exit code 1, or 2: its words were wrong; or a signal that was not ours
  cancelled,  ///< by somebody, or by the end of the server
  lost,       ///< whoever ran it is gone, and nobody saw its end
};
std::string_view name_of(State state);
std::optional<State> state_named(std::string_view name);
inline bool is_over(State state) {
  return state != State::waiting && state != State::running;
}

struct Progress {
  std::string step;  ///< "EP-01", "contribution.csv"
  std::int64_t done = 0;
  std::int64_t total = 0;
};

struct Job {
  JobId id;
  Work work;
  State state = State::waiting;
  std::string asked_by;
  Instant asked_at;
  std::string schedule;           ///< its name; "" if somebody asked
  std::optional<Instant> due_at;  ///< when the schedule wanted it
  int missed = 0;                 ///< how many earlier times of the schedule it stands for, too
  std::optional<JobId> again_of;
  std::optional<Instant> started_at;
  std::optional<Instant> ended_at;
  std::optional<int> exit_code;
  std::string error;  ///< the code it failed with, or why it was cancelled; "" if neither
  std::string cancel_by;
  std::optional<Instant> cancel_at;
  std::string result;  ///< as result_of()
  std::optional<Progress> progress;
  std::int64_t version = 0;
};

/// Whether the right is given over the whole authority, which all jobs, schedules and sources
/// belong to. Errors: forbidden "access.no_right".
Status check_over_all(store::Transaction& transaction, const access::Actor& actor,
                      std::string_view right);

// Who may not read jobs of the whole authority finds none: not_found "job.not_found".
// Errors of all: those of store::Transaction.

/// Errors: as check() of the work; forbidden "access.no_right".
Result<JobId> ask(store::Transaction& transaction, const access::Actor& actor,
                  const catalog::Catalog& catalog, const lake::Workspace& workspace,
                  const Work& work, Instant at);
/// Once more what a job that is over was to do, exactly so. Errors: as ask; conflict
/// "job.not_over".
Result<JobId> ask_again(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, const lake::Workspace& workspace, JobId id,
                        Instant at);
/// One that waits is cancelled at once; one that runs is told to stop. Twice is once. Needs the
/// right to ask for such a job. Errors: conflict "job.over", "store.stale".
Status cancel(store::Transaction& transaction, const access::Actor& actor, JobId id,
              std::int64_t version, Instant at);

Result<Job> find(store::Transaction& transaction, const access::Actor& actor, JobId id);

struct JobFilter {
  std::optional<State> state;
  std::optional<Kind> kind;
  std::optional<JobId> before;  ///< older ones only
  int limit = 50;
};
/// The newest first.
Result<std::vector<Job>> list(store::Transaction& transaction, const access::Actor& actor,
                              const JobFilter& filter);

// For the runner. `who` is whom the program runs as.

/// Those that a runner before this one left running are lost; which.
Result<std::vector<JobId>> note_lost(store::Transaction& transaction, const access::Actor& who,
                                     Instant at);
/// The oldest that waits, now running; nothing if none does.
Result<std::optional<Job>> begin_next(store::Transaction& transaction, const access::Actor& who,
                                      Instant at);
/// A running job waits again, since another holds the workspace.
Status put_back(store::Transaction& transaction, const access::Actor& who, JobId id, Instant at);
Status note_progress(store::Transaction& transaction, JobId id, const Progress& progress,
                     Instant at);
/// Whether somebody wants it cancelled.
Result<bool> is_unwanted(store::Transaction& transaction, JobId id);

struct End {
  State state = State::done;
  std::optional<int> exit_code;
  std::string error;
  std::string result;
};
Status end(store::Transaction& transaction, const access::Actor& who, JobId id, const End& how,
           Instant at);

}  // namespace anlan::jobs
