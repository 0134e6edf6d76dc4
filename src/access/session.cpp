#include "access/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "access/account.hpp"
#include "access/told.hpp"
#include "base/text.hpp"
#include "journal/encoding.hpp"
#include "journal/hashing.hpp"
#include "journal/keys.hpp"

namespace anlan::access {
namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::string_view token_head = "anlan_";
constexpr auto touch_each = std::chrono::minutes(1);

/// A session that has neither ended nor been idle for too long.
constexpr const char* in_force =
    "s.ended_at IS NULL AND s.started_at <= ? AND s.ends_at > ? AND s.last_seen_at > ?";
std::vector<store::Value> in_force_values(const SessionLimits& limits, Instant at) {
  return {at.ms, at.ms, at.ms - limits.idle.count()};
}

ApiToken token_of(const store::Row& row) {
  ApiToken token;
  token.id = row.integer("token_id");
  token.account = {row.integer("account_id")};
  token.login = row.text("login");
  token.name = row.text("name");
  for (const auto scope : split(row.text("scopes"), ' ')) token.scopes.emplace_back(scope);
  token.made = {row.integer("made_at")};
  token.ends = {row.integer("ends_at")};
  if (const auto ended = row.maybe_integer("ended_at")) token.ended = Instant{*ended};
  if (const auto used = row.maybe_integer("last_used_at")) token.last_used = Instant{*used};
  return token;
}

}  // namespace

store::Bytes token_hash(const std::string& token) {
  return {std::string(journal::hash_of(journal::Suite::sha256_ed25519, token).view())};
}

Result<Authentication> actor_of_session(store::Transaction& transaction, const std::string& token,
                                        const PostRights& rights, const SessionLimits& limits,
                                        Instant at) {
  std::vector<store::Value> values = {token_hash(token)};
  for (const auto& value : in_force_values(limits, at)) values.push_back(value);
  const auto row = transaction.query_one(
      // Whoever a provider vouches for need not change a password of the desk's first.
      fmt::format("SELECT s.session_id, s.account_id, s.last_seen_at, CASE s.begun_by"
                  " WHEN 'password' THEN COALESCE(p.must_change, 0) ELSE 0 END AS must_change"
                  " FROM session s LEFT JOIN account_password p ON p.account_id = s.account_id"
                  " WHERE s.token_sha256 = ? AND {}",
                  in_force),
      values);
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::forbidden, "access.no_session");
  if ((*row)->flag("must_change")) return fail(ErrorKind::forbidden, "access.password_must_change");
  auto actor = Actor::load(transaction, AccountId{(*row)->integer("account_id")}, at, rights,
                           Authenticated::session);
  if (!actor) {
    if (actor.error().code != "access.account_not_in_force") return fail(actor.error());
    return fail(ErrorKind::forbidden, "access.no_session");
  }
  const Instant seen{(*row)->integer("last_seen_at")};
  return Authentication{std::move(*actor), (*row)->integer("session_id"),
                        at >= seen.plus(touch_each)};
}

Status touch_session(store::Transaction& transaction, std::int64_t session, Instant at) {
  const auto done = transaction.run(
      "UPDATE session SET last_seen_at = ? WHERE session_id = ? AND last_seen_at < ?"
      " AND ended_at IS NULL",
      {at.ms, session, at.ms});
  if (!done) return fail(done.error());
  return {};
}

Result<std::vector<Session>> list_sessions(store::Transaction& transaction, const Actor& actor,
                                           const SessionLimits& limits, Instant at) {
  const auto managed = actor.scope_of("account_manage").condition("a.organisation_id");
  auto values = managed.values;
  values.emplace_back(actor.account().value_or(AccountId{}).value);
  for (const auto& value : in_force_values(limits, at)) values.push_back(value);
  const auto rows = transaction.query(
      fmt::format("SELECT s.session_id, s.account_id, a.login, s.address, s.started_at,"
                  " s.last_seen_at, s.ends_at FROM session s"
                  " JOIN account a ON a.account_id = s.account_id"
                  " WHERE ({} OR s.account_id = ?) AND {} ORDER BY s.session_id DESC",
                  managed.sql, in_force),
      values);
  if (!rows) return fail(rows.error());
  std::vector<Session> sessions;
  for (const auto& row : *rows) {
    sessions.push_back({row.integer("session_id"),
                        {row.integer("account_id")},
                        row.text("login"),
                        row.text("address"),
                        {row.integer("started_at")},
                        {row.integer("last_seen_at")},
                        {row.integer("ends_at")}});
  }
  return sessions;
}

Status end_session(store::Transaction& transaction, const Actor& actor, std::int64_t session,
                   Instant at) {
  const auto managed = actor.scope_of("account_manage").condition("a.organisation_id");
  auto values = managed.values;
  values.emplace_back(actor.account().value_or(AccountId{}).value);
  values.emplace_back(session);
  const auto row = transaction.query_one(
      fmt::format("SELECT s.account_id FROM session s JOIN account a ON a.account_id = s.account_id"
                  " WHERE ({} OR s.account_id = ?) AND s.session_id = ? AND s.ended_at IS NULL",
                  managed.sql),
      values);
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "access.no_session_here");
  const auto done =
      transaction.run("UPDATE session SET ended_at = ?, ended_by = ? WHERE session_id = ?",
                      {at.ms, actor.who(), session});
  if (!done) return fail(done.error());
  return told(transaction, actor, at,
              {.act = "session.ended",
               .subject = "session:" + std::to_string(session),
               .refs = {{"account", word_of(AccountId{(*row)->integer("account_id")})}}});
}

