#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "ingest/header_match.hpp"
#include "ingest/part.hpp"
#include "ingest/reason.hpp"
#include "lake/engine.hpp"

namespace anlan::ingest {

/// How the rows of one file are to be read; shared by its threads, unchanging.
struct LoadPlan {
  const catalog::Catalog* catalog = nullptr;
  const catalog::Table* table = nullptr;
  HeaderMatch header;
  std::int64_t header_row = 0;  ///< records up to this row_no hold no data
  char delimiter = ',';
  bool fields_fixed = true;  ///< CSV: a record must have as many fields as the header
  DateOrder dates = DateOrder::year_first;
  bool id_check_rejects = false;  ///< else marks
  std::int32_t today = 0;         ///< days since 1970-01-01
  std::string file;               ///< for errors
  const std::atomic<bool>* stop = nullptr;
  std::size_t part_records = part_records_max;
};

/// What became of the rows of one part.
struct PartResult {
  std::int64_t rows_read = 0;
  std::int64_t rows_loaded = 0;
  std::int64_t rows_rejected = 0;
  std::string rejects;                               ///< lines of rejects.csv, in row order
  std::vector<std::int64_t> marked_rows;             ///< row_no of each row loaded with a remark
  std::vector<std::uint64_t> key_hashes;             ///< of each loaded row, in order
  std::array<std::int64_t, reason_count> reasons{};  ///< rows by reason
};

/// Checks the records of one part after the other and gives them to the engine as a table function:
/// SQL reads `anlan_part()`. Each thread has its own loader and its own connection.
class PartLoader {
 public:
  /// Borrows `plan`, which must outlive it.
  explicit PartLoader(const LoadPlan& plan);
  ~PartLoader();
  PartLoader(const PartLoader&) = delete;
  PartLoader& operator=(const PartLoader&) = delete;

  /// Makes `anlan_part()` known to the connection's engine, which must not outlive this loader.
  /// Once per engine.
  Status attach(lake::Connection& connection);

  /// The next reading of `anlan_part()` gives the rows of `part`, which must live until it is done.
  void start(const Part& part);
  /// After that reading. Errors: what stopped it: invalid_input "csv.too_many_fields" (line);
  /// unavailable "import.interrupted".
  Result<PartResult> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The SQL columns of `anlan_part()`: the table's, then row_no.
constexpr const char* part_function = "anlan_part";

}  // namespace anlan::ingest
