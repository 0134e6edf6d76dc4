#include "journal/hashing.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/check.hpp"

namespace anlan::journal {
namespace {

/// Fetched once: looking an algorithm up by name costs as much as hashing an entry.
const EVP_MD* algorithm(Suite suite) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sm3 = EVP_MD_fetch(nullptr, "SM3", nullptr);
  const EVP_MD* found = suite == Suite::sha256_ed25519 ? sha256 : sm3;
  CHECK(found != nullptr);
  return found;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

EVP_MD_CTX* context_of_thread() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  return context.get();
}

}  // namespace

std::string_view suite_name(Suite suite) {
  return suite == Suite::sha256_ed25519 ? "sha256-ed25519" : "sm3-sm2";
}

std::optional<Suite> suite_called(std::string_view name) {
  for (const auto suite : {Suite::sha256_ed25519, Suite::sm3_sm2}) {
    if (suite_name(suite) == name) return suite;
  }
  return std::nullopt;
}

Hash Hash::of_bytes(std::string_view view) {
  Hash hash;
  CHECK(view.size() == hash.bytes.size());
  std::copy(view.begin(), view.end(), hash.bytes.begin());
  return hash;
}

Hash hash_of(Suite suite, std::string_view a, std::string_view b, std::string_view c) {
  EVP_MD_CTX* const context = context_of_thread();
  CHECK(EVP_DigestInit_ex2(context, algorithm(suite), nullptr) == 1);
  for (const auto piece : {a, b, c}) {
    if (!piece.empty()) CHECK(EVP_DigestUpdate(context, piece.data(), piece.size()) == 1);
  }
  Hash hash;
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(context, hash.bytes.data(), &size) == 1);
  CHECK(size == hash.bytes.size());
  return hash;
}

Hash leaf_hash(Suite suite, std::string_view entry) {
  return hash_of(suite, std::string_view("\0", 1), entry);
}

Hash node_hash(Suite suite, const Hash& left, const Hash& right) {
  return hash_of(suite, std::string_view("\1", 1), left.view(), right.view());
}

Hash empty_root(Suite suite) {
  return hash_of(suite, {});
}

}  // namespace anlan::journal
