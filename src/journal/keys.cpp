#include "journal/keys.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.hpp"
#include "base/file.hpp"

namespace anlan::journal {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;

Key owned(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

/// The identifier that SM2 hashes with the message when none is agreed on (GB/T 32918.5).
constexpr std::string_view sm2_id = "1234567812345678";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// A context ready to sign or verify with `key`.
std::shared_ptr<EVP_MD_CTX> context_for(Suite suite, EVP_PKEY* key, bool signs) {
  std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  CHECK(context != nullptr);
  EVP_PKEY_CTX* inner = nullptr;
  const EVP_MD* digest = suite == Suite::sm3_sm2 ? EVP_sm3() : nullptr;
  const auto start = signs ? EVP_DigestSignInit : EVP_DigestVerifyInit;
  if (start(context.get(), &inner, digest, nullptr, key) != 1) return nullptr;
  if (suite == Suite::sm3_sm2 &&
      EVP_PKEY_CTX_set1_id(inner, sm2_id.data(), static_cast<int>(sm2_id.size())) != 1) {
    return nullptr;
  }
  return context;
}

std::string text_of(BIO* out) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(out, &start);
  return {start, static_cast<std::size_t>(size)};
}

std::string raw_of(Suite suite, EVP_PKEY* key) {
  if (suite == Suite::sha256_ed25519) {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) != 1)
      return {};
    return raw;
  }
  unsigned char* start = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key, &start);
  std::string raw(reinterpret_cast<const char*>(start), size);
  OPENSSL_free(start);
  return raw;
}

const char* type_of(Suite suite) {
  return suite == Suite::sha256_ed25519 ? "ED25519" : "SM2";
}

}  // namespace

Result<PublicKey> PublicKey::of_raw(Suite suite, std::string_view raw) {
  const auto wrong = [] {
    return fail(ErrorKind::invalid_input, "journal.key", "not a public key of the log's suite");
  };
  if (suite == Suite::sha256_ed25519) {
    if (raw.size() != 32) return wrong();
    auto key =
        owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(raw), raw.size()));
    if (!key) return wrong();
    return PublicKey(suite, std::move(key), std::string(raw));
  }
  if (raw.size() != 65) return wrong();
  std::shared_ptr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr),
                                        EVP_PKEY_CTX_free);
  char group[] = "SM2";
  std::string point(raw);
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("group", group, 0),
                               OSSL_PARAM_construct_octet_string("pub", point.data(), point.size()),
                               OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(params)) != 1) {
    return wrong();
  }
  return PublicKey(suite, owned(made), std::string(raw));
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  const auto context = context_for(suite_, key_.get(), false);
  return context != nullptr &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

std::string PublicKey::pem() const {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  CHECK(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
  return text_of(out.get());
}

Result<PrivateKey> PrivateKey::of(Suite suite, std::shared_ptr<evp_pkey_st> key) {
  if (!key || EVP_PKEY_is_a(key.get(), type_of(suite)) != 1) {
    return fail(ErrorKind::corrupted, "journal.key", "not a private key of the log's suite");
  }
  std::string raw = raw_of(suite, key.get());
  if (raw.empty()) return fail(ErrorKind::corrupted, "journal.key", "no public part");
  return PrivateKey(PublicKey(suite, std::move(key), std::move(raw)));
}

PrivateKey PrivateKey::make(Suite suite) {
  auto made = of(suite, owned(EVP_PKEY_Q_keygen(nullptr, nullptr, type_of(suite))));
  CHECK(made.has_value());
  return std::move(*made);
}

Result<PrivateKey> PrivateKey::load(Suite suite, const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  struct stat rights {};
  if (::stat(file.c_str(), &rights) != 0 || (rights.st_mode & 077) != 0) {
    return fail(ErrorKind::forbidden, "journal.key_rights",
                file.string() + ": expected mode 0600, readable by its owner only");
  }
  const std::unique_ptr<BIO, int (*)(BIO*)> in(
      BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), BIO_free);
  auto key = of(suite, owned(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)));
  if (!key) return fail(key.error().kind, key.error().code, file.string());
  return key;
}

Status PrivateKey::save(const std::filesystem::path& file) const {
  const auto unwritable = [&](int cause) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                file.string() + ": " + std::strerror(cause));
  };
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  CHECK(PEM_write_bio_PKCS8PrivateKey(out.get(), public_.key_.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1);
  const std::string text = text_of(out.get());
  const int to = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (to < 0) return unwritable(errno);
  const bool written = ::write(to, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(to) == 0;
  const int cause = errno;
  ::close(to);
  if (!written) return unwritable(cause);
  return sync_path(file.has_parent_path() ? file.parent_path() : ".");
}

std::string PrivateKey::sign(std::string_view message) const {
  const auto context = context_for(public_.suite(), public_.key_.get(), true);
  CHECK(context != nullptr);
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(message), message.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes_of(message), message.size()) == 1);
  signature.resize(size);
  return signature;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1);
  return bytes;
}

}  // namespace anlan::journal
