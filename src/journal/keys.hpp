#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/hashing.hpp"

struct evp_pkey_st;

namespace anlan::journal {

/// A key that verifies: Ed25519, or SM2 with SM3.
class PublicKey {
 public:
  /// From its raw bytes: 32 of Ed25519 (RFC 8032), 65 of SM2 (0x04, x, y).
  /// Errors: invalid_input "journal.key".
  static Result<PublicKey> of_raw(Suite suite, std::string_view raw);

  Suite suite() const { return suite_; }
  const std::string& raw() const { return raw_; }
  bool verifies(std::string_view message, std::string_view signature) const;
  /// SubjectPublicKeyInfo as PEM, for openssl.
  std::string pem() const;

 private:
  friend class PrivateKey;
  PublicKey(Suite suite, std::shared_ptr<evp_pkey_st> key, std::string raw)
      : suite_(suite), key_(std::move(key)), raw_(std::move(raw)) {}
  Suite suite_;
  std::shared_ptr<evp_pkey_st> key_;
  std::string raw_;
};

/// A key that signs. Its file is readable by its owner only.
class PrivateKey {
 public:
  static PrivateKey make(Suite suite);
  /// Errors: not_found "file.unreadable"; corrupted "journal.key" if the file is no such key;
  /// forbidden "journal.key_rights" if others than the owner may read it.
  static Result<PrivateKey> load(Suite suite, const std::filesystem::path& file);
  /// PKCS #8 as PEM, mode 0600, written and synced before anybody could look in; never over a file
  /// that is there. Errors: unavailable "file.unwritable".
  Status save(const std::filesystem::path& file) const;

  const PublicKey& public_key() const { return public_; }
  std::string sign(std::string_view message) const;

 private:
  explicit PrivateKey(PublicKey key) : public_(std::move(key)) {}
  static Result<PrivateKey> of(Suite suite, std::shared_ptr<evp_pkey_st> key);
  PublicKey public_;
};

/// Bytes nobody can guess.
std::string random_bytes(std::size_t count);

}  // namespace anlan::journal
