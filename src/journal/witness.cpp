#include "journal/witness.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "journal/tiles.hpp"

namespace anlan::journal {
namespace {

std::filesystem::path witnessed_file(const std::filesystem::path& folder) {
  return folder / "public" / "witnessed";
}

/// Whether the tiles below `folder` show that the tree of `newer` begins with that of `older`.
Status check_growth(const std::filesystem::path& folder, Suite suite, const Checkpoint& older,
                    const Checkpoint& newer) {
  if (older.size > newer.size) {
    return fail(
        ErrorKind::corrupted, "journal.checkpoint",
        fmt::format("smaller than one seen before: {} entries, then {}", older.size, newer.size));
  }
  TileReader tiles(folder, suite, newer.size);
  const auto proof = tiles.consistency(older.size, newer.size);
  if (!proof) return fail(proof.error());
  if (!proves_consistency(suite, older.size, newer.size, older.root, newer.root, *proof)) {
    return fail(ErrorKind::corrupted, "journal.checkpoint",
                fmt::format("the tree of {} entries does not begin with the tree of {}", newer.size,
                            older.size));
  }
  return {};
}

}  // namespace

Result<std::string> cosign(const std::filesystem::path& copy, const Verifier& log,
                           const PrivateKey& key, const std::string& name,
                           const std::filesystem::path& seen, std::uint64_t seconds) {
  const LogSettings settings{log.key.suite(), log.name, log};
  const auto text = read_file(copy / "checkpoint");
  if (!text) return fail(text.error());
  auto checkpoint = parse_checkpoint(*text, settings);
  if (!checkpoint) return fail(checkpoint.error());
  Checkpoint before{log.name, 0, empty_root(settings.suite)};
  if (std::filesystem::exists(seen)) {
    const auto kept = read_file(seen);
    if (!kept) return fail(kept.error());
    auto last = parse_checkpoint(*kept, settings);
    if (!last) return fail(last.error());
    before = std::move(last->body);
  }
  if (auto grown = check_growth(copy, settings.suite, before, checkpoint->body); !grown) {
    return fail(grown.error());
  }
  // Kept before it is signed: a witness never signs what it could later deny to have seen.
  if (auto kept = write_file(seen, checkpoint->note.format()); !kept) return fail(kept.error());
  checkpoint->note.signatures.push_back(cosign_note(key, name, checkpoint->note.text, seconds));
  return checkpoint->note.format();
}

Result<std::vector<Verifier>> read_witnesses(const std::filesystem::path& folder) {
  std::vector<Verifier> witnesses;
  const auto file = folder / "witnesses";
  if (!std::filesystem::exists(file)) return witnesses;
  const auto content = read_file(file);
  if (!content) return fail(content.error());
  for (const auto line : split(*content, '\n')) {
    if (line.empty()) continue;
    auto witness = Verifier::parse(line);
    if (!witness) return fail(ErrorKind::corrupted, "journal.settings", file.string());
    witnesses.push_back(std::move(*witness));
  }
  return witnesses;
}

Status add_witness(const std::filesystem::path& folder, const std::string& verifier) {
  const auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  const auto witness = Verifier::parse(trim(verifier));
  if (!witness) return fail(witness.error());
  if (witness->type != SignatureType::cosigner || witness->key.suite() != settings->suite) {
    return fail(ErrorKind::invalid_input, "journal.key", "not a witness's key of the log's suite");
  }
  const auto witnesses = read_witnesses(folder);
  if (!witnesses) return fail(witnesses.error());
  std::string content;
  for (const auto& known : *witnesses) {
    if (known.text() == witness->text()) return {};
    content += known.text() + "\n";
  }
  return write_file(folder / "witnesses", content + witness->text() + "\n");
}

Result<std::size_t> take_cosigned(const std::filesystem::path& folder, const std::string& text) {
  const auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  const auto newest = read_checkpoint(folder, *settings);
  if (!newest) return fail(newest.error());
  auto cosigned = parse_checkpoint(text, *settings);
  if (!cosigned) return fail(cosigned.error());
  const auto witnesses = read_witnesses(folder);
  if (!witnesses) return fail(witnesses.error());
  std::size_t count = 0;
  for (const auto& witness : *witnesses) {
    if (cosigned->note.signature_of(witness) == nullptr) continue;
    if (!is_signed_by(cosigned->note, witness)) {
      return fail(ErrorKind::corrupted, "journal.checkpoint",
                  "the cosignature of " + witness.name + " is wrong");
    }
    ++count;
  }
  // Signatures of others say nothing here, and verify() could not tell a damaged one from theirs.
  std::erase_if(cosigned->note.signatures, [&](const auto& signature) {
    const auto is_of = [&](const Verifier& verifier) {
      return signature.name == verifier.name && signature.id == verifier.id();
    };
    return !is_of(settings->verifier) && std::none_of(witnesses->begin(), witnesses->end(), is_of);
  });
  if (count == 0) return fail(ErrorKind::forbidden, "journal.no_witness", settings->origin);
  if (auto grown = check_growth(folder / "public", settings->suite, cosigned->body, newest->body);
      !grown) {
    return fail(grown.error());
  }
  auto before = read_witnessed(folder, *settings);
  if (!before) return fail(before.error());
  if (*before && (*before)->body.size > cosigned->body.size) return count;
  if (*before && (*before)->body.size == cosigned->body.size) {
    // The signatures of other witnesses under the same tree stay.
    for (auto& signature : (*before)->note.signatures) {
      const bool there = std::any_of(
          cosigned->note.signatures.begin(), cosigned->note.signatures.end(),
          [&](const auto& own) { return own.name == signature.name && own.id == signature.id; });
      if (!there) cosigned->note.signatures.push_back(std::move(signature));
    }
  }
  if (auto written = write_file(witnessed_file(folder), cosigned->note.format()); !written) {
    return fail(written.error());
  }
  return count;
}

Result<std::optional<SignedCheckpoint>> read_witnessed(const std::filesystem::path& folder,
                                                       const LogSettings& settings) {
  const auto file = witnessed_file(folder);
  if (!std::filesystem::exists(file)) return std::optional<SignedCheckpoint>();
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  auto checkpoint = parse_checkpoint(*text, settings);
  if (!checkpoint) return fail(checkpoint.error());
  return std::optional(std::move(*checkpoint));
}

}  // namespace anlan::journal
