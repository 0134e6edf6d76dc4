#include "ingest/record_parts.hpp"

#include <algorithm>

namespace anlan::ingest {

Result<bool> RecordParts::next(Part& part, std::size_t records_max) {
  constexpr std::size_t batch_records = 8192;
  part.clear();
  std::size_t records = 0;
  std::size_t bytes = 0;
  while (records < records_max && bytes < part_bytes_max) {
    RecordBatch batch;
    const auto more = source_->next(batch, std::min(batch_records, records_max - records));
    if (!more) return fail(more.error());
    if (!*more) break;
    records += batch.records();
    bytes += batch.arena.size();
    batch.arena.append(TextBuffer::padding, '\0');  // as much may be read behind a field
    part.batches.push_back(std::move(batch));
  }
  return records > 0;
}

}  // namespace anlan::ingest
