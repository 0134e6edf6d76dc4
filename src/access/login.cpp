#include "access/login.hpp"

#include <fmt/format.h>

#include <vector>

#include "access/account.hpp"
#include "access/told.hpp"
#include "journal/encoding.hpp"
#include "journal/keys.hpp"

namespace anlan::access {
namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t passwords_remembered = 5;  // with the one in use
constexpr auto issued_lives = std::chrono::hours(72);
constexpr auto failures_forgotten = std::chrono::hours(24);

store::Bytes login_hash(const std::string& login) {
  return token_hash(canonical_login(login));
}

struct Candidate {
  AccountId account;
  std::string hash;
};

/// An attempt that was let through, and counted as a failure until it succeeds.
struct Counted {
  std::int64_t failures_before = 0;
  std::optional<AccountId> account;    ///< whose login it is, in force or not
  std::optional<Candidate> candidate;  ///< an account that could be logged in to
};

/// The account of a login, if it is in force and has a password that may be used.
Status find_candidate(store::Transaction& transaction, const std::string& login, Instant at,
                      Counted& counted) {
  const auto row = transaction.query_one(
      "SELECT a.account_id, w.hash, w.expires_at FROM account a"
      " LEFT JOIN account_password w ON w.account_id = a.account_id WHERE a.login = ?",
      {canonical_login(login)});
  if (!row) return fail(row.error());
  if (!*row) return {};
  const AccountId account{(*row)->integer("account_id")};
  counted.account = account;
  const auto expires = (*row)->maybe_integer("expires_at");
  if ((*row)->is_null("hash") || (expires && at.ms >= *expires)) return {};
  const auto actor = Actor::load(transaction, account, at, {}, Authenticated::session);
  if (!actor) {
    if (actor.error().code == "access.account_not_in_force") return {};
    return fail(actor.error());
  }
  counted.candidate = Candidate{account, (*row)->text("hash")};
  return {};
}

Result<Counted> count_attempt(store::Transaction& transaction, const std::string& login,
                              Instant at) {
  const auto pruned = transaction.run("DELETE FROM login_failure WHERE last_at < ?",
                                      {at.plus(-failures_forgotten).ms});
  if (!pruned) return fail(pruned.error());
  const auto hash = login_hash(login);
  const auto row = transaction.query_one(
      "SELECT failures, allowed_at FROM login_failure WHERE login_sha256 = ?", {hash});
  if (!row) return fail(row.error());
  Counted counted;
  if (*row) {
    const auto wait = (*row)->integer("allowed_at") - at.ms;
    if (wait > 0) {
      constexpr std::int64_t second = 1000;
      return fail(ErrorKind::conflict, "access.login_wait",
                  fmt::format("{} s", (wait + second - 1) / second));
    }
    counted.failures_before = (*row)->integer("failures");
  }
  const auto failures = counted.failures_before + 1;
  const auto noted = transaction.run(
      "INSERT INTO login_failure (login_sha256, failures, last_at, allowed_at)"
      " VALUES (?, ?, ?, ?) ON CONFLICT (login_sha256) DO UPDATE SET"
      " failures = excluded.failures, last_at = excluded.last_at, allowed_at = excluded.allowed_at",
      {hash, failures, at.ms, at.plus(delay_after(failures)).ms});
  if (!noted) return fail(noted.error());
  if (auto found = find_candidate(transaction, login, at, counted); !found) {
    return fail(found.error());
  }
  return counted;
}

Status forget_failures(store::Transaction& transaction, const std::string& login) {
  const auto done =
      transaction.run("DELETE FROM login_failure WHERE login_sha256 = ?", {login_hash(login)});
  if (!done) return fail(done.error());
  return {};
}

/// An attempt that failed, in the journal; a login that is no account's is not written anywhere,
/// since people type passwords into the wrong field.
tl::unexpected<Error> refuse(store::Database& database, const Counted& counted,
                             const std::string& address, Instant at) {
  if (counted.account) {
    const auto written = database.write([&](store::Transaction& transaction) {
      journal::Act act{.act = "login.failed",
                       .subject = word_of(*counted.account),
                       .outcome = "failed:access.login_failed",
                       .counts = {{"failures", counted.failures_before + 1}},
                       .personal = {{"address", address}}};
      return told(transaction, word_of(*counted.account), at, std::move(act));
    });
    if (!written) return fail(written.error());
  }
  return fail(ErrorKind::forbidden, "access.login_failed");
}

/// The password an account has now is still the one that was looked at.
Status check_unchanged(store::Transaction& transaction, const Candidate& candidate) {
  const auto row =
      transaction.query_one("SELECT 1 AS n FROM account_password WHERE account_id = ? AND hash = ?",
                            {candidate.account.value, candidate.hash});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::forbidden, "access.login_failed");
  return {};
}

