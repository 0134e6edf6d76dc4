#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "journal/log.hpp"

namespace anlan::journal {

/// Something that is not as it was signed.
struct Finding {
  std::optional<std::uint64_t> index;  ///< the first entry it touches
  std::string code;                    ///< "journal.entry_changed", …
  std::string detail;
};

struct VerifyOptions {
  /// Signed checkpoints kept elsewhere, as text: printed, cosigned, given to another authority.
  std::vector<std::string> against;
  /// Folders of archives: whole bundles that were taken off-line.
  std::vector<std::filesystem::path> archives;
  /// Called with each entry that is sound, in order; those that no checkpoint covers yet too.
  std::function<void(std::uint64_t index, std::string_view entry)> visit;
};

struct VerifyReport {
  std::uint64_t entries = 0;      ///< under the signed checkpoint
  std::uint64_t archived = 0;     ///< of these, only their hashes are here
  std::uint64_t unpublished = 0;  ///< durable, not yet under a checkpoint
  std::uint64_t erased = 0;       ///< personal parts erased by an act that is in the log
  std::uint64_t checkpoints = 0;  ///< earlier ones of this log that the tree was held against
  bool in_use = false;  ///< another process holds the log: what it is writing was left out
  Hash root;
  std::vector<Finding> findings;  ///< the first bad entry first; what may only follow from it last

  bool sound() const { return findings.empty(); }
};

/// Reads the whole log and holds it against its hashes, its signature, every checkpoint it signed
/// and what `options` brings. Finds any edit, removal, reordering and truncation of what it can
/// know of. Changes nothing. Uses the public key only. Errors: not_found "journal.missing";
/// corrupted "journal.settings".
Result<VerifyReport> verify(const std::filesystem::path& folder, const VerifyOptions& options = {});

/// An erasure that was begun and may have been cut short: of which entry, and from which one on its
/// act is to be looked for. The next opening of the log ends it.
struct Erasure {
  std::uint64_t index = 0;
  std::uint64_t from = 0;
};
std::filesystem::path erasure_file(const std::filesystem::path& folder);
std::optional<Erasure> erasure_begun(const std::filesystem::path& folder);

/// Where an archive keeps a bundle and its personal part.
std::filesystem::path archived_limit_file(const std::filesystem::path& folder);
/// Entries below this index were taken off-line. Errors: corrupted "journal.damaged".
Result<std::uint64_t> archived_below(const std::filesystem::path& folder);

}  // namespace anlan::journal
