#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "journal/files.hpp"
#include "journal/hashing.hpp"
#include "journal/tree_edge.hpp"
#include "journal/wal.hpp"

namespace anlan::journal {

/// The right edge of the tree on disk: the tiles that are not full yet, kept in memory, and the
/// files that grow from them.
///   <folder>/public/tile/<level>/…   hashes
///   <folder>/public/tile/entries/…   entries
///   <folder>/personal/…              one line an entry: its index, salt and content, or what
///                                    became of them; a file for each bundle
class TreeFiles {
 public:
  /// Reads the edge of the tree of `size` leaves.
  /// Errors: corrupted "journal.damaged", naming the tile that is missing or short.
  static Result<TreeFiles> open(const std::filesystem::path& folder, Suite suite,
                                std::uint64_t size);

  /// Writes the tiles and bundles of the larger tree beside those of the smaller one and makes them
  /// durable; no file that the smaller tree needs is touched. After an error the object is as
  /// before and the same may be tried again.
  Status add(std::span<const Placed> records);
  std::uint64_t size() const { return edge_.size(); }
  Hash root() const { return edge_.root(); }
  /// Removes the partial tiles whose full tile is there, of the part added last. Only after the
  /// larger tree's checkpoint is durable; what a crash leaves is harmless.
  void sweep();

 private:
  TreeFiles(std::filesystem::path folder, Suite suite, TreeEdge edge, std::string bundle)
      : folder_(std::move(folder)),
        suite_(suite),
        edge_(std::move(edge)),
        bundle_(std::move(bundle)) {}
  Status add_leaf(FileBatch& batch, const Placed& record);
  Status put_partials(FileBatch& batch, std::uint64_t size_before) const;
  Status put_personal(std::span<const Placed> records) const;

  std::filesystem::path folder_;
  Suite suite_;
  TreeEdge edge_;
  std::string bundle_;  ///< entries of the partial bundle
  std::shared_ptr<std::set<std::filesystem::path>> durable_folders_ =
      std::make_shared<std::set<std::filesystem::path>>();
  std::vector<std::string> filled_;  ///< paths of the tiles and bundles that became full
};

/// A line of a personal file.
struct PersonalLine {
  std::uint64_t index = 0;
  std::string
      text;  ///< "<salt in hex> <canonical JSON>", or "erased <index of the entry that says so>"
};

/// "<bundle number>", for the file below `personal/`.
std::string personal_path(std::uint64_t bundle);
std::vector<PersonalLine> personal_lines(std::string_view content);
std::string personal_content(std::span<const PersonalLine> lines);

}  // namespace anlan::journal
