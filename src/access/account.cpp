#include "access/account.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/organisation.hpp"
#include "access/person.hpp"
#include "access/told.hpp"

namespace anlan::access {
namespace {

constexpr const char* columns =
    "account_id, person_id, organisation_id, login, disabled, valid_from_at, valid_to_at, version";

Account account_of(const store::Row& row) {
  Account account;
  account.id = {row.integer("account_id")};
  account.person = {row.integer("person_id")};
  account.organisation = row.text("organisation_id");
  account.login = row.text("login");
  account.disabled = row.flag("disabled");
  account.valid_from = {row.integer("valid_from_at")};
  if (const auto to = row.maybe_integer("valid_to_at")) account.valid_to = Instant{*to};
  account.version = row.integer("version");
  return account;
}

std::optional<std::int64_t> ms_of(const std::optional<Instant>& moment) {
  return moment ? std::optional<std::int64_t>(moment->ms) : std::nullopt;
}

Status check_login(const std::string& login) {
  constexpr std::size_t shortest = 2;
  constexpr std::size_t longest = 40;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  if (login.size() >= shortest && login.size() <= longest &&
      std::all_of(login.begin(), login.end(), allowed)) {
    return {};
  }
  return fail(ErrorKind::invalid_input, "access.login");
}

Result<Account> find_by(store::Transaction& transaction, const Actor& actor,
                        const std::string& column, const store::Value& value,
                        const std::string& named) {
  const auto seen = actor.scope().condition("organisation_id");
  auto values = seen.values;
  values.push_back(value);
  const auto row = transaction.query_one(
      fmt::format("SELECT {} FROM account WHERE {} AND {} = ?", columns, seen.sql, column), values);
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "access.no_account", named);
  return account_of(**row);
}

}  // namespace

std::string canonical_login(std::string login) {
  for (char& c : login) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return login;
}

Result<AccountId> add_account(store::Transaction& transaction, const Actor& actor,
                              const NewAccount& account, Instant at) {
  if (auto right = check_right_in(transaction, actor, "account_manage", account.organisation);
      !right) {
    return fail(right.error());
  }
  const auto login = canonical_login(account.login);
  if (auto sound = check_login(login); !sound) return fail(sound.error());
  const auto person = find_person(transaction, actor, account.person);
  if (!person) return fail(person.error());
  const auto taken = transaction.query_one("SELECT 1 AS n FROM account WHERE login = ?", {login});
  if (!taken) return fail(taken.error());
  if (*taken) return fail(ErrorKind::conflict, "access.login_taken");
  const auto id = store::insert_numbered(transaction, "account", "account_id",
                                         {{"person_id", account.person.value},
                                          {"organisation_id", account.organisation},
                                          {"login", login},
                                          {"disabled", 0},
                                          {"valid_from_at", at.ms},
                                          {"valid_to_at", ms_of(account.valid_to)}},
                                         actor.stamp(at));
  if (!id) return fail(id.error());
  journal::Act act{
      .act = "account.added",
      .subject = word_of(AccountId{*id}),
      .refs = {{"person", word_of(account.person)}, {"organisation", account.organisation}},
      .personal = {{"login", login}}};
  if (account.valid_to) act.refs["valid_to"] = format_instant(*account.valid_to);
  if (auto said = told(transaction, actor, at, std::move(act)); !said) return fail(said.error());
  return AccountId{*id};
}

Status change_account(store::Transaction& transaction, const Actor& actor, const Account& account,
                      Instant at) {
  const auto there = find_account(transaction, actor, account.id);
  if (!there) return fail(there.error());
  for (const auto& organisation : {there->organisation, account.organisation}) {
    if (auto right = check_right_in(transaction, actor, "account_manage", organisation); !right)
      return right;
  }
  const auto changed = store::update_record(
      transaction, {"account", "account_id", account.id.value}, account.version,
      {{"organisation_id", account.organisation},
       {"disabled", account.disabled ? 1 : 0},
       {"valid_to_at", ms_of(account.valid_to)}},
      actor.stamp(at));
  if (!changed) return changed;
  journal::Act act{.act = account.disabled == there->disabled ? "account.changed"
                          : account.disabled                  ? "account.disabled"
                                                              : "account.enabled",
                   .subject = word_of(account.id),
                   .refs = {{"organisation", account.organisation}},
                   .counts = {{"version", account.version + 1}}};
  if (account.valid_to) act.refs["valid_to"] = format_instant(*account.valid_to);
  return told(transaction, actor, at, std::move(act));
}

Result<Account> find_account(store::Transaction& transaction, const Actor& actor,
                             AccountId account) {
  return find_by(transaction, actor, "account_id", account.value, word_of(account));
}

Result<Account> find_account(store::Transaction& transaction, const Actor& actor,
                             const std::string& login) {
  return find_by(transaction, actor, "login", canonical_login(login), "");
}

Result<std::vector<Account>> list_accounts(store::Transaction& transaction, const Actor& actor) {
  if (auto right = actor.check("organisation_read"); !right) return fail(right.error());
  const auto seen = actor.scope_of("organisation_read").condition("organisation_id");
  const auto rows = transaction.query(
      fmt::format("SELECT {} FROM account WHERE {} ORDER BY login", columns, seen.sql),
      seen.values);
  if (!rows) return fail(rows.error());
  std::vector<Account> accounts;
  for (const auto& row : *rows) accounts.push_back(account_of(row));
  return accounts;
}

}  // namespace anlan::access
