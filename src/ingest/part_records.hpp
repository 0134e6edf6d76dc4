#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/csv.hpp"
#include "ingest/part.hpp"

namespace anlan::ingest {

/// The records of a part, one after the other, whatever format they came from. Behind each field 16
/// bytes may be read.
class PartRecords {
 public:
  /// `part` must live as long as its records are read.
  void start(const Part& part, char delimiter);
  bool next();

  const std::string_view* fields() const { return fields_; }
  std::size_t count() const { return count_; }
  const CellKind* kinds() const { return kinds_; }  ///< nullptr: all text
  std::int64_t row_no() const { return row_no_; }
  bool quote_malformed() const { return csv_ && csv_->quote_malformed(); }
  bool too_many() const { return csv_ && csv_->too_many(); }
  /// The record as it was received; of other formats than CSV, its cells as a line of CSV.
  std::string raw() const;

 private:
  const Part* part_ = nullptr;
  std::optional<CsvFields> csv_;
  std::size_t batch_ = 0;
  std::size_t record_ = 0;  ///< in the batch
  std::vector<std::string_view> cells_;

  const std::string_view* fields_ = nullptr;
  std::size_t count_ = 0;
  const CellKind* kinds_ = nullptr;
  std::int64_t row_no_ = 0;
};

}  // namespace anlan::ingest
