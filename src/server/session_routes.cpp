#include <charconv>

#include "access/account.hpp"
#include "access/login.hpp"
#include "access/organisation.hpp"
#include "access/person.hpp"
#include "access/session.hpp"
#include "base/sha256.hpp"
#include "server/cookies.hpp"
#include "server/desk.hpp"

namespace anlan::server {
namespace {

/// Scripts of our own pages can know it, pages of others cannot: it needs the cookie's secret.
std::string csrf_of(const std::string& token) {
  return sha256_hex("csrf\n" + token).substr(0, 32);
}

Json moment(const std::optional<Instant>& at) {
  return at ? Json(format_instant(*at)) : Json();
}

Result<Answer> log_in(Call& call, Desk& desk) {
  const access::LoginAttempt attempt{call.body["login"].get<std::string>(),
                                     call.body["password"].get<std::string>(), call.request.peer};
  const auto done =
      access::log_in(desk.parts.database, desk.parts.hasher, attempt, desk.parts.sessions, call.at);
  if (!done) return fail(done.error());
  if (desk.parts.on_written) desk.parts.on_written();
  Answer answer;
  answer.body = {{"account", done->account.value},     {"must_change_password", done->must_change},
                 {"csrf_token", csrf_of(done->token)}, {"last_login_at", moment(done->last_login)},
                 {"last_address", done->last_address}, {"failures_since", done->failures_since}};
  answer.fields.push_back(session_cookie(call.request, done->token, desk.parts.sessions));
  return answer;
}

Result<Answer> log_out(Call& call, Desk& desk) {
  Answer answer{.status = 204};
  answer.fields.push_back(session_cookie(call.request, "", desk.parts.sessions));
  const std::string session = call.caller->session;
  if (session.empty()) return answer;  // a program's token ends where it was made
  desk.live.end_session(session);
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto ended = access::end_session(transaction, call.actor(), std::stoll(session), call.at);
        !ended) {
      return fail(ended.error());
    }
    return answer;
  });
}

Result<Answer> change_password(Call& call, Desk& desk) {
  const std::string token = cookie_of(call.request, session_cookie_name);
  if (token.empty()) return fail(ErrorKind::forbidden, "access.no_session");
  const auto done = access::change_password(
      desk.parts.database, desk.parts.hasher, token, call.body["old_password"].get<std::string>(),
      call.body["new_password"].get<std::string>(), desk.parts.sessions, call.at);
  if (!done) {
    if (done.error().kind == ErrorKind::invalid_input) {
      return call.wrong("body", "/new_password", done.error());
    }
    return fail(done.error());
  }
  if (desk.parts.on_written) desk.parts.on_written();
  return Answer{.status = 204};
}

Result<Answer> get_me(Call& call, Desk& desk) {
  const auto& actor = call.actor();
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    Json posts = Json::array();
    for (const auto& held : actor.posts()) {
      posts.push_back({{"post", held.post},
                       {"organisation", held.organisation},
                       {"cover", held.cover},
                       {"from_at", format_instant(held.from)},
                       {"to_at", moment(held.to)}});
    }
    std::set<std::string> rights;
    for (const auto& [post, own] : desk.parts.rights) {
      for (const auto& right : own) {
        if (actor.may(right)) rights.insert(right);
      }
    }
    Json me = {{"account", actor.account() ? Json(actor.account()->value) : Json()},
               {"login", Json()},
               {"name", Json()},
               {"organisation", actor.organisation()},
               {"posts", std::move(posts)},
               {"rights", rights},
               {"csrf_token", call.caller->csrf.empty() ? Json() : Json(call.caller->csrf)}};
    if (actor.account()) {
      const auto account = access::find_account(transaction, actor, *actor.account());
      if (!account) return fail(account.error());
      me["login"] = account->login;
    }
    if (actor.person()) {
      const auto person = access::find_person(transaction, actor, *actor.person());
      if (person) me["name"] = person->name;
    }
    return Answer{.body = std::move(me)};
  });
}

Result<Answer> list_sessions(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = access::list_sessions(transaction, call.actor(), desk.parts.sessions, call.at);
    if (!all) return fail(all.error());
    Json sessions = Json::array();
    for (const auto& one : *all) {
      sessions.push_back({{"session_id", one.id},
                          {"account", one.account.value},
                          {"login", one.login},
                          {"address", one.address},
                          {"started_at", format_instant(one.started)},
                          {"last_seen_at", format_instant(one.last_seen)},
                          {"ends_at", format_instant(one.ends)},
                          {"this_one", std::to_string(one.id) == call.caller->session}});
    }
    return Answer{.body = {{"sessions", std::move(sessions)}}};
  });
}

Result<Answer> end_session(Call& call, Desk& desk) {
  const auto id = call.number("session_id");
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto ended = access::end_session(transaction, call.actor(), id, call.at); !ended) {
      return fail(ended.error());
    }
    return Answer{.status = 204};
  });
  if (done) desk.live.end_session(std::to_string(id));
  return done;
}

}  // namespace

Result<std::optional<Caller>> identify(const Request& request, Desk& desk, Instant at) {
  constexpr std::string_view bearer = "Bearer ";
  const auto authorization = request.field("authorization");
  const bool by_token = authorization.starts_with(bearer);
  const std::string token = by_token ? std::string(authorization.substr(bearer.size()))
                                     : cookie_of(request, session_cookie_name);
  if (token.empty()) return std::optional<Caller>{};
  auto found = desk.parts.database.read([&](store::Transaction& transaction) {
    return by_token ? access::actor_of_token(transaction, token, desk.parts.rights, at)
                    : access::actor_of_session(transaction, token, desk.parts.rights,
                                               desk.parts.sessions, at);
  });
  if (!found) return fail(found.error());
  if (found->stale) {
    auto touched = desk.parts.database.write([&](store::Transaction& transaction) {
      return by_token ? access::touch_token(transaction, found->id, at)
                      : access::touch_session(transaction, found->id, at);
    });
    // Being busy for a moment is no reason to turn somebody away: the next request notes it.
    if (!touched && touched.error().code != "store.busy") return fail(touched.error());
  }
  return Caller{std::move(found->actor), by_token ? "" : std::to_string(found->id),
                by_token ? "" : csrf_of(token)};
}

Result<bool> over_all(Call& call, std::string_view right) {
  return call.database->read([&](store::Transaction& transaction) -> Result<bool> {
    const auto seen = access::list_organisations(transaction, call.actor());
    if (!seen) return fail(seen.error());
    for (const auto& one : *seen) {
      if (one.parent.empty() && call.actor().may(right, one.id)) return true;
    }
    return false;
  });
}

void add_session_routes(Handlers& handlers, Desk& desk) {
  handlers["log_in"] = [&desk](Call& call) { return log_in(call, desk); };
  handlers["log_out"] = [&desk](Call& call) { return log_out(call, desk); };
  handlers["change_password"] = [&desk](Call& call) { return change_password(call, desk); };
  handlers["get_me"] = [&desk](Call& call) { return get_me(call, desk); };
  handlers["list_sessions"] = [&desk](Call& call) { return list_sessions(call, desk); };
  handlers["end_session"] = [&desk](Call& call) { return end_session(call, desk); };
}

}  // namespace anlan::server
