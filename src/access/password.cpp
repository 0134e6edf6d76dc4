#include "access/password.hpp"

#include <argon2.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/check.hpp"
#include "journal/keys.hpp"

namespace anlan::access {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t shortest = 12;
constexpr std::size_t longest_bytes = 128;
constexpr std::size_t different_min = 5;  // our choice: "111111111111" is long and no password

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// What people here and elsewhere take when twelve characters are asked for, in small letters.
constexpr std::string_view common[] = {
    "0123456789ab",     "012345678910",   "1029384756qp",   "112233445566",     "123123123123",
    "123456123456",     "1234567890-=",   "12345678900",    "123456789000",     "123456789012",
    "1234567890ab",     "1234567890abc",  "1234567890qwe",  "123456789abc",     "123456789qwe",
    "123456abcdef",     "123456qwerty",   "1q2w3e4r5t6y",   "1q2w3e4r5t6y7u",   "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv", "1qaz@wsx3edc",   "a1234567890",    "a123456789012",    "aa123456789",
    "aaa123456789",     "abc123456789",   "abc123456abc",   "abcd12345678",     "abcdefg12345",
    "abcdefghijkl",     "admin1234567",   "admin12345678",  "admin123456789",   "admin@123456",
    "admin@12345678",   "admin@123admin", "administrator",  "adminadmin12",     "adminadminadmin",
    "anlan1234567",     "changeme1234",   "changemeplease", "dragon123456",     "iloveyou1234",
    "iloveyou1314",     "iloveyou520",    "letmein12345",   "letmeinplease",    "p@ssw0rd1234",
    "p@ssw0rd2018",     "p@ssw0rd2019",   "passw0rd1234",   "password1234",     "password12345",
    "password123456",   "password@123",   "password@1234",  "passwordpassword", "qazwsxedc123",
    "qazwsxedcrfv",     "qq1234567890",   "qwe123456789",   "qwer12345678",     "qwerty123456",
    "qwertyuiop12",     "qwertyuiop123",  "qwertyuiop[]",   "qwertyuiopas",     "root12345678",
    "root@123456",      "shebao123456",   "shebao2018!!",   "shebao@2018",      "shebao@123456",
    "system123456",     "test12345678",   "tianjin12345",   "tianjin123456",    "user12345678",
    "welcome12345",     "welcome@1234",   "woaini123456",   "woaini1314520",    "woaini5201314",
    "woaiwojia123",     "zaq12wsxcde3",   "zaq1xsw2cde3",   "zhongguo1949",     "zxcvbnm12345",
    "zxcvbnm123456",
};

}  // namespace

PasswordHasher::PasswordHasher(HashCost cost) : cost_(cost) {
  // A hash of the right cost that no password has; only its work matters.
  constexpr std::string_view salt = "AAAAAAAAAAAAAAAAAAAAAA";
  constexpr std::string_view digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  nobody_ = fmt::format("$argon2id$v=19$m={},t={},p={}${}${}", cost_.memory_kib, cost_.passes,
                        cost_.lanes, salt, digest);
}

std::string PasswordHasher::hash(std::string_view password) {
  const auto salt = journal::random_bytes(salt_bytes);
  std::string out(argon2_encodedlen(cost_.passes, cost_.memory_kib, cost_.lanes, salt_bytes,
                                    hash_bytes, Argon2_id),
                  '\0');
  places_.acquire();
  const int done = argon2id_hash_encoded(cost_.passes, cost_.memory_kib, cost_.lanes,
                                         password.data(), password.size(), salt.data(), salt.size(),
                                         hash_bytes, out.data(), out.size());
  places_.release();
  CHECK(done == ARGON2_OK);  // fails only for want of memory
  out.resize(out.find('\0'));
  return out;
}

bool PasswordHasher::verify(const std::string& hash, std::string_view password) {
  places_.acquire();
  const int done = argon2id_verify(hash.c_str(), password.data(), password.size());
  places_.release();
  return done == ARGON2_OK;
}

bool PasswordHasher::is_outdated(std::string_view hash) const {
  return !hash.starts_with(
      fmt::format("$argon2id$v=19$m={},t={},p={}$", cost_.memory_kib, cost_.passes, cost_.lanes));
}

Status check_password(std::string_view password, std::string_view login) {
  const auto characters =
      static_cast<std::size_t>(std::count_if(password.begin(), password.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
      }));
  if (characters < shortest) return fail(ErrorKind::invalid_input, "access.password_short");
  if (password.size() > longest_bytes)
    return fail(ErrorKind::invalid_input, "access.password_long");
  const auto small = lower(password);
  const std::set<char> different(small.begin(), small.end());
  if (different.size() < different_min ||
      std::find(std::begin(common), std::end(common), small) != std::end(common)) {
    return fail(ErrorKind::invalid_input, "access.password_common");
  }
  if (small.find(lower(login)) != std::string::npos) {
    return fail(ErrorKind::invalid_input, "access.password_has_login");
  }
  return {};
}

std::string random_password() {
  constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyz23456789";
  constexpr std::size_t count = 16;
  constexpr std::size_t group = 4;
  constexpr std::size_t byte_values = 256;
  constexpr std::size_t fair = byte_values / letters.size() * letters.size();
  std::string out;
  for (std::size_t taken = 0; taken < count;) {
    for (const char c : journal::random_bytes(count)) {
      const std::size_t value = static_cast<unsigned char>(c);
      if (value >= fair || taken == count) continue;
      if (taken > 0 && taken % group == 0) out += '-';
      out += letters[value % letters.size()];
      ++taken;
    }
  }
  return out;
}

}  // namespace anlan::access
