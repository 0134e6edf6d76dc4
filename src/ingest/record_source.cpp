#include "ingest/record_source.hpp"

namespace anlan::ingest {

void RecordBatch::clear() {
  arena.clear();
  field_ends.clear();
  record_ends.clear();
  row_nos.clear();
  kinds.clear();
}

}  // namespace anlan::ingest
