#pragma once

#include <string>
#include <vector>

namespace anlan::catalog {

using SpecCells = std::vector<std::string>;

/// "" if `found` are the rows `wanted`, in any order, each as often; else a table of those missing
/// and those unexpected.
std::string spec_difference(const SpecCells& columns, const std::vector<SpecCells>& wanted,
                            const std::vector<SpecCells>& found);

}  // namespace anlan::catalog
