#pragma once

#include <optional>
#include <string>

#include "access/access.hpp"
#include "access/actor.hpp"
#include "access/password.hpp"

namespace anlan::access {

/// The account with which a new desk begins.
struct FirstAdministrator {
  AccountId account;
  std::string login;     ///< "admin"
  std::string password;  ///< as issue_password gives them; told once
};

/// Makes it if the desk has no account yet; nothing otherwise. It holds SA, and QX for six months
/// under the compensating control that a soft pair needs (S14): to be handed to a second person.
/// It is nobody yet: until set_identity() says who it is, it can hold nothing else and take part in
/// nothing that must keep people apart. Errors: those of Actor::check and of Transaction.
Result<std::optional<FirstAdministrator>> make_first_administrator(store::Database& database,
                                                                   PasswordHasher& hasher,
                                                                   const Actor& actor,
                                                                   const std::string& organisation,
                                                                   Instant at);

}  // namespace anlan::access
