#pragma once

#include <map>
#include <vector>

#include "cases/lead.hpp"

namespace anlan::cases {

// How each detection's leads ended. Inside this folder only.

/// Adds the results of these leads to their detections' outcomes (`sign` 1), or takes them out
/// again (-1); a lead without a result does not count.
Status count_outcomes(store::Transaction& transaction, const std::vector<DeskLead>& leads,
                      int sign);

/// Measured precision in per mille, of the detections of which it is known.
Result<std::map<std::string, int>> known_precision(store::Transaction& transaction);

}  // namespace anlan::cases
