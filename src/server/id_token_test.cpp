#include "server/id_token.hpp"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "journal/hashing.hpp"
#include "server/oidc.hpp"

namespace anlan::server {
namespace {

constexpr Instant now{1'800'000'000'000};

std::string bytes_of(const BIGNUM* number, int size) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), size);
  return bytes;
}

std::string number_in(EVP_PKEY* key, const char* name, int size) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key, name, &number), 1);
  auto bytes = bytes_of(number, size);
  BN_free(number);
  return bytes;
}

/// A provider's key, and what it signs.
class Signer {
 public:
  Signer(std::string algorithm, std::string name, unsigned rsa_bits = 2048)
      : algorithm_(std::move(algorithm)), name_(std::move(name)) {
    key_ = algorithm_ == "RS256"   ? EVP_RSA_gen(rsa_bits)
           : algorithm_ == "ES256" ? EVP_EC_gen("P-256")
                                   : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  ~Signer() { EVP_PKEY_free(key_); }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  Json jwk() const {
    Json json = {{"kid", name_}, {"use", "sig"}};
    if (algorithm_ == "RS256") {
      json["kty"] = "RSA";
      json["n"] = base64url(number_in(key_, OSSL_PKEY_PARAM_RSA_N, EVP_PKEY_get_size(key_)));
      json["e"] = base64url(std::string("\x01\x00\x01", 3));
    } else if (algorithm_ == "ES256") {
      json["kty"] = "EC";
      json["crv"] = "P-256";
      json["x"] = base64url(number_in(key_, OSSL_PKEY_PARAM_EC_PUB_X, 32));
      json["y"] = base64url(number_in(key_, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
    } else {
      std::string raw(32, '\0');
      std::size_t size = raw.size();
      EVP_PKEY_get_raw_public_key(key_, reinterpret_cast<unsigned char*>(raw.data()), &size);
      json["kty"] = "OKP";
      json["crv"] = "Ed25519";
      json["x"] = base64url(raw);
    }
    return json;
  }

  std::string token(const Json& claims, Json head = Json::object()) const {
    if (!head.contains("alg")) head["alg"] = algorithm_;
    if (!head.contains("kid")) head["kid"] = name_;
    const std::string content = base64url(json_text(head)) + "." + base64url(json_text(claims));
    return content + "." + base64url(signature_of(content));
  }

 private:
  std::string signature_of(const std::string& content) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, algorithm_ == "EdDSA" ? nullptr : EVP_sha256(), nullptr,
                       key_);
    std::size_t size = 1024;
    std::string out(size, '\0');
    EXPECT_EQ(
        EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<const unsigned char*>(content.data()), content.size()),
        1);
    EVP_MD_CTX_free(context);
    out.resize(size);
    if (algorithm_ != "ES256") return out;
    const auto* der = reinterpret_cast<const unsigned char*>(out.data());
    ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(out.size()));
    auto both = bytes_of(ECDSA_SIG_get0_r(parts), 32) + bytes_of(ECDSA_SIG_get0_s(parts), 32);
    ECDSA_SIG_free(parts);
    return both;
  }

  std::string algorithm_, name_;
  EVP_PKEY* key_ = nullptr;
};

Json good_claims() {
  const std::int64_t seconds = now.ms / 1000;
  return {{"iss", "https://login.example"}, {"sub", "u-17"}, {"aud", "anlan"}, {"nonce", "n-1"},
          {"exp", seconds + 300},           {"iat", seconds}};
}

const TokenExpectation expected{"https://login.example", "anlan", "n-1", now};

std::string outcome(const std::string& token, const Json& keys) {
  const auto checked = check_id_token(token, keys, expected);
  return checked ? checked->subject : checked.error().code + " " + checked.error().detail;
}

TEST(IdToken, IsTakenFromEachOfThreeAlgorithms) {
  const Signer rsa("RS256", "one"), curve("ES256", "two"), edwards("EdDSA", "three");
  const Json keys = {{"keys", {rsa.jwk(), curve.jwk(), edwards.jwk()}}};
  for (const Signer* signer : {&rsa, &curve, &edwards}) {
    EXPECT_EQ(outcome(signer->token(good_claims()), keys), "u-17");
  }
}

