#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "journal/log.hpp"

namespace anlan::journal {

/// C2SP tlog-proof: that an entry stands at its place in the tree of a signed checkpoint.
struct InclusionProof {
  std::uint64_t index = 0;
  std::vector<Hash> hashes;
  Note checkpoint;

  std::string text() const;
};

/// One entry with all that stands beside it.
struct FoundEntry {
  std::uint64_t index = 0;
  std::string entry;
  std::string personal;  ///< "<salt> <content>"; "" if it has none, or it was erased
  bool erased = false;
};

/// Reads one entry under the checkpoint and checks it against its leaf.
/// Errors: not_found "journal.no_entry" (there are fewer); not_found "journal.archived"; corrupted
/// "journal.damaged".
Result<FoundEntry> read_entry(const std::filesystem::path& folder, std::uint64_t index);

/// Every entry under the checkpoint from index `from` on, as it lies there, unchecked; archived
/// ones are left out. Errors: as read_entry.
Status for_each_entry(const std::filesystem::path& folder, std::uint64_t from,
                      const std::function<void(std::uint64_t, std::string_view)>& visit);

/// The proof under the newest checkpoint, or the newest one that witnesses cosigned if it has the
/// entry. Errors: as read_entry, without needing the entry itself.
Result<InclusionProof> prove(const std::filesystem::path& folder, std::uint64_t index);

/// The hashes that lead from an older signed checkpoint to the newest, one a line in base64, with
/// both checkpoints. Errors: corrupted "journal.checkpoint" if the older one is no beginning.
Result<std::string> prove_consistency_text(const std::filesystem::path& folder,
                                           const std::string& older);

/// The files of a bundle that a stranger can check: name → content. `personal` says whether the
/// personal part goes with it.
Result<std::map<std::string, std::string>> proof_bundle(const std::filesystem::path& folder,
                                                        std::uint64_t index, bool personal);

}  // namespace anlan::journal
