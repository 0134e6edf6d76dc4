#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "access/actor.hpp"

namespace anlan::access {

/// One login of a person. Never deleted: it ends, or is disabled.
struct Account {
  AccountId id;
  PersonId person;
  std::string organisation;
  std::string login;
  bool disabled = false;
  Instant valid_from;
  std::optional<Instant> valid_to;  ///< up to but not including this moment
  std::int64_t version = 0;
};

struct NewAccount {
  PersonId person;
  std::string organisation;
  std::string login;  ///< a-z, 0-9, . - _, 2 to 40 long; capitals count as small
  std::optional<Instant> valid_to;
};

/// The one way a login is written: in small letters.
std::string canonical_login(std::string login);

/// An account without a password; nobody can log in to it yet. Needs "account_manage" in its
/// organisation. Errors: conflict "access.login_taken"; invalid_input "access.login"; not_found
/// "access.no_person"; those of Actor::check.
Result<AccountId> add_account(store::Transaction& transaction, const Actor& actor,
                              const NewAccount& account, Instant at);

/// Organisation, disabled and valid_to. Errors: not_found "access.no_account"; "store.stale".
Status change_account(store::Transaction& transaction, const Actor& actor, const Account& account,
                      Instant at);

/// Errors: not_found "access.no_account", also for one outside the actor's scope.
Result<Account> find_account(store::Transaction& transaction, const Actor& actor,
                             AccountId account);
Result<Account> find_account(store::Transaction& transaction, const Actor& actor,
                             const std::string& login);
/// Those where the actor has "organisation_read", by login.
Result<std::vector<Account>> list_accounts(store::Transaction& transaction, const Actor& actor);

}  // namespace anlan::access
