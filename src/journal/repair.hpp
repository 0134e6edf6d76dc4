#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "journal/entry.hpp"

namespace anlan::journal {

/// What became of a damaged wal.
struct Repair {
  std::vector<std::uint64_t> lost;          ///< entries that could not be read any more
  std::vector<std::filesystem::path> kept;  ///< the damaged files as they were, in `damaged/`
};

/// Lets a log go on whose wal is damaged. Each entry that cannot be read is replaced by one, act
/// "journal.repair" in the name of `why.who`, that says so and names the hash of the file as it
/// was; all others stay where they are. The damaged files are kept aside first. Nothing under a
/// checkpoint is touched: if that is damaged, the log is beyond this. After a crash do it again.
/// Errors: invalid_input "journal.nothing_to_repair"; those of Log::open but for the wal's.
Result<Repair> repair(const std::filesystem::path& folder, const Act& why);

}  // namespace anlan::journal
