#include "server/id_token.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <array>
#include <memory>

#include "base/text.hpp"

namespace anlan::server {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* one) const {
    Free(one);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using ParamsBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::size_t token_bytes_max = 16 * 1024;
constexpr int rsa_bits_min = 2048;
constexpr std::size_t p256_bytes = 32;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

tl::unexpected<Error> wrong(const char* what) {
  return fail(ErrorKind::forbidden, "oidc.token", what);
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Key key_from(const char* kind, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Key(key);
}

/// The public key of a JWK, if it is one for this algorithm.
Key key_of(const Json& jwk, std::string_view algorithm) {
  const auto part = [&](const char* name) {
    return base64url_decoded(text_at(jwk, name)).value_or("");
  };
  const std::string kind = text_at(jwk, "kty");
  if (algorithm == "RS256" && kind == "RSA") {
    const auto modulus = number_of(part("n"));
    const auto exponent = number_of(part("e"));
    const ParamsBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    auto key = key_from("RSA", builder.get());
    return key && EVP_PKEY_get_bits(key.get()) >= rsa_bits_min ? std::move(key) : nullptr;
  }
  if (algorithm == "ES256" && kind == "EC" && text_at(jwk, "crv") == "P-256") {
    const auto x = part("x");
    const auto y = part("y");
    if (x.size() != p256_bytes || y.size() != p256_bytes) return nullptr;
    const std::string point = "\x04" + x + y;
    const ParamsBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                     point.size());
    return key_from("EC", builder.get());  // which refuses a point that is not on the curve
  }
  if (algorithm == "EdDSA" && kind == "OKP" && text_at(jwk, "crv") == "Ed25519") {
    const auto x = part("x");
    return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()));
  }
  return nullptr;
}

/// A JWS holds r and s one behind the other; OpenSSL wants them as DER.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * p256_bytes) return {};
  const EcSignature parts(ECDSA_SIG_new());
  auto r = number_of(signature.substr(0, p256_bytes));
  auto s = number_of(signature.substr(p256_bytes));
  if (ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();
  (void)s.release();
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &out);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return der;
}

bool is_signed(const Key& key, std::string_view algorithm, std::string_view content,
               std::string signature) {
  if (algorithm == "ES256") signature = der_of(signature);
  const DigestContext context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm == "EdDSA" ? nullptr : EVP_sha256();
  return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(content),
                          content.size()) == 1;
}

/// The key that the token's head names.
Result<Key> named_key(const Json& keys, const Json& head, std::string_view algorithm) {
  const auto list = keys.find("keys");
  if (list == keys.end() || !list->is_array()) return wrong("the provider's keys are no JWK set");
  const std::string name = text_at(head, "kid");
  const Json* found = nullptr;
  for (const auto& jwk : *list) {
    if (!jwk.is_object()) continue;
    const auto use = text_at(jwk, "use");
    const auto own = text_at(jwk, "alg");
    if ((!use.empty() && use != "sig") || (!own.empty() && own != algorithm)) continue;
    if (!name.empty() && text_at(jwk, "kid") != name) continue;
    // Without a name in the token there must be one key only that fits.
    if (found != nullptr && key_of(jwk, algorithm)) return wrong("several keys fit");
    if (key_of(jwk, algorithm)) found = &jwk;
  }
  if (found == nullptr) return fail(ErrorKind::forbidden, "oidc.key_unknown", "");
  return key_of(*found, algorithm);
}

bool is_for(const Json& claims, const std::string& client_id) {
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return false;
  const bool alone = audience->is_string() || (audience->is_array() && audience->size() == 1);
  const auto names = audience->is_array() ? *audience : Json::array({*audience});
  bool named = false;
  for (const auto& one : names) named = named || (one.is_string() && one == client_id);
  const auto party = text_at(claims, "azp");
  // A token for several says by `azp` whom it was given to.
  return named && (party == client_id || (party.empty() && alone && !claims.contains("azp")));
}

Status check_claims(const Json& claims, const TokenExpectation& expected) {
  const auto seconds = [&](const char* name) -> std::optional<std::int64_t> {
    const auto found = claims.find(name);
    if (found == claims.end() || !found->is_number_integer()) return std::nullopt;
    return found->get<std::int64_t>();
  };
  if (text_at(claims, "iss") != expected.issuer) return wrong("iss: another issuer");
  if (!is_for(claims, expected.client_id)) return wrong("aud: for somebody else");
  if (expected.nonce.empty() || text_at(claims, "nonce") != expected.nonce) {
    return wrong("nonce: of another login");
  }
  const std::int64_t now = expected.at.ms / 1000;
  const auto ends = seconds("exp");
  const auto made = seconds("iat");
  const auto begins = seconds("nbf");
  if (!ends || *ends <= now - clock_leeway_seconds) return wrong("exp: over");
  if (!made || *made > now + clock_leeway_seconds) return wrong("iat: of a time to come");
  if (claims.contains("nbf") && (!begins || *begins > now + clock_leeway_seconds)) {
    return wrong("nbf: not yet");
  }
  if (text_at(claims, "sub").empty()) return wrong("sub: nobody");
  return {};
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string out;
  unsigned held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += alphabet[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += alphabet[held << (6 - bits) & 63];
  return out;
}

std::optional<std::string> base64url_decoded(std::string_view text) {
  std::string out;
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    held = held << 6 | static_cast<unsigned>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(held >> bits & 0xFF);
    }
  }
  // What is left of the last character says nothing, and must not.
  if (bits >= 6 || (held & ((1U << bits) - 1)) != 0) return std::nullopt;
  return out;
}

Result<IdToken> check_id_token(std::string_view token, const Json& keys,
                               const TokenExpectation& expected) {
  if (token.size() > token_bytes_max) return wrong("too long");
  const auto parts = split(token, '.');
  if (parts.size() != 3) return wrong("not three parts");
  const auto head_text = base64url_decoded(parts[0]);
  const auto claims_text = base64url_decoded(parts[1]);
  const auto signature = base64url_decoded(parts[2]);
  if (!head_text || !claims_text || !signature) return wrong("malformed");
  const auto head = read_json(*head_text);
  if (!head || !head->is_object()) return wrong("head: no JSON");
  const std::string algorithm = text_at(*head, "alg");
  if (algorithm != "RS256" && algorithm != "ES256" && algorithm != "EdDSA") {
    return wrong("alg: not one of RS256, ES256, EdDSA");
  }
  if (head->contains("crit")) return wrong("crit: not understood");
  const auto key = named_key(keys, *head, algorithm);
  if (!key) return fail(key.error());
  const auto content = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!is_signed(*key, algorithm, content, *signature)) return wrong("signature");
  const auto claims = read_json(*claims_text);
  if (!claims || !claims->is_object()) return wrong("claims: no JSON");
  if (auto checked = check_claims(*claims, expected); !checked) return fail(checked.error());
  return IdToken{text_at(*claims, "sub")};
}

}  // namespace anlan::server
