#pragma once

#include <string>
#include <vector>

#include "ledger/content.hpp"

namespace anlan::ledger {

// The second sheet of an XLSX: what the printed form must not show. Written and read in one place,
// so that both know the same columns. Inside this folder only.

std::vector<std::string> extra_headings();
std::vector<std::string> extra_cells(int number, const RiskPoint& point);

/// Fills in what the cells of one row say; the words of what is wrong, "column: problem" each.
/// `cells` are in the order of extra_headings(). The texts of the measures must be there already.
std::vector<std::string> take_extra(const std::vector<std::string>& cells, RiskPoint& point);

}  // namespace anlan::ledger
