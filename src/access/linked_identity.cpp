#include "access/linked_identity.hpp"

#include <algorithm>

#include "access/account.hpp"
#include "access/told.hpp"
#include "base/sha256.hpp"

namespace anlan::access {
namespace {

Status check_identity(const ProviderIdentity& identity) {
  const auto sound = [](const std::string& text, std::size_t most) {
    return !text.empty() && text.size() <= most &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  };
  // OpenID Connect Core 1.0, 2: a subject has at most 255 ASCII characters.
  constexpr std::size_t longest = 255;
  if (sound(identity.issuer, longest) && sound(identity.subject, longest)) return {};
  return fail(ErrorKind::invalid_input, "access.provider_identity");
}

/// A subject may be a name or a number of somebody: entries hold a hash of it.
journal::Act act_of(const char* what, AccountId account, const ProviderIdentity& identity) {
  return {.act = what,
          .subject = word_of(account),
          .refs = {{"identity", sha256_hex(identity.issuer + "\n" + identity.subject)}},
          .personal = {{"issuer", identity.issuer}, {"subject", identity.subject}}};
}

Status check_manages(store::Transaction& transaction, const Actor& actor, AccountId account) {
  const auto there = find_account(transaction, actor, account);
  if (!there) return fail(there.error());
  return actor.check("account_manage", there->organisation);
}

}  // namespace

Status link_identity(store::Transaction& transaction, const Actor& actor, AccountId account,
                     const ProviderIdentity& identity, Instant at) {
  if (auto may = check_manages(transaction, actor, account); !may) return may;
  if (auto sound = check_identity(identity); !sound) return sound;
  const auto there = transaction.query_one(
      "SELECT account_id FROM linked_identity WHERE issuer = ? AND subject = ?",
      {identity.issuer, identity.subject});
  if (!there) return fail(there.error());
  if (*there) return fail(ErrorKind::conflict, "access.identity_linked");
  const auto added = transaction.run(
      "INSERT INTO linked_identity (issuer, subject, account_id, linked_by, linked_at)"
      " VALUES (?, ?, ?, ?, ?)",
      {identity.issuer, identity.subject, account.value, actor.who(), at.ms});
  if (!added) return fail(added.error());
  return told(transaction, actor, at, act_of("identity.linked", account, identity));
}

Status unlink_identity(store::Transaction& transaction, const Actor& actor, AccountId account,
                       const ProviderIdentity& identity, Instant at) {
  if (auto may = check_manages(transaction, actor, account); !may) return may;
  const auto gone = transaction.run(
      "DELETE FROM linked_identity WHERE issuer = ? AND subject = ? AND account_id = ?",
      {identity.issuer, identity.subject, account.value});
  if (!gone) return fail(gone.error());
  if (*gone == 0) return fail(ErrorKind::not_found, "access.no_link");
  const auto ended = transaction.run(
      "UPDATE session SET ended_at = ?, ended_by = ? WHERE account_id = ? AND begun_by = 'oidc'"
      " AND ended_at IS NULL",
      {at.ms, actor.who(), account.value});
  if (!ended) return fail(ended.error());
  return told(transaction, actor, at, act_of("identity.unlinked", account, identity));
}

Result<std::vector<LinkedIdentity>> linked_identities(store::Transaction& transaction,
                                                      const Actor& actor, AccountId account) {
  if (const auto there = find_account(transaction, actor, account); !there) {
    return fail(there.error());
  }
  const auto rows = transaction.query(
      "SELECT issuer, subject, linked_by, linked_at FROM linked_identity WHERE account_id = ?"
      " ORDER BY issuer, subject",
      {account.value});
  if (!rows) return fail(rows.error());
  std::vector<LinkedIdentity> all;
  for (const auto& row : *rows) {
    all.push_back({{row.text("issuer"), row.text("subject")},
                   account,
                   row.text("linked_by"),
                   Instant{row.integer("linked_at")}});
  }
  return all;
}

Result<LoggedIn> log_in_linked(store::Database& database, const ProviderIdentity& identity,
                               const std::string& address, const SessionLimits& limits,
                               Instant at) {
  std::optional<AccountId> refused;
  auto in = database.write([&](store::Transaction& transaction) -> Result<LoggedIn> {
    refused.reset();
    const auto row = transaction.query_one(
        "SELECT account_id FROM linked_identity WHERE issuer = ? AND subject = ?",
        {identity.issuer, identity.subject});
    if (!row) return fail(row.error());
    if (!*row) return fail(ErrorKind::forbidden, "access.not_linked");
    const AccountId account{(*row)->integer("account_id")};
    const auto actor = Actor::load(transaction, account, at, {}, Authenticated::session);
    if (!actor) {
      if (actor.error().code != "access.account_not_in_force") return fail(actor.error());
      refused = account;
      return fail(ErrorKind::forbidden, "access.not_linked");
    }
    return insert_session(transaction, account, address, 0, "oidc", limits, at);
  });
  if (in || !refused) return in;
  const auto said = database.write([&](store::Transaction& transaction) {
    return told(transaction, word_of(*refused), at,
                {.act = "login.failed",
                 .subject = word_of(*refused),
                 .outcome = "failed:access.account_not_in_force",
                 .refs = {{"by", "oidc"}},
                 .personal = {{"address", address}}});
  });
  if (!said) return fail(said.error());
  return in;
}

}  // namespace anlan::access
