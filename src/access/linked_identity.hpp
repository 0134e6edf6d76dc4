#pragma once

#include <string>
#include <vector>

#include "access/access.hpp"
#include "access/actor.hpp"
#include "access/login.hpp"

namespace anlan::access {

/// Who somebody is at a provider of logins: `subject` is the provider's own word for them.
struct ProviderIdentity {
  std::string issuer;
  std::string subject;
};

struct LinkedIdentity {
  ProviderIdentity identity;
  AccountId account;
  std::string linked_by;
  Instant linked_at;
};

/// From now on whoever the provider says this is logs in as the account. Needs "account_manage" in
/// the account's organisation. Errors: not_found "access.no_account"; conflict
/// "access.identity_linked" (to this account or another); invalid_input "access.provider_identity"
/// (empty, too long, or not printable); those of Actor::check.
Status link_identity(store::Transaction& transaction, const Actor& actor, AccountId account,
                     const ProviderIdentity& identity, Instant at);

/// No longer; the account's sessions that began there end. Errors: not_found "access.no_link";
/// those of link_identity.
Status unlink_identity(store::Transaction& transaction, const Actor& actor, AccountId account,
                       const ProviderIdentity& identity, Instant at);

/// Of an account in the actor's scope. Errors: not_found "access.no_account".
Result<std::vector<LinkedIdentity>> linked_identities(store::Transaction& transaction,
                                                      const Actor& actor, AccountId account);

/// Starts a session for whom the provider has vouched for just now. An identity that nobody linked
/// and an account that is not in force are answered alike; the journal tells of the latter. Errors:
/// forbidden "access.not_linked"; of Transaction.
Result<LoggedIn> log_in_linked(store::Database& database, const ProviderIdentity& identity,
                               const std::string& address, const SessionLimits& limits, Instant at);

}  // namespace anlan::access
