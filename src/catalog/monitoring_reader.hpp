#pragma once

#include <string>
#include <vector>

#include "catalog/monitoring.hpp"
#include "catalog/problems.hpp"
#include "catalog/table.hpp"

namespace anlan::catalog {

/// catalog/monitoring/schedule.yaml.
std::vector<StandardSchedule> read_schedules(const std::string& text, const Source& source);

/// catalog/monitoring/sources.yaml: each external one of `tables` has its source, and nothing else.
std::vector<SourceTerms> read_sources(const std::string& text, const std::vector<Table>& tables,
                                      const Source& source);

}  // namespace anlan::catalog
