#pragma once

#include <set>

#include "base/month.hpp"

namespace anlan::fund {

/// Which days are worked: Monday to Friday, but for the days of `closed`, and the weekend days of
/// `worked`, as the State Council's office announces them for each year.
struct WorkCalendar {
  std::set<Date> closed;  ///< holidays that are no weekend day
  std::set<Date> worked;  ///< weekend days worked in exchange

  bool works_on(Date day) const;
  /// The n-th working day after `day`, n >= 1.
  Date working_days_after(Date day, int n) const;
};

}  // namespace anlan::fund
