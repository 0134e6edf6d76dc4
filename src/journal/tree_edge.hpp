#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "journal/hashing.hpp"

namespace anlan::journal {

/// The right edge of a growing tree: the tiles that are not full yet, from which its root follows.
class TreeEdge {
 public:
  /// Called with each tile that becomes full: level, number, 256 hashes.
  using Full = std::function<Status(unsigned, std::uint64_t, const std::string&)>;

  explicit TreeEdge(Suite suite) : suite_(suite) {}
  /// The edge of a tree of `size` leaves, by level the hashes of its partial tile, "" if it has
  /// none.
  TreeEdge(Suite suite, std::uint64_t size, std::vector<std::string> tiles)
      : suite_(suite), size_(size), tiles_(std::move(tiles)) {}

  /// Errors: those of `full`.
  Status add(const Hash& leaf, const Full& full);
  std::uint64_t size() const { return size_; }
  Hash root() const;
  const std::vector<std::string>& tiles() const { return tiles_; }

 private:
  Status add_at(unsigned level, const Hash& hash, const Full& full);

  Suite suite_;
  std::uint64_t size_ = 0;
  std::vector<std::string> tiles_;
};

}  // namespace anlan::journal
