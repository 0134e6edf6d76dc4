#include "journal/merkle.hpp"

#include <bit>

#include "base/check.hpp"

namespace anlan::journal {
namespace {

/// The largest power of two below `count`, for count > 1: where RFC 6962 splits.
std::uint64_t split_of(std::uint64_t count) {
  return std::bit_floor(count - 1);
}

Status prove_inclusion(Suite suite, std::uint64_t index, std::uint64_t from, std::uint64_t to,
                       const PerfectHash& perfect, std::vector<Hash>& proof) {
  if (to - from == 1) return {};
  const std::uint64_t middle = from + split_of(to - from);
  const bool left = index < middle;
  const auto inside = left ? prove_inclusion(suite, index, from, middle, perfect, proof)
                           : prove_inclusion(suite, index, middle, to, perfect, proof);
  if (!inside) return inside;
  const auto sibling =
      left ? range_hash(suite, middle, to, perfect) : range_hash(suite, from, middle, perfect);
  if (!sibling) return fail(sibling.error());
  proof.push_back(*sibling);
  return {};
}

/// SUBPROOF of RFC 6962: `known` says that the verifier has the hash of [from, old_size).
Status prove_consistency(Suite suite, std::uint64_t old_size, std::uint64_t from, std::uint64_t to,
                         bool known, const PerfectHash& perfect, std::vector<Hash>& proof) {
  if (old_size == to) {
    if (known) return {};
    const auto hash = range_hash(suite, from, to, perfect);
    if (!hash) return fail(hash.error());
    proof.push_back(*hash);
    return {};
  }
  const std::uint64_t middle = from + split_of(to - from);
  const bool left = old_size <= middle;
  const auto inside = left ? prove_consistency(suite, old_size, from, middle, known, perfect, proof)
                           : prove_consistency(suite, old_size, middle, to, false, perfect, proof);
  if (!inside) return inside;
  const auto other =
      left ? range_hash(suite, middle, to, perfect) : range_hash(suite, from, middle, perfect);
  if (!other) return fail(other.error());
  proof.push_back(*other);
  return {};
}

}  // namespace

Result<Hash> range_hash(Suite suite, std::uint64_t from, std::uint64_t to,
                        const PerfectHash& perfect) {
  CHECK(from <= to);
  if (from == to) return empty_root(suite);
  const std::uint64_t count = to - from;
  if (std::has_single_bit(count)) {
    const auto level = static_cast<unsigned>(std::countr_zero(count));
    CHECK((from & (count - 1)) == 0);
    return perfect(level, from >> level);
  }
  const std::uint64_t middle = from + split_of(count);
  const auto left = range_hash(suite, from, middle, perfect);
  if (!left) return left;
  const auto right = range_hash(suite, middle, to, perfect);
  if (!right) return right;
  return node_hash(suite, *left, *right);
}

Result<std::vector<Hash>> inclusion_proof(Suite suite, std::uint64_t index, std::uint64_t size,
                                          const PerfectHash& perfect) {
  CHECK(index < size);
  std::vector<Hash> proof;
  if (auto made = prove_inclusion(suite, index, 0, size, perfect, proof); !made) {
    return fail(made.error());
  }
  return proof;
}

Result<std::vector<Hash>> consistency_proof(Suite suite, std::uint64_t old_size, std::uint64_t size,
                                            const PerfectHash& perfect) {
  CHECK(old_size <= size);
  std::vector<Hash> proof;
  if (old_size == 0 || old_size == size) return proof;
  if (auto made = prove_consistency(suite, old_size, 0, size, true, perfect, proof); !made) {
    return fail(made.error());
  }
  return proof;
}

// RFC 9162 section 2.1.3.2 tells how to walk up; the bits of the two numbers say on which side the
// proof's hash stands.
std::optional<Hash> root_of_inclusion(Suite suite, std::uint64_t index, std::uint64_t size,
                                      const Hash& leaf, std::span<const Hash> proof) {
  if (index >= size) return std::nullopt;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash root = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return std::nullopt;
    if ((node & 1) == 1 || node == last) {
      root = node_hash(suite, sibling, root);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      root = node_hash(suite, root, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return std::nullopt;
  return root;
}

// RFC 9162 section 2.1.4.2.
bool proves_consistency(Suite suite, std::uint64_t old_size, std::uint64_t size,
                        const Hash& old_root, const Hash& root, std::span<const Hash> proof) {
  if (old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (old_size == 0) return proof.empty() && old_root == empty_root(suite);
  std::uint64_t node = old_size - 1;
  std::uint64_t last = size - 1;
  while ((node & 1) == 1) {
    node >>= 1;
    last >>= 1;
  }
  std::size_t next = 0;
  Hash first;
  if (std::has_single_bit(old_size)) {
    first = old_root;
  } else {
    if (proof.empty()) return false;
    first = proof[next++];
  }
  Hash old_found = first;
  Hash found = first;
  for (; next < proof.size(); ++next) {
    const Hash& other = proof[next];
    if (last == 0) return false;
    if ((node & 1) == 1 || node == last) {
      old_found = node_hash(suite, other, old_found);
      found = node_hash(suite, other, found);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      found = node_hash(suite, found, other);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_found == old_root && found == root;
}

}  // namespace anlan::journal
