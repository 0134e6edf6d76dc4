#pragma once

#include <string_view>

#include "base/month.hpp"

namespace anlan::sim {

/// The day `n` working days after `day` (n > 0) or before it (n < 0); 0 gives `day` itself.
Date plus_working_days(Date day, int n);
Date first_working_day(Month month);
Date last_working_day(Month month);

/// Why a weekday is free or a weekend day is worked; "" for an ordinary day.
std::string_view calendar_note(Date day);

}  // namespace anlan::sim
