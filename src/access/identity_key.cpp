#include "access/identity_key.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "base/check.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "journal/encoding.hpp"
#include "journal/keys.hpp"

namespace anlan::access {
namespace {

constexpr std::size_t half_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::string_view file_head = "anlan-desk-key-1 ";

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

/// A cipher that knows key, nonce and the authenticated text.
Cipher cipher(bool encrypts, std::string_view key, std::string_view nonce, std::string_view place) {
  Cipher context(EVP_CIPHER_CTX_new());
  int ignored = 0;
  CHECK(context != nullptr);
  CHECK(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, raw(key), raw(nonce),
                          encrypts ? 1 : 0) == 1);
  CHECK(EVP_CipherUpdate(context.get(), nullptr, &ignored, raw(place),
                         static_cast<int>(place.size())) == 1);
  return context;
}

}  // namespace

IdentityKey IdentityKey::make() {
  return IdentityKey(journal::random_bytes(2 * half_bytes));
}

Result<IdentityKey> IdentityKey::load(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) {
    return fail(ErrorKind::not_found, "access.key_missing", file.string());
  }
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorKind::forbidden, "access.key_rights", file.string());
  }
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  const auto line = trim(*text);
  if (line.starts_with(file_head)) {
    auto secret = journal::bytes_of_hex(line.substr(file_head.size()));
    if (secret && secret->size() == 2 * half_bytes) return IdentityKey(std::move(*secret));
  }
  return fail(ErrorKind::corrupted, "access.key_damaged", file.string());
}

Status IdentityKey::save(const std::filesystem::path& file) const {
  const auto text = std::string(file_head) + journal::hex(secret_) + "\n";
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written =
      out >= 0 && ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(out) == 0;
  if (out >= 0) ::close(out);
  if (!written) return fail(ErrorKind::unavailable, "file.unwritable", file.string());
  return sync_path(file.parent_path().empty() ? "." : file.parent_path());
}

std::string IdentityKey::hashed(std::string_view what, std::string_view text) const {
  const auto message = std::string(what) + "|" + std::string(text);
  std::string out(half_bytes, '\0');
  unsigned int length = 0;
  CHECK(HMAC(EVP_sha256(), secret_.data(), half_bytes, raw(std::string_view(message)),
             message.size(), raw(out), &length) != nullptr);
  CHECK(length == out.size());
  return out;
}

Blind IdentityKey::of_id_number(const fund::IdNumber& number) const {
  return {hashed("id_no", number.reveal())};
}

Blind IdentityKey::of_bank_account(std::string_view number) const {
  return {hashed("bank_account", number)};
}

store::Bytes IdentityKey::seal(std::string_view text, std::string_view place) const {
  const auto nonce = journal::random_bytes(nonce_bytes);
  const auto context = cipher(true, std::string_view(secret_).substr(half_bytes), nonce, place);
  std::string out(text.size() + tag_bytes, '\0');
  int length = 0;
  CHECK(EVP_CipherUpdate(context.get(), raw(out), &length, raw(text),
                         static_cast<int>(text.size())) == 1);
  CHECK(EVP_CipherFinal_ex(context.get(), raw(out) + length, &length) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes,
                            out.data() + text.size()) == 1);
  return {nonce + out};
}

Result<std::string> IdentityKey::open(std::string_view sealed, std::string_view place) const {
  const auto refused = [] { return fail(ErrorKind::corrupted, "access.sealed"); };
  if (sealed.size() < nonce_bytes + tag_bytes) return refused();
  const auto context = cipher(false, std::string_view(secret_).substr(half_bytes),
                              sealed.substr(0, nonce_bytes), place);
  const auto text = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
  std::string tag(sealed.substr(sealed.size() - tag_bytes));
  std::string out(text.size(), '\0');
  int length = 0;
  CHECK(EVP_CipherUpdate(context.get(), raw(out), &length, raw(text),
                         static_cast<int>(text.size())) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1);
  if (EVP_CipherFinal_ex(context.get(), raw(out) + length, &length) != 1) return refused();
  return out;
}

Status IdentityKey::bind(store::Transaction& transaction) const {
  // Of both halves: a key that hashes alike and opens nothing is another key.
  const store::Bytes fingerprint{hashed("desk", std::string_view(secret_).substr(half_bytes))};
  const auto known = transaction.query_one("SELECT fingerprint FROM identity_key");
  if (!known) return fail(known.error());
  if (*known) {
    if ((*known)->bytes("fingerprint") == fingerprint.data) return {};
    return fail(ErrorKind::corrupted, "access.key_of_another_desk");
  }
  const auto done = transaction.run(
      "INSERT INTO identity_key (only_row, fingerprint) VALUES (1, ?)", {fingerprint});
  if (!done) return fail(done.error());
  return {};
}

}  // namespace anlan::access
