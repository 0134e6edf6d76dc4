#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace anlan::ingest {

/// A row by its place among the loaded ones.
struct LoadedRow {
  std::uint32_t part = 0;
  std::uint32_t position = 0;  ///< in its part

  friend auto operator<=>(const LoadedRow&, const LoadedRow&) = default;
};

/// Rows whose key's hash occurs more than once, the first of each included; in order. Whether the
/// keys themselves are equal is for the caller to see: of 100 million different keys, one pair has
/// equal hashes once in 3,700 files. In:   per part, the hash of each loaded row's key. Cost: O(n)
/// time; the hashes themselves take 8 bytes a row, this at most 512 MiB more, however many rows.
std::vector<LoadedRow> rows_with_equal_hash(std::span<const std::vector<std::uint64_t>> hashes);

}  // namespace anlan::ingest
