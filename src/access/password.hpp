#pragma once

#include <cstdint>
#include <semaphore>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace anlan::access {

/// What a hash costs. It stands in the hash itself, so that old ones go on being understood.
struct HashCost {
  std::uint32_t memory_kib = 64 * 1024;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 1;
};

/// Argon2id (RFC 9106). Thread-safe; two hashes at once at most, whoever else wants one waits: a
/// hash takes its memory and a whole core, and logins must not starve what else goes on.
class PasswordHasher {
 public:
  static constexpr std::ptrdiff_t at_once_max = 2;

  explicit PasswordHasher(HashCost cost = {});

  /// "$argon2id$v=19$m=65536,t=3,p=1$salt$hash" under a fresh salt.
  std::string hash(std::string_view password);
  bool verify(const std::string& hash, std::string_view password);
  /// Does the work of a verification and answers no: for a login that does not exist.
  bool verify_nobody(std::string_view password) { return verify(nobody_, password) && false; }
  /// Whether a hash was made at another cost than now.
  bool is_outdated(std::string_view hash) const;

 private:
  HashCost cost_;
  std::counting_semaphore<at_once_max> places_{at_once_max};
  std::string nobody_;  ///< of a password nobody has
};

/// Our choice, after the rules of classified protection and NIST SP 800-63B: long rather than
/// odd, and no forced change but the first.
/// Errors: invalid_input "access.password_short" (below 12 characters), "access.password_long"
/// (above 128 bytes), "access.password_common", "access.password_has_login".
Status check_password(std::string_view password, std::string_view login);

/// Sixteen letters and digits in groups of four, none of which is taken for another: 79 bits.
std::string random_password();

}  // namespace anlan::access