TEST(IdToken, IsForUsForNowAndForThisLogin) {
  const Signer signer("ES256", "one");
  const Json keys = {{"keys", {signer.jwk()}}};
  const std::int64_t seconds = now.ms / 1000;
  const struct {
    const char* claim;
    Json value;  // discarded: the claim is left out
    const char* expected;
  } rows[] = {
      {"iss", "https://login.example/", "oidc.token iss: another issuer"},
      {"iss", Json::value_t::discarded, "oidc.token iss: another issuer"},
      {"aud", "other", "oidc.token aud: for somebody else"},
      {"aud", Json::value_t::discarded, "oidc.token aud: for somebody else"},
      {"aud", {"anlan", "other"}, "oidc.token aud: for somebody else"},  // without azp
      {"aud", Json::array({"anlan"}), "u-17"},
      {"azp", "other", "oidc.token aud: for somebody else"},
      {"azp", "anlan", "u-17"},
      {"azp", 7, "oidc.token aud: for somebody else"},
      {"nonce", "n-2", "oidc.token nonce: of another login"},
      {"nonce", Json::value_t::discarded, "oidc.token nonce: of another login"},
      {"exp", seconds - 59, "u-17"},
      {"exp", seconds - 60, "oidc.token exp: over"},
      {"exp", "never", "oidc.token exp: over"},
      {"exp", Json::value_t::discarded, "oidc.token exp: over"},
      {"iat", seconds + 60, "u-17"},
      {"iat", seconds + 61, "oidc.token iat: of a time to come"},
      {"iat", Json::value_t::discarded, "oidc.token iat: of a time to come"},
      {"nbf", seconds + 60, "u-17"},
      {"nbf", seconds + 61, "oidc.token nbf: not yet"},
      {"nbf", "soon", "oidc.token nbf: not yet"},
      {"sub", "", "oidc.token sub: nobody"},
      {"sub", 17, "oidc.token sub: nobody"},
  };
  for (const auto& row : rows) {
    auto claims = good_claims();
    if (row.value.is_discarded()) {
      claims.erase(row.claim);
    } else {
      claims[row.claim] = row.value;
    }
    EXPECT_EQ(outcome(signer.token(claims), keys), row.expected) << row.claim;
  }
  auto both = good_claims();
  both["aud"] = {"anlan", "other"};
  both["azp"] = "anlan";
  EXPECT_EQ(outcome(signer.token(both), keys), "u-17");
  const auto no_nonce = check_id_token(signer.token(good_claims()), keys,
                                       {"https://login.example", "anlan", "", now});
  EXPECT_FALSE(no_nonce);
}

