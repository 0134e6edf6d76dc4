#include "journal/proof.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "journal/encoding.hpp"
#include "journal/proof_page.hpp"
#include "journal/tiles.hpp"
#include "journal/verify.hpp"
#include "journal/witness.hpp"

namespace anlan::journal {
namespace {

Status check_index(std::uint64_t index, std::uint64_t size) {
  if (index < size) return {};
  return fail(ErrorKind::not_found, "journal.no_entry",
              fmt::format("{}; there are {} entries", index, size));
}

}  // namespace

std::string InclusionProof::text() const {
  std::string text = fmt::format("c2sp.org/tlog-proof@v1\nindex {}\n", index);
  for (const auto& hash : hashes) text += base64(hash.view()) + "\n";
  return text + "\n" + checkpoint.format();
}

Result<FoundEntry> read_entry(const std::filesystem::path& folder, std::uint64_t index) {
  const auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  const auto checkpoint = read_checkpoint(folder, *settings);
  if (!checkpoint) return fail(checkpoint.error());
  if (auto there = check_index(index, checkpoint->body.size); !there) return fail(there.error());
  TileReader tiles(folder / "public", settings->suite, checkpoint->body.size);
  const auto bundle = tiles.bundle(index / tile_width);
  if (!bundle) {
    const auto limit = archived_below(folder);
    if (limit && index < *limit) {
      return fail(ErrorKind::not_found, "journal.archived", fmt::format("entry {}", index));
    }
    return fail(bundle.error());
  }
  const auto entries = entries_of_bundle(*bundle);
  const auto leaf = tiles.leaf(index);
  if (!leaf) return fail(leaf.error());
  if (entries.size() <= index % tile_width ||
      leaf_hash(settings->suite, entries[index % tile_width]) != *leaf) {
    return fail(ErrorKind::corrupted, "journal.damaged", fmt::format("entry {}", index));
  }
  FoundEntry found{index, std::string(entries[index % tile_width]), {}, false};
  if (personal_hash_of_entry(found.entry).empty()) return found;
  const auto beside = read_file(folder / "personal" / personal_path(index / tile_width));
  if (!beside) return found;  // a copy for outsiders comes without them
  for (auto& line : personal_lines(*beside)) {
    if (line.index != index) continue;
    found.erased = line.text.starts_with("erased ");
    if (!found.erased) found.personal = std::move(line.text);
  }
  return found;
}

Status for_each_entry(const std::filesystem::path& folder, std::uint64_t from,
                      const std::function<void(std::uint64_t, std::string_view)>& visit) {
  const auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  const auto checkpoint = read_checkpoint(folder, *settings);
  if (!checkpoint) return fail(checkpoint.error());
  const auto limit = archived_below(folder);
  if (!limit) return fail(limit.error());
  TileReader tiles(folder / "public", settings->suite, checkpoint->body.size);
  for (std::uint64_t index = std::max(from, *limit); index < checkpoint->body.size;) {
    const auto bundle = tiles.bundle(index / tile_width);
    if (!bundle) return fail(bundle.error());
    const auto entries = entries_of_bundle(*bundle);
    for (auto inside = index % tile_width; inside < entries.size(); ++inside) {
      if (index < checkpoint->body.size) visit(index++, entries[inside]);
    }
    if (index < checkpoint->body.size && index % tile_width != 0) {
      return fail(ErrorKind::corrupted, "journal.damaged", fmt::format("entry {}", index));
    }
  }
  return {};
}

Result<InclusionProof> prove(const std::filesystem::path& folder, std::uint64_t index) {
  const auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  auto checkpoint = read_checkpoint(folder, *settings);
  if (!checkpoint) return fail(checkpoint.error());
  const std::uint64_t size = checkpoint->body.size;
  if (auto there = check_index(index, size); !there) return fail(there.error());
  auto witnessed = read_witnessed(folder, *settings);
  if (!witnessed) return fail(witnessed.error());
  if (*witnessed && (*witnessed)->body.size > index && (*witnessed)->body.size <= size) {
    checkpoint = std::move(**witnessed);
  }
  TileReader tiles(folder / "public", settings->suite, size);
  auto hashes = tiles.inclusion(index, checkpoint->body.size);
  if (!hashes) return fail(hashes.error());
  const auto leaf = tiles.leaf(index);
  if (!leaf) return fail(leaf.error());
  if (root_of_inclusion(settings->suite, index, checkpoint->body.size, *leaf, *hashes) !=
      checkpoint->body.root) {
    return fail(ErrorKind::corrupted, "journal.damaged",
                fmt::format("the tiles do not prove entry {}", index));
  }
  return InclusionProof{index, std::move(*hashes), std::move(checkpoint->note)};
}

Result<std::string> prove_consistency_text(const std::filesystem::path& folder,
                                           const std::string& older) {
  const auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  const auto checkpoint = read_checkpoint(folder, *settings);
  if (!checkpoint) return fail(checkpoint.error());
  const auto old = parse_checkpoint(older, *settings);
  if (!old) return fail(old.error());
  const auto not_its_beginning = [] {
    return fail(ErrorKind::corrupted, "journal.checkpoint",
                "the log does not begin with the tree of that checkpoint");
  };
  if (old->body.size > checkpoint->body.size) return not_its_beginning();
  TileReader tiles(folder / "public", settings->suite, checkpoint->body.size);
  const auto hashes = tiles.consistency(old->body.size, checkpoint->body.size);
  if (!hashes) return fail(hashes.error());
  if (!proves_consistency(settings->suite, old->body.size, checkpoint->body.size, old->body.root,
                          checkpoint->body.root, *hashes)) {
    return not_its_beginning();
  }
  std::string text;
  for (const auto& hash : *hashes) text += base64(hash.view()) + "\n";
  return text + "\n" + old->note.format() + "\n" + checkpoint->note.format();
}

Result<std::map<std::string, std::string>> proof_bundle(const std::filesystem::path& folder,
                                                        std::uint64_t index, bool personal) {
  const auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  const auto found = read_entry(folder, index);
  if (!found) return fail(found.error());
  const auto proof = prove(folder, index);
  if (!proof) return fail(proof.error());
  std::map<std::string, std::string> files;
  files["entry.json"] = found->entry;
  files["entry.tlog-proof"] = proof->text();
  files["checkpoint"] = proof->checkpoint.format();
  files["checkpoint.body"] = proof->checkpoint.text;
  files["log.vkey"] = settings->verifier.text() + "\n";
  files["log.pem"] = settings->verifier.key.pem();
  files["checkpoint.sig"] = proof->checkpoint.signature_of(settings->verifier)->bytes;
  const bool with_personal = personal && !found->personal.empty();
  if (with_personal) {
    const auto space = found->personal.find(' ');
    files["personal.salt"] = *bytes_of_hex(found->personal.substr(0, space));
    files["personal.json"] = found->personal.substr(space + 1);
  }
  files["README.md"] = proof_page(*settings, *found, *proof, with_personal);
  return files;
}

}  // namespace anlan::journal
