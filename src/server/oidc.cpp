#include "server/oidc.hpp"

#include <fmt/format.h>

#include "journal/keys.hpp"
#include "server/json_text.hpp"

namespace anlan::server {
namespace {

constexpr auto login_time = std::chrono::minutes(10);  // to type a password and find the phone
constexpr auto keys_kept = std::chrono::hours(1);      // then the provider is asked again
constexpr auto keys_asked = std::chrono::seconds(30);  // at the soonest, for a key nobody knows
constexpr std::size_t begun_max = 10'000;
constexpr std::size_t secret_bytes = 32;

std::string random_text() {
  return base64url(journal::random_bytes(secret_bytes));
}

std::string text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

tl::unexpected<Error> senseless(const char* what) {
  return fail(ErrorKind::unavailable, "oidc.provider", what);
}

std::string sha256_bytes(const std::string& text) {
  return std::string(journal::hash_of(journal::Suite::sha256_ed25519, text).view());
}

}  // namespace

std::string form_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<Json> Oidc::fetch_json(const FetchRequest& request, const char* what) {
  auto fetched = fetch_(request);
  if (!fetched) return fail(fetched.error());
  if (fetched->status != 200) return senseless(what);
  auto json = read_json(fetched->body);
  if (!json || !json->is_object()) return senseless(what);
  return std::move(*json);
}

Result<Oidc::Provider> Oidc::provider(Instant at, bool anew) {
  {
    const std::lock_guard lock(mutex_);
    if (provider_) {
      const auto age = std::chrono::milliseconds(at.ms - provider_->fetched.ms);
      if (age < (anew ? std::chrono::milliseconds(keys_asked) : keys_kept)) return *provider_;
    }
  }
  // Without the lock: others need not wait for a provider that does not answer.
  std::string issuer = settings_.issuer;
  if (issuer.ends_with('/')) issuer.pop_back();
  const auto about =
      fetch_json({.url = issuer + "/.well-known/openid-configuration"}, "configuration");
  if (!about) return fail(about.error());
  // OpenID Connect Discovery 1.0, 4.3: else one provider could speak for another.
  if (text_at(*about, "issuer") != settings_.issuer) return senseless("another issuer");
  Provider found;
  found.authorization = text_at(*about, "authorization_endpoint");
  found.token = text_at(*about, "token_endpoint");
  found.keys_url = text_at(*about, "jwks_uri");
  const auto says = about->find("authorization_response_iss_parameter_supported");
  found.says_issuer = says != about->end() && says->is_boolean() && says->get<bool>();
  for (const auto& url : {found.authorization, found.token, found.keys_url}) {
    if (!is_safe_address(url)) return senseless("an address that is not HTTPS");
  }
  auto keys = fetch_json({.url = found.keys_url}, "keys");
  if (!keys) return fail(keys.error());
  found.keys = std::move(*keys);
  found.fetched = at;
  const std::lock_guard lock(mutex_);
  provider_ = found;
  return found;
}

Result<Oidc::Begun> Oidc::begin(Instant at) {
  const auto there = provider(at, false);
  if (!there) return fail(there.error());
  const std::string state = random_text();
  Begin one{.browser = random_text(), .nonce = random_text(), .verifier = random_text(), .at = at};
  Begun begun;
  begun.browser = one.browser;
  begun.url = there->authorization +
              (there->authorization.find('?') == std::string::npos ? "?" : "&") +
              "response_type=code&scope=openid&client_id=" + form_encoded(settings_.client_id) +
              "&redirect_uri=" + form_encoded(settings_.redirect_uri) + "&state=" + state +
              "&nonce=" + one.nonce + "&code_challenge=" + base64url(sha256_bytes(one.verifier)) +
              "&code_challenge_method=S256";
  const std::lock_guard lock(mutex_);
  std::erase_if(begun_, [&](const auto& known) { return known.second.at.plus(login_time) < at; });
  if (begun_.size() >= begun_max) return fail(ErrorKind::unavailable, "oidc.too_many");
  begun_.emplace(state, std::move(one));
  return begun;
}

Result<std::string> Oidc::end(const CameBack& back, Instant at) {
  Begin begin;
  {
    const std::lock_guard lock(mutex_);
    const auto found = begun_.find(back.state);
    if (found == begun_.end()) return fail(ErrorKind::forbidden, "oidc.state", "not begun here");
    begin = std::move(found->second);
    begun_.erase(found);  // good once
  }
  if (begin.at.plus(login_time) < at) return fail(ErrorKind::forbidden, "oidc.state", "too late");
  if (begin.browser != back.browser) {
    return fail(ErrorKind::forbidden, "oidc.state", "another browser");
  }
  if (!back.error.empty() || back.code.empty()) return fail(ErrorKind::forbidden, "oidc.refused");
  auto there = provider(at, false);
  if (!there) return fail(there.error());
  // RFC 9207: else the code of one provider could be handed to another.
  if ((there->says_issuer || !back.issuer.empty()) && back.issuer != settings_.issuer) {
    return fail(ErrorKind::forbidden, "oidc.state", "another issuer");
  }
  const auto token = exchange(*there, back.code, begin.verifier);
  if (!token) return fail(token.error());
  const TokenExpectation expected{settings_.issuer, settings_.client_id, begin.nonce, at};
  auto who = check_id_token(*token, there->keys, expected);
  if (!who && who.error().code == "oidc.key_unknown") {
    there = provider(at, true);  // keys change
    if (!there) return fail(there.error());
    who = check_id_token(*token, there->keys, expected);
  }
  if (!who) return fail(who.error());
  return who->subject;
}

Result<std::string> Oidc::exchange(const Provider& provider, const std::string& code,
                                   const std::string& verifier) {
  FetchRequest request{.url = provider.token};
  request.form = "grant_type=authorization_code&code=" + form_encoded(code) +
                 "&redirect_uri=" + form_encoded(settings_.redirect_uri) +
                 "&code_verifier=" + verifier;
  if (secret_.empty()) {
    request.form += "&client_id=" + form_encoded(settings_.client_id);
  } else {
    request.user = form_encoded(settings_.client_id);  // RFC 6749, 2.3.1
    request.password = form_encoded(secret_);
  }
  const auto fetched = fetch_(request);
  if (!fetched) return fail(fetched.error());
  if (fetched->status >= 400 && fetched->status < 500) {
    return fail(ErrorKind::forbidden, "oidc.refused");  // the code was used, or is not ours
  }
  const auto json = fetched->status == 200 ? read_json(fetched->body) : Json();
  if (!json || !json->is_object()) return senseless("token");
  auto token = text_at(*json, "id_token");
  if (token.empty()) return senseless("no ID token");
  return token;
}

}  // namespace anlan::server
