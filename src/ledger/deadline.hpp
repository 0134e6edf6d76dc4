#pragma once

#include <optional>
#include <string>

#include "base/month.hpp"

namespace anlan::ledger {

/// When the ledger of a year must have reached fund supervision, and when it must be in force. For
/// 2018 the founding document says 30 November and 31 December; that later years go alike is
/// assumed.
struct Deadlines {
  Date submit_by;
  Date in_force_by;
};
Deadlines deadlines_of(int year);

/// How one unit stands on a day.
struct Lateness {
  /// "" if it is in time; else not_submitted, submitted_late, not_in_force, in_force_late
  std::string kind;
  int days = 0;  ///< how many days late; for what is still open, until the day asked for
};

/// `submitted_on` is the first submission, `in_force_on` the first acceptance; only what had
/// happened by `as_of` counts. What is still open comes before what was late once.
Lateness lateness_of(const Deadlines& deadlines, std::optional<Date> submitted_on,
                     std::optional<Date> in_force_on, Date as_of);

}  // namespace anlan::ledger
