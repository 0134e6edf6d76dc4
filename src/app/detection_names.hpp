#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"

namespace anlan::app {

/// The codes of the detections a user named by code or name; none named: none, which means all.
/// Errors: not_found "detection.unknown" with a near name.
Result<std::vector<std::string>> detection_codes(const catalog::Catalog& catalog,
                                                 const std::vector<std::string>& names);

}  // namespace anlan::app
