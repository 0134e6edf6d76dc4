#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "ingest/part_runner.hpp"

namespace anlan::ingest {

/// Rejects the rows whose key occurs before in the delivery. The hashes of all keys name the
/// suspects; the keys of these are read back from the parts, part by part, the parts that hold
/// repeated ones are written anew without them, and the `reopen`ed source gives their rows as they
/// were received, for rejects.csv. Corrects the counts in `parts`. In a dry run (`folder` empty)
/// equal hashes count as equal keys. Memory: the hashes, a bit a row, one part, and SeenKeys for
/// the different keys that repeat, however often they do. Errors: as run_parts; unavailable
/// "import.interrupted".
Status reject_duplicates(std::vector<PartResult>& parts, const LoadPlan& plan,
                         const std::filesystem::path& folder, std::uint64_t memory_bytes,
                         const std::function<Result<std::unique_ptr<PartSource>>()>& reopen);

}  // namespace anlan::ingest
