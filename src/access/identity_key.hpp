#pragma once

#include <compare>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "fund/id_number.hpp"
#include "store/database.hpp"

namespace anlan::access {

/// A keyed hash of something that identifies a human being: equal for the same number, and nothing
/// else can be learnt from it without the key.
struct Blind {
  std::string bytes;  ///< 32
  store::Value value() const { return store::Bytes{bytes}; }
  friend auto operator<=>(const Blind&, const Blind&) = default;
};

/// The key of one authority's desk, in a file beside the database and never inside it: whoever has
/// a copy of the database alone learns no ID number, phone or bank account of those who work here,
/// and cannot try them out.
class IdentityKey {
 public:
  static IdentityKey make();
  /// Errors: not_found "access.key_missing"; corrupted "access.key_damaged"; forbidden
  /// "access.key_rights" if others than the owner may read it.
  static Result<IdentityKey> load(const std::filesystem::path& file);
  /// Mode 0600, never over a file that is there. Errors: unavailable "file.unwritable".
  Status save(const std::filesystem::path& file) const;

  Blind of_id_number(const fund::IdNumber& number) const;
  Blind of_bank_account(std::string_view number) const;

  /// AES-256-GCM under a fresh nonce; `place` ("person_identity.phone|<blind>") is authenticated,
  /// so that a ciphertext moved to another row or column no longer opens.
  store::Bytes seal(std::string_view text, std::string_view place) const;
  /// Errors: corrupted "access.sealed" if text or place are not as sealed.
  Result<std::string> open(std::string_view sealed, std::string_view place) const;

  /// The first use fills the database's `identity_key`; later ones compare.
  /// Errors: corrupted "access.key_of_another_desk"; of Transaction.
  Status bind(store::Transaction& transaction) const;

 private:
  explicit IdentityKey(std::string secret) : secret_(std::move(secret)) {}
  std::string hashed(std::string_view what, std::string_view text) const;
  std::string secret_;  ///< 32 bytes that hash, 32 that encrypt
};

}  // namespace anlan::access
