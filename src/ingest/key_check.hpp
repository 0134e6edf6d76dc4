#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace anlan::ingest {

/// Rows of each part, true for those meant.
using MarkedRows = std::vector<std::vector<bool>>;

/// Marks the rows whose key's hash occurs more than once, the first of each included. Whether the
/// keys themselves are equal is for the caller to see: of 100 million different keys, one pair has
/// equal hashes once in 3,700 files. In: per part, the hash of each loaded row's key. Out: as many
/// parts and rows; a part without any such row is empty. Cost: O(n) time; the hashes themselves
/// take 8 bytes a row, this 24 to 48 bytes for each of `entries_max` rows at most, however many
/// rows there are and however often they repeat.
MarkedRows rows_with_equal_hash(std::span<const std::vector<std::uint64_t>> hashes,
                                std::size_t entries_max = 16'000'000);

/// Keys seen so far, each as two hashes of 64 bits that know nothing of each other. Memory: 22 to
/// 64 bytes for each different key.
class SeenKeys {
 public:
  /// Whether this key was put before. Of 100 million keys, two different ones pass for equal once
  /// in 10^22 files.
  bool put(std::uint64_t hash, std::uint64_t other_hash);

 private:
  struct Key {
    std::uint64_t hash = 0;
    std::uint64_t other_hash = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  void grow();

  std::vector<Key> slots_;  // both 0: empty
  std::size_t size_ = 0;
  bool zero_seen_ = false;  // the key that looks like an empty slot
};

}  // namespace anlan::ingest
