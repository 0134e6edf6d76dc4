#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/record_source.hpp"

namespace anlan::ingest {

/// One cell that FreeXL leaves out or blurs: a formula with its stored result, a boolean, an error.
struct XlsExtraCell {
  std::uint32_t row = 0;  // from 0
  std::uint32_t column = 0;
  CellKind kind = CellKind::text;
  std::string text;
};

struct XlsExtraSheet {
  bool visible = true;
  std::vector<XlsExtraCell> cells;  // by row, then column; one per cell
};

/// Reads of a workbook (the whole file) what FreeXL does not tell: which sheets are hidden, results
/// of formulas, booleans, error values. Sheets in the order of the workbook's list. False if the
/// file's structure is broken. Source: [MS-CFB], [MS-XLS] 2.4.122 FormulaValue and Formula, 2.4.28
/// BoundSheet8, 2.4.24 BoolErr.
bool read_xls_extras(std::string_view file, std::vector<XlsExtraSheet>& sheets);

}  // namespace anlan::ingest
