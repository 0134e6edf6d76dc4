#include "ledger/deadline.hpp"

namespace anlan::ledger {

Deadlines deadlines_of(int year) {
  return {Date::of(year, 11, 30), Date::of(year, 12, 31)};
}

Lateness lateness_of(const Deadlines& deadlines, std::optional<Date> submitted_on,
                     std::optional<Date> in_force_on, Date as_of) {
  if (submitted_on && *submitted_on > as_of) submitted_on.reset();
  if (in_force_on && *in_force_on > as_of) in_force_on.reset();
  const auto late = [](Date on, Date due) { return on.days - due.days; };
  if (!submitted_on) {
    const int days = late(as_of, deadlines.submit_by);
    return days > 0 ? Lateness{"not_submitted", days} : Lateness{};
  }
  if (!in_force_on && late(as_of, deadlines.in_force_by) > 0)
    return {"not_in_force", late(as_of, deadlines.in_force_by)};
  if (const int days = late(*submitted_on, deadlines.submit_by); days > 0)
    return {"submitted_late", days};
  if (in_force_on) {
    if (const int days = late(*in_force_on, deadlines.in_force_by); days > 0)
      return {"in_force_late", days};
  }
  return {};
}

}  // namespace anlan::ledger
