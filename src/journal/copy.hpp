#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.hpp"
#include "journal/hashing.hpp"

namespace anlan::journal {

/// What a copy of a log holds.
struct LogCopy {
  std::uint64_t entries = 0;      ///< under its checkpoint
  std::uint64_t unpublished = 0;  ///< durable in its wal
  Hash root;                      ///< of the checkpoint
};

/// Copies the log as it is at one moment to the folder `to`, which does not exist yet, while its
/// owner may go on writing: the checkpoint at hand, the tiles it needs, what is durable behind it,
/// and the personal parts. The private key only `with_key`. The copy is verified before it is
/// called one; nothing of it is synced.
/// Errors: not_found "journal.missing"; corrupted "journal.copy_unsound", naming the first finding
/// of verify(); corrupted "journal.older_than_desk" if it has fewer entries than `at_least`;
/// unavailable "journal.never_still", "file.unwritable".
Result<LogCopy> copy_log(const std::filesystem::path& folder, const std::filesystem::path& to,
                         bool with_key, std::uint64_t at_least = 0);

}  // namespace anlan::journal