Result<LoggedIn> start_session(store::Transaction& transaction, const LoginAttempt& attempt,
                               const Candidate& candidate, std::int64_t failures_before,
                               const std::string& new_hash, const SessionLimits& limits,
                               Instant at) {
  if (auto same = check_unchanged(transaction, candidate); !same) return fail(same.error());
  const auto actor = Actor::load(transaction, candidate.account, at, {}, Authenticated::session);
  if (!actor) return fail(ErrorKind::forbidden, "access.login_failed");
  if (auto done = forget_failures(transaction, attempt.login); !done) return fail(done.error());
  if (!new_hash.empty()) {
    const auto done = transaction.run("UPDATE account_password SET hash = ? WHERE account_id = ?",
                                      {new_hash, candidate.account.value});
    if (!done) return fail(done.error());
  }
  auto in = insert_session(transaction, candidate.account, attempt.address, failures_before,
                           "password", limits, at);
  if (!in) return in;
  const auto password = transaction.query_one(
      "SELECT must_change FROM account_password WHERE account_id = ?", {candidate.account.value});
  if (!password) return fail(password.error());
  in->must_change = (*password)->flag("must_change");
  return in;
}

/// A session that may be used to change a password: also one that is good for nothing else.
struct Changing {
  std::int64_t session = 0;
  AccountId account;
  std::string login;
  std::string address;
};

Result<Changing> find_changing(store::Transaction& transaction, const std::string& token,
                               const SessionLimits& limits, Instant at) {
  const auto row = transaction.query_one(
      "SELECT s.session_id, s.account_id, s.address, a.login FROM session s"
      " JOIN account a ON a.account_id = s.account_id WHERE s.token_sha256 = ?"
      " AND s.ended_at IS NULL AND s.ends_at > ? AND s.last_seen_at > ?",
      {token_hash(token), at.ms, at.ms - limits.idle.count()});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::forbidden, "access.no_session");
  return Changing{(*row)->integer("session_id"),
                  {(*row)->integer("account_id")},
                  (*row)->text("login"),
                  (*row)->text("address")};
}

/// The hashes of the passwords an account had last, the one in use first.
Result<std::vector<std::string>> last_hashes(store::Transaction& transaction, AccountId account) {
  const auto rows = transaction.query(
      "SELECT hash, 1 AS in_use, 0 AS position FROM account_password WHERE account_id = ?"
      " UNION ALL"
      " SELECT hash, 0, position FROM account_password_before WHERE account_id = ?"
      " ORDER BY in_use DESC, position DESC LIMIT 5",
      {account.value, account.value});
  if (!rows) return fail(rows.error());
  std::vector<std::string> hashes;
  for (const auto& row : *rows) hashes.push_back(row.text("hash"));
  static_assert(passwords_remembered == 5, "the LIMIT above");
  return hashes;
}

