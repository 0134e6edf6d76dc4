#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "ingest/record_source.hpp"
#include "ingest/text_buffer.hpp"

namespace anlan::ingest {

/// Records that are checked and written together, as one Parquet file. Where parts begin and end
/// depends on the records alone, never on threads: so do the bytes in the lake.
struct Part {
  std::size_t number = 0;
  TextBuffer text;                   ///< CSV: whole records, as UTF-8
  std::int64_t first_line = 1;       ///< CSV: the line `text` begins on
  std::vector<RecordBatch> batches;  ///< other formats

  void clear() {
    text.clear();
    batches.clear();
  }
};

/// Our choice: large enough that one Parquet file per part is no burden, small enough for many
/// threads.
constexpr std::size_t part_records_max = 262'144;
/// A part ends early, at a record's end, once its text is as large as this: what bounds memory with
/// wide records.
constexpr std::size_t part_bytes_max = std::size_t{128} << 20;
/// What a record may be before the file is refused; a quote never closed would otherwise swallow
/// the rest.
constexpr std::size_t record_bytes_max = std::size_t{16} << 20;
constexpr std::size_t record_fields_max = 4096;

/// Cuts a file into parts, in order; not thread-safe.
class PartSource {
 public:
  virtual ~PartSource() = default;
  /// Fills `part` (cleared first) with up to `records_max` records; false when there are none left.
  virtual Result<bool> next(Part& part, std::size_t records_max) = 0;
  virtual double progress() const = 0;
};

}  // namespace anlan::ingest
