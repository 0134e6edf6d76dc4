#include "journal/tree_edge.hpp"

#include "journal/tiles.hpp"

namespace anlan::journal {
namespace {

constexpr std::size_t hash_bytes = 32;
constexpr std::size_t tile_bytes = tile_width * hash_bytes;

/// The hash over 2^inside hashes of a tile.
Hash hash_over(Suite suite, std::string_view tile, std::size_t first, unsigned inside) {
  if (inside == 0) return Hash::of_bytes(tile.substr(first * hash_bytes, hash_bytes));
  const std::size_t half = std::size_t{1} << (inside - 1);
  return node_hash(suite, hash_over(suite, tile, first, inside - 1),
                   hash_over(suite, tile, first + half, inside - 1));
}

}  // namespace

Status TreeEdge::add(const Hash& leaf, const Full& full) {
  if (auto added = add_at(0, leaf, full); !added) return added;
  ++size_;
  return {};
}

Status TreeEdge::add_at(unsigned level, const Hash& hash, const Full& full) {
  if (tiles_.size() <= level) tiles_.resize(level + 1);
  std::string& tile = tiles_[level];
  tile += hash.view();
  if (tile.size() < tile_bytes) return {};
  if (auto told = full(level, (size_ >> (8 * level)) / tile_width, tile); !told) return told;
  const Hash above = hash_over(suite_, tile, 0, 8);
  tile.clear();
  return add_at(level + 1, above, full);
}

// The edge is made of perfect subtrees, one for each bit of the size, each within the partial tile
// of its level; the smallest is deepest, and within a tile the larger stand to the left.
Hash TreeEdge::root() const {
  bool begun = false;
  Hash root = empty_root(suite_);
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((size_ >> bit & 1) == 0) continue;
    const unsigned level = bit / 8;
    const unsigned inside = bit % 8;
    const std::uint64_t width = (size_ >> (8 * level)) % tile_width;
    const auto first = static_cast<std::size_t>(width >> (inside + 1) << (inside + 1));
    const Hash subtree = hash_over(suite_, tiles_[level], first, inside);
    root = begun ? node_hash(suite_, subtree, root) : subtree;
    begun = true;
  }
  return root;
}

}  // namespace anlan::journal