TEST(IdToken, IsSignedByAKeyOfTheProviderAsItMustBe) {
  const Signer signer("RS256", "one"), thief("RS256", "one"), weak("RS256", "weak", 1024);
  const Signer curve("ES256", "curve");
  const Json keys = {{"keys", {signer.jwk(), curve.jwk(), weak.jwk()}}};
  const auto good = signer.token(good_claims());
  EXPECT_EQ(outcome(thief.token(good_claims()), keys), "oidc.token signature");
  EXPECT_EQ(outcome(weak.token(good_claims()), keys), "oidc.key_unknown ");
  EXPECT_EQ(outcome(signer.token(good_claims(), {{"kid", "two"}}), keys), "oidc.key_unknown ");
  // No other algorithm, whatever the token says: not "none", and no public key as a shared secret.
  for (const auto* algorithm : {"none", "None", "HS256", "RS512", "PS256", ""}) {
    EXPECT_EQ(outcome(signer.token(good_claims(), {{"alg", algorithm}}), keys),
              "oidc.token alg: not one of RS256, ES256, EdDSA");
  }
  EXPECT_EQ(outcome(signer.token(good_claims(), {{"alg", "ES256"}}), keys), "oidc.key_unknown ");
  EXPECT_EQ(outcome(signer.token(good_claims(), {{"crit", Json::array({"b64"})}}), keys),
            "oidc.token crit: not understood");
  // A key in the token's own head is not looked at.
  EXPECT_EQ(outcome(thief.token(good_claims(), {{"jwk", thief.jwk()}}), keys),
            "oidc.token signature");
  // One bit anywhere.
  int refused = 0;
  for (std::size_t at = 0; at < good.size(); at += 7) {
    auto changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (changed == good) continue;
    EXPECT_FALSE(check_id_token(changed, keys, expected)) << at;
    ++refused;
  }
  EXPECT_GT(refused, 50);
  for (const std::string bad : {"", ".", "..", "a.b.c", "a.b", "====.e30.e30"}) {
    EXPECT_FALSE(check_id_token(bad, keys, expected)) << bad;
  }
  EXPECT_FALSE(check_id_token(good + "." + good, keys, expected));
  EXPECT_FALSE(check_id_token(std::string(20'000, 'A'), keys, expected));
  // For encrypting, or for another algorithm, a key is none for this.
  auto other_use = signer.jwk();
  other_use["use"] = "enc";
  EXPECT_EQ(outcome(good, {{"keys", Json::array({other_use})}}), "oidc.key_unknown ");
  auto other_algorithm = signer.jwk();
  other_algorithm["alg"] = "RS512";
  EXPECT_EQ(outcome(good, {{"keys", Json::array({other_algorithm})}}), "oidc.key_unknown ");
  EXPECT_EQ(outcome(good, Json::object()), "oidc.token the provider's keys are no JWK set");
}

TEST(Base64Url, GoesBothWaysAndIsStrict) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xff\xfe\xfd"}) {
    EXPECT_EQ(base64url_decoded(base64url(text)), text);
  }
  EXPECT_EQ(base64url("foob"), "Zm9vYg");
  for (const auto* bad : {"Zm9vYg==", "Z", "Zm9vYh", "Zm9v+g", "Zm 9v"}) {
    EXPECT_EQ(base64url_decoded(bad), std::nullopt) << bad;
  }
}

/// A provider that answers what a test wants.
class OidcTest : public testing::Test {
 protected:
  OidcTest() : signer_("ES256", "k1") {}

  Fetch fetch() {
    return [this](const FetchRequest& request) -> Result<Fetched> {
      asked_.push_back(request);
      if (down_) return fail(ErrorKind::unavailable, "oidc.unreachable", "test");
      if (request.url.ends_with("/.well-known/openid-configuration")) {
        return Fetched{200, json_text(about_)};
      }
      if (request.url.ends_with("/keys")) {
        return Fetched{200, json_text({{"keys", Json::array({signer_.jwk()})}})};
      }
      auto claims = good_claims();
      claims["nonce"] = nonce_;
      return Fetched{token_status_, json_text({{"id_token", signer_.token(claims)}})};
    };
  }
  Oidc oidc(const std::string& secret = "se cret") {
    return {{"https://login.example", "anlan", "", "https://desk.example/api/login/oidc/back", ""},
            secret,
            fetch()};
  }
  static std::string part_of(const std::string& url, const std::string& name) {
    const auto begin = url.find(name + "=") + name.size() + 1;
    return url.substr(begin, url.find('&', begin) - begin);
  }
  std::string end_code(Oidc& with, const Oidc::CameBack& back, Instant at = now) {
    const auto ended = with.end(back, at);
    return ended ? *ended : ended.error().code;
  }

  const Signer signer_;
  Json about_ = {{"issuer", "https://login.example"},
                 {"authorization_endpoint", "https://login.example/auth"},
                 {"token_endpoint", "https://login.example/token"},
                 {"jwks_uri", "https://login.example/keys"}};
  std::string nonce_;
  int token_status_ = 200;
  bool down_ = false;
  std::vector<FetchRequest> asked_;
};

TEST_F(OidcTest, ALoginGoesOutAndComesBackOnce) {
  auto with = oidc();
  EXPECT_TRUE(asked_.empty());  // nothing before somebody logs in
  const auto begun = with.begin(now);
  ASSERT_TRUE(begun) << begun.error().code;
  EXPECT_EQ(part_of(begun->url, "code_challenge_method"), "S256");
  EXPECT_EQ(part_of(begun->url, "redirect_uri"),
            "https%3A%2F%2Fdesk.example%2Fapi%2Flogin%2Foidc%2Fback");
  nonce_ = part_of(begun->url, "nonce");
  const auto state = part_of(begun->url, "state");
  const Oidc::CameBack back{state, "the code", "", "", begun->browser};
  EXPECT_EQ(end_code(with, back), "u-17");
  const auto& exchange = asked_.back();
  EXPECT_EQ(exchange.url, "https://login.example/token");
  EXPECT_EQ(exchange.user, "anlan");
  EXPECT_EQ(exchange.password, "se%20cret");
  EXPECT_EQ(part_of(exchange.form, "code"), "the%20code");
  EXPECT_EQ(part_of(begun->url, "code_challenge"),
            base64url(std::string(journal::hash_of(journal::Suite::sha256_ed25519,
                                                   part_of(exchange.form, "code_verifier"))
                                      .view())));
  EXPECT_EQ(end_code(with, back), "oidc.state");  // good once
}

TEST_F(OidcTest, OnlyThisBrowserSoonAndFromThisIssuer) {
  auto with = oidc("");
  const auto attempt = [&](auto change, Instant at = now) {
    const auto begun = *with.begin(now);
    nonce_ = part_of(begun.url, "nonce");
    Oidc::CameBack back{part_of(begun.url, "state"), "c", "", "", begun.browser};
    change(back);
    return end_code(with, back, at);
  };
  EXPECT_EQ(attempt([](auto&) {}), "u-17");
  EXPECT_EQ(part_of(asked_.back().form, "client_id"), "anlan");  // a public client names itself
  EXPECT_EQ(attempt([](auto& back) { back.browser = "other"; }), "oidc.state");
  EXPECT_EQ(attempt([](auto& back) { back.browser = ""; }), "oidc.state");
  EXPECT_EQ(attempt([](auto& back) { back.state = "other"; }), "oidc.state");
  EXPECT_EQ(attempt([](auto& back) { back.issuer = "https://elsewhere.example"; }), "oidc.state");
  EXPECT_EQ(attempt([](auto& back) { back.issuer = "https://login.example"; }), "u-17");
  EXPECT_EQ(attempt([](auto& back) { back.error = "access_denied"; }), "oidc.refused");
  EXPECT_EQ(attempt([](auto& back) { back.code = ""; }), "oidc.refused");
  EXPECT_EQ(attempt([](auto&) {}, now.plus(std::chrono::minutes(10))), "oidc.token");  // exp
  EXPECT_EQ(attempt([](auto&) {}, now.plus(std::chrono::milliseconds(600'001))), "oidc.state");
  EXPECT_EQ(attempt([&](auto&) { nonce_ = "of another"; }), "oidc.token");
  token_status_ = 400;
  EXPECT_EQ(attempt([](auto&) {}), "oidc.refused");
  token_status_ = 500;
  EXPECT_EQ(attempt([](auto&) {}), "oidc.provider");
}

TEST_F(OidcTest, AProviderThatSpeaksForAnotherOrInTheClearIsNone) {
  about_["issuer"] = "https://elsewhere.example";
  EXPECT_EQ(oidc().begin(now).error().code, "oidc.provider");
  about_["issuer"] = "https://login.example";
  about_["token_endpoint"] = "http://login.example/token";
  EXPECT_EQ(oidc().begin(now).error().code, "oidc.provider");
  down_ = true;
  EXPECT_EQ(oidc().begin(now).error().code, "oidc.unreachable");
}

TEST(SafeAddress, IsHttpsOrThisMachine) {
  for (const auto* good :
       {"https://a", "http://127.0.0.1:80/x", "http://localhost", "http://[::1]/"})
    EXPECT_TRUE(is_safe_address(good)) << good;
  for (const auto* bad : {"http://a", "http://127.0.0.1.evil.example/", "http://localhost.evil/",
                          "ftp://127.0.0.1", "", "http://127.0.0.1@evil.example/"})
    EXPECT_FALSE(is_safe_address(bad)) << bad;
}

}  // namespace
}  // namespace anlan::server
