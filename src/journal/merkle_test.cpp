#include "journal/merkle.hpp"

#include <gtest/gtest.h>

#include "journal/encoding.hpp"

namespace anlan::journal {
namespace {

constexpr Suite suite = Suite::sha256_ed25519;

std::string bytes(std::string_view text) {
  return *bytes_of_hex(text);
}

/// The eight leaves with which implementations of RFC 6962 are compared.
std::vector<Hash> reference_leaves() {
  std::vector<Hash> leaves;
  for (const char* leaf : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                           "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(leaf_hash(suite, bytes(leaf)));
  }
  return leaves;
}

/// RFC 6962 section 2.1, word for word.
Hash mth(std::span<const Hash> leaves) {
  if (leaves.empty()) return empty_root(suite);
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return node_hash(suite, mth(leaves.first(k)), mth(leaves.subspan(k)));
}

PerfectHash over(const std::vector<Hash>& leaves) {
  return [&leaves](unsigned level, std::uint64_t index) -> Result<Hash> {
    return mth(std::span(leaves).subspan(index << level, std::size_t{1} << level));
  };
}

TEST(Merkle, GivesThePublishedRootsOfEightLeaves) {
  const char* roots[] = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  };
  const auto leaves = reference_leaves();
  for (std::size_t size = 0; size < std::size(roots); ++size) {
    EXPECT_EQ(hex(range_hash(suite, 0, size, over(leaves))->view()), roots[size]) << size;
  }
}

TEST(Merkle, GivesThePublishedProofs) {
  const auto leaves = reference_leaves();
  const auto texts = [](const std::vector<Hash>& proof) {
    std::vector<std::string> all;
    for (const auto& hash : proof) all.push_back(hex(hash.view()));
    return all;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(texts(*inclusion_proof(suite, 5, 8, over(leaves))),
            (Texts{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(texts(*consistency_proof(suite, 6, 8, over(leaves))),
            (Texts{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
}

TEST(Merkle, EveryProofOfEverySizeHoldsAndNoOtherDoes) {
  constexpr std::uint64_t sizes = 40;
  std::vector<Hash> leaves;
  for (std::uint64_t i = 0; i < sizes; ++i) leaves.push_back(leaf_hash(suite, std::to_string(i)));
  const auto root = [&](std::uint64_t size) { return mth(std::span(leaves).first(size)); };
  for (std::uint64_t size = 1; size <= sizes; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      auto proof = *inclusion_proof(suite, index, size, over(leaves));
      EXPECT_EQ(root_of_inclusion(suite, index, size, leaves[index], proof), root(size));
      EXPECT_NE(root_of_inclusion(suite, index, size, leaf_hash(suite, "x"), proof), root(size));
      if (index > 0) {
        EXPECT_NE(root_of_inclusion(suite, index - 1, size, leaves[index], proof), root(size));
      }
      if (!proof.empty()) {
        proof.back().bytes[7] ^= 1;
        EXPECT_NE(root_of_inclusion(suite, index, size, leaves[index], proof), root(size));
        proof.pop_back();
        EXPECT_NE(root_of_inclusion(suite, index, size, leaves[index], proof), root(size));
      }
    }
    for (std::uint64_t old_size = 0; old_size <= size; ++old_size) {
      auto proof = *consistency_proof(suite, old_size, size, over(leaves));
      EXPECT_TRUE(proves_consistency(suite, old_size, size, root(old_size), root(size), proof))
          << old_size << " in " << size;
      const Hash wrong = leaf_hash(suite, "x");
      EXPECT_FALSE(proves_consistency(suite, old_size, size, wrong, root(size), proof));
      if (old_size != 0) {
        EXPECT_FALSE(proves_consistency(suite, old_size, size, root(old_size), wrong, proof));
      }
      if (!proof.empty()) {
        proof.pop_back();
        EXPECT_FALSE(proves_consistency(suite, old_size, size, root(old_size), root(size), proof));
      }
    }
  }
}

TEST(Merkle, HashesWithSm3WhereThatWasChosen) {
  // The example of GB/T 32905: SM3("abc").
  EXPECT_EQ(hex(hash_of(Suite::sm3_sm2, "abc").view()),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  EXPECT_NE(leaf_hash(Suite::sm3_sm2, "abc"), leaf_hash(suite, "abc"));
}

}  // namespace
}  // namespace anlan::journal
