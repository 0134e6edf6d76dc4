#pragma once

#include <string>
#include <vector>

#include "base/lang.hpp"
#include "fund/recurrence.hpp"

namespace anlan::catalog {

/// A schedule that a workspace can take over as it is.
struct StandardSchedule {
  std::string name;  ///< "monthly_detection"
  Title title;
  std::string kind;  ///< import | detect
  fund::Recurrence rule;
  bool catch_up = true;  ///< what was missed runs once afterwards
  std::vector<std::string> basis;
  std::string sure;  ///< seed | found | known | assumed
};

/// Whose data an external table is. How often it comes is the table's `frequency`.
struct SourceTerms {
  std::string table;
  Title departments;
  int grace_days = 0;  ///< past the agreed frequency, before a delivery is late
  std::string sure;
};

/// catalog/monitoring.
struct Monitoring {
  std::vector<StandardSchedule> schedules;
  std::vector<SourceTerms> sources;  ///< by table

  const SourceTerms* source(const std::string& table) const;
};

}  // namespace anlan::catalog
