#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "ingest/part.hpp"
#include "ingest/part_loader.hpp"

namespace anlan::ingest {

struct RunOptions {
  unsigned threads = 1;
  std::uint64_t memory_bytes = 3'000'000'000;
  std::filesystem::path
      folder;  ///< for the Parquet parts and rejects.csv; empty: a dry run, nothing is written
  std::size_t preview_rows = 0;  ///< dry run: how many rows to show
};

struct RunResult {
  std::vector<PartResult> parts;  ///< by number; their reject lines are in the file already
  std::vector<std::vector<std::string>> preview;
};

/// The name of part `number`: "part-00007.parquet".
std::string part_name(std::size_t number);

/// Loads all parts of `source` on several threads, each with an engine of its own that works on one
/// part at a time. A part without a loaded row leaves no file. `progress` is called from the
/// calling thread. Errors: of the earliest part that failed: as PartSource::next and
/// PartLoader::finish; unavailable "file.unwritable" with the engine's words when a part cannot be
/// written.
Result<RunResult> run_parts(
    PartSource& source, const LoadPlan& plan, const RunOptions& options,
    const std::function<void(std::int64_t rows, double fraction)>& progress);

/// What an engine's failure to write means: "file.unwritable" for the disk's, else the error
/// itself.
Error writing_error(const Error& error);

}  // namespace anlan::ingest
