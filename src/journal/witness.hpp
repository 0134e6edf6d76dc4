#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "journal/log.hpp"

namespace anlan::journal {

/// What a witness does on its own machine: holds the checkpoint in `copy` (a copy of the log's
/// `public` folder) against the largest one it saw before, kept in `seen`, and only if the log just
/// grew, signs it and keeps it. Returns the checkpoint with the cosignature.
/// Errors: corrupted "journal.checkpoint", "journal.damaged"; those of reading and writing.
Result<std::string> cosign(const std::filesystem::path& copy, const Verifier& log,
                           const PrivateKey& key, const std::string& name,
                           const std::filesystem::path& seen, std::uint64_t seconds);

/// The witnesses this log counts: lines of `witnesses`, each a verifier.
/// Errors: corrupted "journal.settings".
Result<std::vector<Verifier>> read_witnesses(const std::filesystem::path& folder);
/// Errors: invalid_input "journal.key" if it is not a cosigner's key of the log's suite.
Status add_witness(const std::filesystem::path& folder, const std::string& verifier);

/// Takes in a cosigned checkpoint of this log: at least one counted witness has signed it, and the
/// log begins with its tree. Returns how many did.
/// Errors: corrupted "journal.checkpoint"; forbidden "journal.no_witness".
Result<std::size_t> take_cosigned(const std::filesystem::path& folder, const std::string& text);

/// The newest checkpoint that witnesses cosigned, if there is one.
Result<std::optional<SignedCheckpoint>> read_witnessed(const std::filesystem::path& folder,
                                                       const LogSettings& settings);

}  // namespace anlan::journal
