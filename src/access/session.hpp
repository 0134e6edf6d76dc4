#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "access/actor.hpp"

namespace anlan::access {

/// Our choice, after the rules of classified protection.
struct SessionLimits {
  std::chrono::milliseconds idle = std::chrono::minutes(30);
  std::chrono::milliseconds whole = std::chrono::hours(12);
};

struct Session {
  std::int64_t id = 0;
  AccountId account;
  std::string login;
  std::string address;
  Instant started;
  Instant last_seen;
  Instant ends;  ///< at the latest
};

/// Who comes with a token.
struct Authentication {
  Actor actor;
  std::int64_t id = 0;  ///< of the session, or of the API token
  /// Whether touch_session should be called: `last_seen` is older than a minute.
  bool stale = false;
};

/// The actor of a session that is in force. One answer for every token that is not. Errors:
/// forbidden "access.no_session"; forbidden "access.password_must_change".
Result<Authentication> actor_of_session(store::Transaction& transaction, const std::string& token,
                                        const PostRights& rights, const SessionLimits& limits,
                                        Instant at);
/// Notes that a session is in use. Needs a write transaction.
Status touch_session(store::Transaction& transaction, std::int64_t session, Instant at);

/// Sessions in force: of the actor's own account, and of those where they have "account_manage".
/// The newest first.
Result<std::vector<Session>> list_sessions(store::Transaction& transaction, const Actor& actor,
                                           const SessionLimits& limits, Instant at);
/// Ends one of these. Errors: not_found "access.no_session_here".
Status end_session(store::Transaction& transaction, const Actor& actor, std::int64_t session,
                   Instant at);

/// A right of a program: acts as an account, narrowed to some rights.
struct ApiToken {
  std::int64_t id = 0;
  AccountId account;
  std::string login;
  std::string name;
  std::vector<std::string> scopes;  ///< names of rights
  Instant made;
  Instant ends;
  std::optional<Instant> ended;
  std::optional<Instant> last_used;
};

struct NewApiToken {
  AccountId account;
  std::string name;  ///< what it is for
  std::vector<std::string> scopes;
  Instant ends;  ///< within a year
};

/// The token itself, told once: "anlan_" and 64 hex digits. Needs "token_manage" in the account's
/// organisation. Errors: invalid_input "access.token" (naming what is wrong; every scope is a right
/// of `duties`); not_found "access.no_account"; those of Actor::check.
Result<std::string> make_token(store::Transaction& transaction, const Actor& actor,
                               const catalog::Duties& duties, const NewApiToken& token, Instant at);
/// Where the actor has "token_manage", ended ones too, by id.
Result<std::vector<ApiToken>> list_tokens(store::Transaction& transaction, const Actor& actor);
/// Errors: not_found "access.no_token_here"; conflict "access.ended_already".
Status end_token(store::Transaction& transaction, const Actor& actor, std::int64_t token,
                 Instant at);
/// Errors: forbidden "access.no_token".
Result<Authentication> actor_of_token(store::Transaction& transaction, const std::string& token,
                                      const PostRights& rights, Instant at);
/// Notes that a token is in use. Needs a write transaction.
Status touch_token(store::Transaction& transaction, std::int64_t token, Instant at);

// Inside this folder only.

/// Ends all sessions of an account, but for one (0: none).
Status end_sessions(store::Transaction& transaction, AccountId account, std::int64_t but,
                    const std::string& by, Instant at);
store::Bytes token_hash(const std::string& token);

}  // namespace anlan::access
