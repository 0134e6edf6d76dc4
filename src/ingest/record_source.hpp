#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace anlan::ingest {

/// How a cell stood in its file; CSV cells are always text.
enum class CellKind : std::uint8_t {
  text,
  number,         ///< a numeric cell, written here as plain decimal digits
  lossy_number,   ///< a numeric cell of 16 or more digits: the file itself has lost the last ones
  date,           ///< written here as 2018-11-30 or 2018-11-30 12:00:00
  boolean,        ///< written here as 1 or 0
  formula_error,  ///< #N/A, #REF! …, or a formula without a stored value
};

/// Some records in file order, without one allocation per cell.
struct RecordBatch {
  std::string arena;                       ///< the cells' text, one after the other, UTF-8
  std::vector<std::uint32_t> field_ends;   ///< end of each cell in `arena`
  std::vector<std::uint32_t> record_ends;  ///< end of each record in `field_ends`
  std::vector<std::int64_t> row_nos;       ///< per record: its line (CSV) or row (sheets), from 1
  std::vector<CellKind> kinds;             ///< per cell; empty means all text

  std::size_t records() const { return record_ends.size(); }
  void clear();
};

/// A file of records as rows of text cells, its header row included as the first record. Formats
/// that are not CSV come through here; bounded memory, one pass.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  /// Fills `batch` (cleared first) with up to `records_max` records; false when there are none
  /// left. Errors: invalid_input "file.…" with a detail that names row or offset and cause
  /// (truncated, too large, …).
  virtual Result<bool> next(RecordBatch& batch, std::size_t records_max) = 0;

  /// Done so far, 0 to 1, for progress; negative if unknown.
  virtual double progress() const = 0;
};

}  // namespace anlan::ingest
