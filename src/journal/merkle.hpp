#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "journal/hashing.hpp"

namespace anlan::journal {

/// The hash of a perfect subtree: leaves [index << level, (index + 1) << level).
using PerfectHash = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

/// The Merkle tree hash of leaves [from, to) as RFC 6962 section 2.1 splits them; `from` is a
/// multiple of the largest power of two below to - from, as in every range of that recursion.
/// Cost: O(log n) calls of `perfect`. Errors: those of `perfect`.
Result<Hash> range_hash(Suite suite, std::uint64_t from, std::uint64_t to,
                        const PerfectHash& perfect);

/// RFC 6962 section 2.1.1: the hashes that lead from leaf `index` to the root of `size` leaves, the
/// leaf's sibling first. `index` < `size`.
Result<std::vector<Hash>> inclusion_proof(Suite suite, std::uint64_t index, std::uint64_t size,
                                          const PerfectHash& perfect);

/// RFC 6962 section 2.1.2: that the tree of `size` leaves begins with the tree of `old_size`.
/// `old_size` <= `size`; empty if they are equal or `old_size` is 0.
Result<std::vector<Hash>> consistency_proof(Suite suite, std::uint64_t old_size, std::uint64_t size,
                                            const PerfectHash& perfect);

/// The root that the proof leads to, or nothing if the proof has the wrong length.
std::optional<Hash> root_of_inclusion(Suite suite, std::uint64_t index, std::uint64_t size,
                                      const Hash& leaf, std::span<const Hash> proof);

/// Whether the proof shows that the new tree begins with the old one.
bool proves_consistency(Suite suite, std::uint64_t old_size, std::uint64_t size,
                        const Hash& old_root, const Hash& root, std::span<const Hash> proof);

}  // namespace anlan::journal
