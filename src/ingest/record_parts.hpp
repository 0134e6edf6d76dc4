#pragma once

#include <memory>

#include "ingest/part.hpp"
#include "ingest/record_source.hpp"

namespace anlan::ingest {

/// The parts of a file of any other format than CSV.
class RecordParts : public PartSource {
 public:
  explicit RecordParts(std::unique_ptr<RecordSource> source) : source_(std::move(source)) {}
  Result<bool> next(Part& part, std::size_t records_max) override;
  double progress() const override { return source_->progress(); }

 private:
  std::unique_ptr<RecordSource> source_;
};

}  // namespace anlan::ingest