Status end_sessions(store::Transaction& transaction, AccountId account, std::int64_t but,
                    const std::string& by, Instant at) {
  const auto done = transaction.run(
      "UPDATE session SET ended_at = ?, ended_by = ? WHERE account_id = ? AND session_id <> ?"
      " AND ended_at IS NULL",
      {at.ms, by, account.value, but});
  if (!done) return fail(done.error());
  return {};
}

Result<std::string> make_token(store::Transaction& transaction, const Actor& actor,
                               const catalog::Duties& duties, const NewApiToken& token,
                               Instant at) {
  const auto wrong = [](const char* what) {
    return fail(ErrorKind::invalid_input, "access.token", what);
  };
  const auto account = find_account(transaction, actor, token.account);
  if (!account) return fail(account.error());
  if (auto right = actor.check("token_manage", account->organisation); !right) {
    return fail(right.error());
  }
  constexpr std::size_t name_longest = 100;
  constexpr auto lives_longest = std::chrono::hours(366 * 24);
  if (trim(token.name).empty() || token.name.size() > name_longest) {
    return wrong("name: expected 1 to 100 bytes");
  }
  if (token.ends <= at || token.ends > at.plus(lives_longest)) {
    return wrong("end: expected within a year from now");
  }
  if (token.scopes.empty()) return wrong("scopes: expected at least one right");
  std::string scopes;
  for (const auto& scope : token.scopes) {
    const bool known = std::any_of(duties.rights.begin(), duties.rights.end(),
                                   [&](const auto& right) { return right.name == scope; });
    if (!known) return wrong("scopes: expected names of rights in catalog/duties/rights.yaml");
    scopes += (scopes.empty() ? "" : " ") + scope;
  }
  const auto text = std::string(token_head) + journal::hex(journal::random_bytes(token_bytes));
  const auto row = transaction.query_one(
      "INSERT INTO api_token (token_sha256, account_id, name, scopes, made_at, made_by, ends_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING token_id",
      {token_hash(text), token.account.value, token.name, scopes, at.ms, actor.who(),
       token.ends.ms});
  if (!row) return fail(row.error());
  const auto said =
      told(transaction, actor, at,
           {.act = "token.made",
            .subject = "token:" + std::to_string((*row)->integer("token_id")),
            .refs = {{"account", word_of(token.account)}, {"ends", format_instant(token.ends)}},
            .counts = {{"scopes", static_cast<std::int64_t>(token.scopes.size())}},
            .personal = {{"name", token.name}, {"scopes", scopes}}});
  if (!said) return fail(said.error());
  return text;
}

Result<std::vector<ApiToken>> list_tokens(store::Transaction& transaction, const Actor& actor) {
  if (auto right = actor.check("token_manage"); !right) return fail(right.error());
  const auto managed = actor.scope_of("token_manage").condition("a.organisation_id");
  const auto rows = transaction.query(
      fmt::format("SELECT t.token_id, t.account_id, a.login, t.name, t.scopes, t.made_at,"
                  " t.ends_at, t.ended_at, t.last_used_at FROM api_token t"
                  " JOIN account a ON a.account_id = t.account_id WHERE {} ORDER BY t.token_id",
                  managed.sql),
      managed.values);
  if (!rows) return fail(rows.error());
  std::vector<ApiToken> tokens;
  for (const auto& row : *rows) tokens.push_back(token_of(row));
  return tokens;
}

Status end_token(store::Transaction& transaction, const Actor& actor, std::int64_t token,
                 Instant at) {
  const auto managed = actor.scope_of("token_manage").condition("a.organisation_id");
  auto values = managed.values;
  values.emplace_back(token);
  const auto row = transaction.query_one(
      fmt::format("SELECT t.account_id, t.ended_at FROM api_token t"
                  " JOIN account a ON a.account_id = t.account_id WHERE {} AND t.token_id = ?",
                  managed.sql),
      values);
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "access.no_token_here");
  if (!(*row)->is_null("ended_at")) return fail(ErrorKind::conflict, "access.ended_already");
  const auto done =
      transaction.run("UPDATE api_token SET ended_at = ?, ended_by = ? WHERE token_id = ?",
                      {at.ms, actor.who(), token});
  if (!done) return fail(done.error());
  return told(transaction, actor, at,
              {.act = "token.ended",
               .subject = "token:" + std::to_string(token),
               .refs = {{"account", word_of(AccountId{(*row)->integer("account_id")})}}});
}

Result<Authentication> actor_of_token(store::Transaction& transaction, const std::string& token,
                                      const PostRights& rights, Instant at) {
  const auto row = transaction.query_one(
      "SELECT token_id, account_id, scopes, last_used_at FROM api_token"
      " WHERE token_sha256 = ? AND ended_at IS NULL AND made_at <= ? AND ends_at > ?",
      {token_hash(token), at.ms, at.ms});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::forbidden, "access.no_token");
  std::set<std::string> scopes;
  for (const auto scope : split((*row)->text("scopes"), ' ')) scopes.emplace(scope);
  auto actor = Actor::load(transaction, AccountId{(*row)->integer("account_id")}, at, rights,
                           Authenticated::token, scopes);
  if (!actor) {
    if (actor.error().code != "access.account_not_in_force") return fail(actor.error());
    return fail(ErrorKind::forbidden, "access.no_token");
  }
  const auto used = (*row)->maybe_integer("last_used_at");
  return Authentication{std::move(*actor), (*row)->integer("token_id"),
                        !used || at >= Instant{*used}.plus(touch_each)};
}

Status touch_token(store::Transaction& transaction, std::int64_t token, Instant at) {
  const auto done = transaction.run(
      "UPDATE api_token SET last_used_at = ? WHERE token_id = ?"
      " AND (last_used_at IS NULL OR last_used_at < ?)",
      {at.ms, token, at.ms});
  if (!done) return fail(done.error());
  return {};
}

}  // namespace anlan::access
