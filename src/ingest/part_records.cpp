#include "ingest/part_records.hpp"

#include "base/text.hpp"

namespace anlan::ingest {

void PartRecords::start(const Part& part, char delimiter) {
  part_ = &part;
  csv_.reset();
  if (part.text.size() > 0) csv_.emplace(part.text.view(), delimiter, part.first_line);
  batch_ = 0;
  record_ = 0;
}

bool PartRecords::next() {
  if (csv_) {
    if (!csv_->next()) return false;
    fields_ = csv_->fields();
    count_ = csv_->count();
    row_no_ = csv_->line();
    return true;
  }
  while (batch_ < part_->batches.size()) {
    const RecordBatch& batch = part_->batches[batch_];
    if (record_ == batch.records()) {
      ++batch_;
      record_ = 0;
      continue;
    }
    const std::size_t first = record_ == 0 ? 0 : batch.record_ends[record_ - 1];
    const std::size_t last = batch.record_ends[record_];
    cells_.clear();
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t from = i == 0 ? 0 : batch.field_ends[i - 1];
      cells_.emplace_back(batch.arena.data() + from, batch.field_ends[i] - from);
    }
    fields_ = cells_.data();
    count_ = cells_.size();
    kinds_ = batch.kinds.empty() ? nullptr : batch.kinds.data() + first;
    row_no_ = batch.row_nos[record_++];
    return true;
  }
  return false;
}

std::string PartRecords::raw() const {
  if (csv_) return std::string(csv_->raw());
  std::string row;
  for (std::size_t i = 0; i < count_; ++i) {
    if (i > 0) row += ',';
    row += csv_field(fields_[i]);
  }
  return row;
}

}  // namespace anlan::ingest
