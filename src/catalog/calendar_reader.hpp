#pragma once

#include <string>

#include "catalog/problems.hpp"
#include "fund/work_calendar.hpp"

namespace anlan::catalog {

/// catalog/calendar/work_days.yaml.
fund::WorkCalendar read_work_calendar(const std::string& text, const Source& source);

}  // namespace anlan::catalog
