#include "access/administrator.hpp"

#include "access/account.hpp"
#include "access/login.hpp"
#include "access/told.hpp"

namespace anlan::access {
namespace {

constexpr const char* login = "admin";
constexpr auto pair_lives = std::chrono::hours(180 * 24);  // below the six months of a soft pair
constexpr const char* pair_control = "初始设置：每次授权由稽核内控在五个工作日内复核";

Result<bool> has_accounts(store::Transaction& transaction) {
  const auto row = transaction.query_one("SELECT 1 AS n FROM account LIMIT 1");
  if (!row) return fail(row.error());
  return row->has_value();
}

Status hold(store::Transaction& transaction, const Actor& actor, PersonId person, AccountId account,
            const std::string& organisation, const char* post, Instant at) {
  const bool ends = std::string_view(post) == "QX";
  const auto id = store::insert_numbered(
      transaction, "post_holding", "holding_id",
      {{"person_id", person.value},
       {"account_id", account.value},
       {"organisation_id", organisation},
       {"post", post},
       {"held_from_at", at.ms},
       {"held_to_at", ends ? store::Value(at.plus(pair_lives).ms) : store::Value()},
       {"granted_by", actor.who()},
       {"approved_by", "init"},
       {"control", ends ? store::Value(pair_control) : store::Value()}},
      actor.stamp(at));
  if (!id) return fail(id.error());
  journal::Act act{.act = "post.granted",
                   .subject = "holding:" + std::to_string(*id),
                   .refs = {{"person", word_of(person)},
                            {"account", word_of(account)},
                            {"organisation", organisation},
                            {"given_post", post},
                            {"from", format_instant(at)},
                            {"approved_by", "init"}}};
  if (ends) {
    act.refs["to"] = format_instant(at.plus(pair_lives));
    act.personal["control"] = pair_control;
  }
  return told(transaction, actor, at, std::move(act));
}

Result<FirstAdministrator> make(store::Transaction& transaction, const Actor& actor,
                                const std::string& organisation, const std::string& hash,
                                Instant at) {
  for (const auto* right : {"account_manage", "post_grant"}) {
    if (auto allowed = actor.check(right, organisation); !allowed) return fail(allowed.error());
  }
  const auto id = store::insert_numbered(
      transaction, "person", "person_id",
      {{"organisation_id", organisation}, {"name", "首位管理员"}, {"staff_kind", "own"}},
      actor.stamp(at));
  if (!id) return fail(id.error());
  const PersonId person{*id};
  auto said = told(transaction, actor, at,
                   {.act = "person.added",
                    .subject = word_of(person),
                    .refs = {{"organisation", organisation}, {"kind", "own"}}});
  if (!said) return fail(said.error());
  const auto account = add_account(transaction, actor, {person, organisation, login, {}}, at);
  if (!account) return fail(account.error());
  for (const auto* post : {"SA", "QX"}) {
    if (auto held = hold(transaction, actor, person, *account, organisation, post, at); !held) {
      return fail(held.error());
    }
  }
  if (auto set = set_issued_password(transaction, *account, hash, at); !set) {
    return fail(set.error());
  }
  said = told(transaction, actor, at, {.act = "password.issued", .subject = word_of(*account)});
  if (!said) return fail(said.error());
  return FirstAdministrator{*account, login, {}};
}

}  // namespace

Result<std::optional<FirstAdministrator>> make_first_administrator(store::Database& database,
                                                                   PasswordHasher& hasher,
                                                                   const Actor& actor,
                                                                   const std::string& organisation,
                                                                   Instant at) {
  const auto before = database.read(has_accounts);
  if (!before) return fail(before.error());
  if (*before) return std::optional<FirstAdministrator>();
  const auto password = random_password();
  const auto hash = hasher.hash(password);
  return database.write(
      [&](store::Transaction& transaction) -> Result<std::optional<FirstAdministrator>> {
        const auto there = has_accounts(transaction);
        if (!there) return fail(there.error());
        if (*there) return std::optional<FirstAdministrator>();
        auto made = make(transaction, actor, organisation, hash, at);
        if (!made) return fail(made.error());
        made->password = password;
        return std::optional(std::move(*made));
      });
}

}  // namespace anlan::access
