#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace anlan::journal {

/// What a log hashes and signs with; chosen when the log is made and never changed. The second is
/// Chinese commercial cryptography (GB/T 32905, GB/T 32918): public tools of transparency logs do
/// not read it.
enum class Suite { sha256_ed25519, sm3_sm2 };

std::string_view suite_name(Suite suite);
std::optional<Suite> suite_called(std::string_view name);

/// 32 bytes, of SHA-256 or SM3.
struct Hash {
  std::array<unsigned char, 32> bytes{};

  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// `view` holds exactly 32 bytes.
  static Hash of_bytes(std::string_view view);

  friend auto operator<=>(const Hash&, const Hash&) = default;
};

/// The suite's hash over the pieces, one after the other.
Hash hash_of(Suite suite, std::string_view a, std::string_view b = {}, std::string_view c = {});

/// RFC 6962 section 2.1: H(0x00 || entry), H(0x01 || left || right), H().
Hash leaf_hash(Suite suite, std::string_view entry);
Hash node_hash(Suite suite, const Hash& left, const Hash& right);
Hash empty_root(Suite suite);

}  // namespace anlan::journal
