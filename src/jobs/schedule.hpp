#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/actor.hpp"
#include "base/instant.hpp"
#include "catalog/catalog.hpp"
#include "fund/recurrence.hpp"
#include "jobs/job.hpp"
#include "jobs/work.hpp"
#include "store/database.hpp"

namespace anlan::jobs {

constexpr std::string_view right_schedule = "schedule_manage";

/// What runs by itself, and when.
struct Schedule {
  std::int64_t id = 0;
  std::string name;  ///< "monthly_detection"
  Work work;
  fund::Recurrence rule;
  bool catch_up = true;
  Instant next_due;
  std::string set_by;
  Instant set_at;
  std::int64_t version = 0;
};

struct NewSchedule {
  std::string name;
  Work work;
  fund::Recurrence rule;
  bool catch_up = true;
};

/// How late a time may be and still be kept when nothing is caught up: the program was just
/// starting, or busy with the job before.
inline constexpr std::chrono::hours late_at_most{1};

// Who may not read jobs finds none. Errors of all: those of store::Transaction.

Result<std::vector<Schedule>> list_schedules(store::Transaction& transaction,
                                             const access::Actor& actor);
/// Errors: not_found "schedule.not_found".
Result<Schedule> find_schedule(store::Transaction& transaction, const access::Actor& actor,
                               const std::string& name);
/// Sets it, anew or in the place of one of this name that is still at `version` (0: there must be
/// none). It is first due after `at`. Needs "schedule_manage", and the right to ask for the job.
/// Errors: invalid_input "schedule.name"; conflict "schedule.exists", "store.stale"; not_found
/// "schedule.not_found"; as check() of the work; forbidden "access.no_right".
Status set_schedule(store::Transaction& transaction, const access::Actor& actor,
                    const catalog::Catalog& catalog, const lake::Workspace& workspace,
                    const NewSchedule& schedule, std::int64_t version, Instant at);
/// Errors: not_found "schedule.not_found"; conflict "store.stale"; forbidden "access.no_right".
Status remove_schedule(store::Transaction& transaction, const access::Actor& actor,
                       const std::string& name, std::int64_t version, Instant at);

/// Puts a job in the queue for each schedule that is due at `now`, and moves it on. What was missed
/// is caught up once: one job, for the latest of the times that passed, which says how many. A
/// clock that goes back makes nothing due twice: there is one job for each time of a schedule. One
/// that had run far ahead does not keep its schedules waiting for that day. Returns the jobs.
Result<std::vector<JobId>> ask_due(store::Transaction& transaction, const access::Actor& who,
                                   const fund::WorkCalendar& calendar, Instant now);

/// Whether a job waits, or ask_due would do something. Only reads.
Result<bool> has_work(store::Transaction& transaction, const fund::WorkCalendar& calendar,
                      Instant now);

}  // namespace anlan::jobs