/// Puts a password in the place of the one in use, which is remembered.
Status set_password(store::Transaction& transaction, AccountId account, const std::string& hash,
                    bool must_change, std::optional<Instant> expires, Instant at) {
  const auto kept = transaction.run(
      "INSERT INTO account_password_before (account_id, hash)"
      " SELECT account_id, hash FROM account_password WHERE account_id = ?",
      {account.value});
  if (!kept) return fail(kept.error());
  const auto expires_at = expires ? store::Value(expires->ms) : store::Value();
  const auto done = transaction.run(
      "INSERT INTO account_password (account_id, hash, set_at, must_change, expires_at)"
      " VALUES (?, ?, ?, ?, ?) ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash,"
      " set_at = excluded.set_at, must_change = excluded.must_change,"
      " expires_at = excluded.expires_at",
      {account.value, hash, at.ms, must_change ? 1 : 0, expires_at});
  if (!done) return fail(done.error());
  // The oldest of those remembered go.
  const auto gone = transaction.run(
      "DELETE FROM account_password_before WHERE account_id = ? AND position NOT IN"
      " (SELECT position FROM account_password_before WHERE account_id = ?"
      " ORDER BY position DESC LIMIT 4)",
      {account.value, account.value});
  if (!gone) return fail(gone.error());
  return {};
}

}  // namespace

std::chrono::milliseconds delay_after(std::int64_t failures) {
  constexpr auto first = std::chrono::seconds(2);
  if (failures < failures_free) return std::chrono::milliseconds(0);
  if (failures >= failures_lock) return lock_time;
  return first * (std::int64_t{1} << (failures - failures_free));
}

Result<LoggedIn> log_in(store::Database& database, PasswordHasher& hasher,
                        const LoginAttempt& attempt, const SessionLimits& limits, Instant at) {
  const auto counted = database.write([&](store::Transaction& transaction) {
    return count_attempt(transaction, attempt.login, at);
  });
  if (!counted) return fail(counted.error());
  // Outside any transaction: this takes a fifth of a second.
  const auto& candidate = counted->candidate;
  const bool right = candidate ? hasher.verify(candidate->hash, attempt.password)
                               : hasher.verify_nobody(attempt.password);
  if (!right) return refuse(database, *counted, attempt.address, at);
  const auto new_hash =
      hasher.is_outdated(candidate->hash) ? hasher.hash(attempt.password) : std::string();
  return database.write([&](store::Transaction& transaction) {
    return start_session(transaction, attempt, *candidate, counted->failures_before, new_hash,
                         limits, at);
  });
}

Status change_password(store::Database& database, PasswordHasher& hasher, const std::string& token,
                       const std::string& old_password, const std::string& new_password,
                       const SessionLimits& limits, Instant at) {
  const auto changing = database.read([&](store::Transaction& transaction) {
    return find_changing(transaction, token, limits, at);
  });
  if (!changing) return fail(changing.error());
  const auto counted = database.write([&](store::Transaction& transaction) {
    return count_attempt(transaction, changing->login, at);
  });
  if (!counted) return fail(counted.error());
  const auto& candidate = counted->candidate;
  const bool right =
      candidate ? hasher.verify(candidate->hash, old_password) : hasher.verify_nobody(old_password);
  if (!right) return refuse(database, *counted, changing->address, at);

  // The old password was right: what is wrong with the new one is no failed attempt.
  const auto hashes =
      database.write([&](store::Transaction& transaction) -> Result<std::vector<std::string>> {
        if (auto done = forget_failures(transaction, changing->login); !done) {
          return fail(done.error());
        }
        return last_hashes(transaction, changing->account);
      });
  if (!hashes) return fail(hashes.error());
  if (auto sound = check_password(new_password, changing->login); !sound) return sound;
  for (const auto& hash : *hashes) {
    if (hasher.verify(hash, new_password)) {
      return fail(ErrorKind::invalid_input, "access.password_used_before");
    }
  }
  const auto hash = hasher.hash(new_password);
  return database.write([&](store::Transaction& transaction) -> Status {
    if (auto same = check_unchanged(transaction, *candidate); !same) return same;
    const auto still = find_changing(transaction, token, limits, at);
    if (!still) return fail(still.error());
    if (auto done = set_password(transaction, still->account, hash, false, {}, at); !done) {
      return done;
    }
    const auto who = word_of(still->account);
    if (auto ended = end_sessions(transaction, still->account, still->session, who, at); !ended) {
      return ended;
    }
    return told(transaction, who, at, {.act = "password.changed", .subject = who});
  });
}

