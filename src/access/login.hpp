#pragma once

#include <optional>
#include <string>

#include "access/access.hpp"
#include "access/actor.hpp"
#include "access/password.hpp"
#include "access/session.hpp"

namespace anlan::access {

struct LoginAttempt {
  std::string login;
  std::string password;
  std::string address;  ///< where from, for people to recognise: "192.0.2.7", "console"
};

/// What somebody who logs in is shown.
struct LoggedIn {
  std::string token;  ///< the session's; told once and kept nowhere
  AccountId account;
  bool must_change = false;  ///< the session is good for nothing but changing the password
  std::optional<Instant> last_login;
  std::string last_address;
  std::int64_t failures_since = 0;  ///< attempts that failed since the last login
};

// After this many failures in a row, attempts must wait; then the login is locked for a while.
// Our choice: the third brings the first wait, 2 s, then 4 s, … 128 s, and from the tenth on half
// an hour each. What is older than a day is forgotten.
constexpr int failures_free = 3;
constexpr int failures_lock = 10;
constexpr auto lock_time = std::chrono::minutes(30);
/// How long after `failures` in a row the next attempt may come.
std::chrono::milliseconds delay_after(std::int64_t failures);

/// Starts a session. An unknown login, a wrong password, a disabled account and one without a
/// password are answered alike and after the same work; so is the delay, which counts by login and
/// before the password is looked at, so that attempts side by side gain nothing.
/// Errors: forbidden "access.login_failed"; conflict "access.login_wait", whose detail says how
/// many seconds; of Transaction.
Result<LoggedIn> log_in(store::Database& database, PasswordHasher& hasher,
                        const LoginAttempt& attempt, const SessionLimits& limits, Instant at);

/// Changes the password of the session's account, which ends its other sessions. The old one is
/// asked for again, and counts as an attempt. Errors: as log_in; invalid_input as check_password,
/// "access.password_used_before" (one of the last five); forbidden "access.no_session".
Status change_password(store::Database& database, PasswordHasher& hasher, const std::string& token,
                       const std::string& old_password, const std::string& new_password,
                       const SessionLimits& limits, Instant at);

/// A password made by chance, good for 72 hours, and for nothing but to be changed. Ends
/// the account's sessions and lifts a lock. Needs "account_manage". Errors: not_found
/// "access.no_account"; those of Actor::check.
Result<std::string> issue_password(store::Database& database, PasswordHasher& hasher,
                                   const Actor& actor, AccountId account, Instant at);

/// Lets a login try again at once. Needs "account_manage". Errors: likewise.
Status unlock(store::Transaction& transaction, const Actor& actor, AccountId account, Instant at);

/// When a login may be tried again; nothing if at once.
Result<std::optional<Instant>> locked_until(store::Transaction& transaction,
                                            const std::string& login, Instant at);

// Inside this folder only.

/// A fresh session, and its entry in the journal.
Result<LoggedIn> insert_session(store::Transaction& transaction, AccountId account,
                                const std::string& address, std::int64_t failures_before,
                                const std::string& begun_by, const SessionLimits& limits,
                                Instant at);

/// Puts the hash of an issued password in place.
Status set_issued_password(store::Transaction& transaction, AccountId account,
                           const std::string& hash, Instant at);

}  // namespace anlan::access
