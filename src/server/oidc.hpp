#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "lake/workspace.hpp"
#include "server/fetch.hpp"
#include "server/id_token.hpp"

namespace anlan::server {

/// Logging in at the authority's own provider: OpenID Connect Core 1.0, authorization code with
/// PKCE (RFC 7636), state and nonce. Thread-safe. Nothing is sent to anybody before somebody logs
/// in.
class Oidc {
 public:
  /// `secret`: the client's, "" for a public client.
  Oidc(lake::OidcSettings settings, std::string secret, Fetch fetch)
      : settings_(std::move(settings)), secret_(std::move(secret)), fetch_(std::move(fetch)) {}

  const std::string& issuer() const { return settings_.issuer; }

  struct Begun {
    std::string url;      ///< where the browser goes
    std::string browser;  ///< a secret for a cookie: only this browser may come back
  };
  /// Errors: unavailable "oidc.unreachable", "oidc.provider" (it says what makes no sense),
  /// "oidc.too_many" logins under way.
  Result<Begun> begin(Instant at);

  struct CameBack {
    std::string state;
    std::string code;
    std::string issuer;   ///< `iss` of the answer, if the provider says it (RFC 9207)
    std::string error;    ///< what the provider says went wrong
    std::string browser;  ///< the cookie
  };
  /// Who that is, at the provider. What was begun is over, whatever comes of it.
  /// Errors: forbidden "oidc.state" (not begun here by this browser, or too long ago, or ended
  /// already), "oidc.refused" (the provider let nobody in), "oidc.token", "oidc.key_unknown";
  /// unavailable as begin.
  Result<std::string> end(const CameBack& back, Instant at);

 private:
  struct Provider {
    std::string authorization;
    std::string token;
    std::string keys_url;
    bool says_issuer = false;
    Json keys;
    Instant fetched;
  };
  struct Begin {
    std::string browser;
    std::string nonce;
    std::string verifier;
    Instant at;
  };

  Result<Json> fetch_json(const FetchRequest& request, const char* what);
  Result<Provider> provider(Instant at, bool anew);
  Result<std::string> exchange(const Provider& provider, const std::string& code,
                               const std::string& verifier);

  const lake::OidcSettings settings_;
  const std::string secret_;
  const Fetch fetch_;

  std::mutex mutex_;  ///< of the two below
  std::optional<Provider> provider_;
  std::map<std::string, Begin> begun_;  ///< by state
};

/// For a query or a form.
std::string form_encoded(std::string_view text);

}  // namespace anlan::server