Status set_issued_password(store::Transaction& transaction, AccountId account,
                           const std::string& hash, Instant at) {
  return set_password(transaction, account, hash, true, at.plus(issued_lives), at);
}

Result<std::string> issue_password(store::Database& database, PasswordHasher& hasher,
                                   const Actor& actor, AccountId account, Instant at) {
  const auto may = [&](store::Transaction& transaction) -> Status {
    const auto there = find_account(transaction, actor, account);
    if (!there) return fail(there.error());
    return actor.check("account_manage", there->organisation);
  };
  if (auto allowed = database.read(may); !allowed) return fail(allowed.error());
  const auto password = random_password();
  const auto hash = hasher.hash(password);
  const auto done = database.write([&](store::Transaction& transaction) -> Status {
    if (auto allowed = may(transaction); !allowed) return allowed;
    const auto there = find_account(transaction, actor, account);
    if (!there) return fail(there.error());
    if (auto set = set_issued_password(transaction, account, hash, at); !set) return set;
    if (auto ended = end_sessions(transaction, account, 0, actor.who(), at); !ended) return ended;
    if (auto forgot = forget_failures(transaction, there->login); !forgot) return forgot;
    return told(transaction, actor, at, {.act = "password.issued", .subject = word_of(account)});
  });
  if (!done) return fail(done.error());
  return password;
}

Status unlock(store::Transaction& transaction, const Actor& actor, AccountId account, Instant at) {
  const auto there = find_account(transaction, actor, account);
  if (!there) return fail(there.error());
  if (auto right = actor.check("account_manage", there->organisation); !right) return right;
  if (auto done = forget_failures(transaction, there->login); !done) return done;
  return told(transaction, actor, at, {.act = "account.unlocked", .subject = word_of(account)});
}

Result<std::optional<Instant>> locked_until(store::Transaction& transaction,
                                            const std::string& login, Instant at) {
  const auto row = transaction.query_one(
      "SELECT allowed_at FROM login_failure WHERE login_sha256 = ? AND allowed_at > ?",
      {login_hash(login), at.ms});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<Instant>();
  return std::optional(Instant{(*row)->integer("allowed_at")});
}

Result<LoggedIn> insert_session(store::Transaction& transaction, AccountId account,
                                const std::string& address, std::int64_t failures_before,
                                const std::string& begun_by, const SessionLimits& limits,
                                Instant at) {
  LoggedIn in;
  in.account = account;
  in.failures_since = failures_before;
  const auto last = transaction.query_one(
      "SELECT started_at, address FROM session WHERE account_id = ?"
      " ORDER BY session_id DESC LIMIT 1",
      {account.value});
  if (!last) return fail(last.error());
  if (*last) {
    in.last_login = Instant{(*last)->integer("started_at")};
    in.last_address = (*last)->text("address");
  }
  in.token = journal::hex(journal::random_bytes(token_bytes));
  const auto session = transaction.query_one(
      "INSERT INTO session (token_sha256, account_id, address, started_at, last_seen_at, ends_at,"
      " failures_before, begun_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING session_id",
      {token_hash(in.token), account.value, address, at.ms, at.ms, at.plus(limits.whole).ms,
       failures_before, begun_by});
  if (!session) return fail(session.error());
  const auto said = told(transaction, word_of(account), at,
                         {.act = "session.started",
                          .subject = "session:" + std::to_string((*session)->integer("session_id")),
                          .refs = {{"by", begun_by}},
                          .counts = {{"failures_before", failures_before}},
                          .personal = {{"address", address}}});
  if (!said) return fail(said.error());
  return in;
}

}  // namespace anlan::access
