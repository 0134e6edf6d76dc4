#include "access/account.hpp"
#include "access/login.hpp"
#include "access/session.hpp"
#include "server/desk.hpp"
#include "server/present.hpp"

namespace anlan::server {
namespace {

access::AccountId account_of(const Call& call) {
  return {call.number("account_id")};
}

Json account_json(const access::Account& account) {
  return {{"account", account.id.value},
          {"person_id", account.person.value},
          {"organisation", account.organisation},
          {"login", account.login},
          {"disabled", account.disabled},
          {"from_at", format_instant(account.valid_from)},
          {"to_at", moment_json(account.valid_to)},
          {"version", account.version}};
}

Result<Answer> account_answer(store::Transaction& transaction, const Call& call,
                              access::AccountId id, int status = 200) {
  const auto account = access::find_account(transaction, call.actor(), id);
  if (!account) return fail(account.error());
  const auto locked = access::locked_until(transaction, account->login, call.at);
  if (!locked) return fail(locked.error());
  auto json = account_json(*account);
  json["locked_until"] = moment_json(*locked);
  Answer answer{.status = status, .body = std::move(json), .etag = version_tag(account->version)};
  if (status == 201) answer.location = "/api/accounts/" + std::to_string(id.value);
  return answer;
}

Result<Answer> list_accounts(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = access::list_accounts(transaction, call.actor());
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) rows.push_back(account_json(one));
    return Answer{.body = {{"accounts", std::move(rows)}}};
  });
}

Result<Answer> get_account(Call& call) {
  return call.read([&](store::Transaction& transaction) {
    return account_answer(transaction, call, account_of(call));
  });
}

Result<Answer> add_account(Call& call) {
  const access::NewAccount account{{number_in(call.body, "person_id")},
                                   text_in(call.body, "organisation"),
                                   text_in(call.body, "login"),
                                   end_of(day_in(call.body, "last_day"))};
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = access::add_account(transaction, call.actor(), account, call.at);
    if (!id) return fail(id.error());
    return account_answer(transaction, call, *id, 201);
  });
}

Result<Answer> change_account(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    auto account = access::find_account(transaction, call.actor(), account_of(call));
    if (!account) return fail(account.error());
    account->organisation = text_in(call.body, "organisation");
    account->disabled = flag_in(call.body, "disabled");
    account->valid_to = end_of(day_in(call.body, "last_day"));
    account->version = *seen;
    if (auto changed = access::change_account(transaction, call.actor(), *account, call.at);
        !changed) {
      return fail(changed.error());
    }
    return account_answer(transaction, call, account->id);
  });
  // Who may no longer ask hears nothing more, either.
  if (done && flag_in(call.body, "disabled")) {
    desk.live.end_account(access::word_of(account_of(call)));
  }
  return done;
}

Result<Answer> issue_password(Call& call, Desk& desk) {
  const auto id = account_of(call);
  const auto password =
      access::issue_password(desk.parts.database, desk.parts.hasher, call.actor(), id, call.at);
  if (!password) return fail(password.error());
  if (desk.parts.on_written) desk.parts.on_written();
  desk.live.end_account(access::word_of(id));
  return Answer{.body = {{"account", id.value}, {"one_time_password", *password}}};
}

Result<Answer> unlock_account(Call& call) {
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = access::unlock(transaction, call.actor(), account_of(call), call.at); !done) {
      return fail(done.error());
    }
    return Answer{.status = 204};
  });
}

Result<Answer> list_tokens(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = access::list_tokens(transaction, call.actor());
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) {
      rows.push_back({{"token_id", one.id},
                      {"account", one.account.value},
                      {"login", one.login},
                      {"name", one.name},
                      {"rights", one.scopes},
                      {"made_at", format_instant(one.made)},
                      {"ends_at", format_instant(one.ends)},
                      {"ended_at", moment_json(one.ended)},
                      {"last_used_at", moment_json(one.last_used)}});
    }
    return Answer{.body = {{"tokens", std::move(rows)}}};
  });
}

Result<Answer> make_token(Call& call, Desk& desk) {
  const access::NewApiToken token{{number_in(call.body, "account")},
                                  text_in(call.body, "name"),
                                  call.body["rights"].get<std::vector<std::string>>(),
                                  *end_of(day_in(call.body, "last_day"))};
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto made =
        access::make_token(transaction, call.actor(), desk.parts.catalog.duties, token, call.at);
    if (!made) return fail(made.error());
    return Answer{.status = 201, .body = {{"token", *made}}};
  });
}

Result<Answer> end_token(Call& call) {
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = access::end_token(transaction, call.actor(), call.number("token_id"), call.at);
        !done) {
      return fail(done.error());
    }
    return Answer{.status = 204};
  });
}

}  // namespace

void add_account_routes(Handlers& handlers, Desk& desk) {
  handlers["list_accounts"] = list_accounts;
  handlers["get_account"] = get_account;
  handlers["add_account"] = add_account;
  handlers["change_account"] = [&desk](Call& call) { return change_account(call, desk); };
  handlers["issue_password"] = [&desk](Call& call) { return issue_password(call, desk); };
  handlers["unlock_account"] = unlock_account;
  handlers["list_tokens"] = list_tokens;
  handlers["make_token"] = [&desk](Call& call) { return make_token(call, desk); };
  handlers["end_token"] = end_token;
}

}  // namespace anlan::server
