#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "server/json_text.hpp"

namespace anlan::server {

// What an OpenID Connect provider says of somebody who logged in there, and whether it said so.

/// What a token must say to be for us, now, and for this very login.
struct TokenExpectation {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  Instant at;
};

struct IdToken {
  std::string subject;
};

/// How far the provider's clock may be off. Our choice.
inline constexpr std::int64_t clock_leeway_seconds = 60;

/// Checks signature and content of an ID token (OpenID Connect Core 1.0, 3.1.3.7). Signatures are
/// RS256, ES256 or EdDSA with Ed25519 and nothing else, whatever the token asks for; the key is one
/// of `keys` (a JWK set), never one that the token brings along.
/// Errors: forbidden "oidc.token", whose detail says what is wrong and holds nothing of the token;
/// forbidden "oidc.key_unknown" if no key of the set is named by the token: it may be new.
Result<IdToken> check_id_token(std::string_view token, const Json& keys,
                               const TokenExpectation& expected);

/// Base64 for URLs, without padding (RFC 7515). Nothing if malformed.
std::string base64url(std::string_view bytes);
std::optional<std::string> base64url_decoded(std::string_view text);

}  // namespace anlan::server
