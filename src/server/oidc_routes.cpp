#include "access/linked_identity.hpp"
#include "server/cookies.hpp"
#include "server/desk.hpp"
#include "server/oidc.hpp"
#include "server/present.hpp"

namespace anlan::server {
namespace {

constexpr std::string_view begun_cookie = "anlan_oidc";
constexpr std::int64_t begun_seconds = 600;

tl::unexpected<Error> off() {
  return fail(ErrorKind::not_found, "oidc.off");
}

Result<Answer> get_login_ways(Desk& desk) {
  return Answer{.body = {{"password", true},
                         {"oidc_issuer", desk.oidc ? Json(desk.oidc->issuer()) : Json()}}};
}

/// Sends the browser to the provider.
Result<Answer> begin_oidc_login(Call& call, Desk& desk) {
  if (!desk.oidc) return off();
  auto begun = desk.oidc->begin(call.at);
  if (!begun) return fail(begun.error());
  Answer answer{.status = 303, .location = begun->url};
  // Lax: the provider sends the browser back by a link from its own pages.
  answer.fields.push_back(
      cookie(call.request, begun_cookie, begun->browser, begun_seconds, "/api/login/oidc", "Lax"));
  return answer;
}

/// The browser comes back. A page of our own goes on from here, since a cookie of SameSite=Strict
/// does not travel with a redirect that another site began.
Result<Answer> end_oidc_login(Call& call, Desk& desk) {
  if (!desk.oidc) return off();
  const auto subject = desk.oidc->end({.state = call.text("state"),
                                       .code = call.text("code"),
                                       .issuer = call.text("iss"),
                                       .error = call.text("error"),
                                       .browser = cookie_of(call.request, begun_cookie)},
                                      call.at);
  if (!subject) return fail(subject.error());
  const auto in = access::log_in_linked(desk.parts.database, {desk.oidc->issuer(), *subject},
                                        call.request.peer, desk.parts.sessions, call.at);
  if (desk.parts.on_written) desk.parts.on_written();
  if (!in) return fail(in.error());
  Answer answer{.media = "text/html; charset=utf-8",
                .text =
                    "<!doctype html><meta charset=utf-8><meta http-equiv=refresh "
                    "content=\"0;url=/\"><title>安澜 Anlan</title><p><a href=\"/\">已登录，继续 "
                    "Logged in, go on</a>\n"};
  answer.fields.push_back(session_cookie(call.request, in->token, desk.parts.sessions));
  answer.fields.push_back(cookie(call.request, begun_cookie, "", 0, "/api/login/oidc", "Lax"));
  return answer;
}

access::AccountId account_of(const Call& call) {
  return {call.number("account_id")};
}

Result<Answer> list_identities(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = access::linked_identities(transaction, call.actor(), account_of(call));
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) {
      rows.push_back({{"issuer", one.identity.issuer},
                      {"subject", one.identity.subject},
                      {"linked_by", one.linked_by},
                      {"linked_at", format_instant(one.linked_at)}});
    }
    return Answer{.body = {{"identities", std::move(rows)}}};
  });
}

Result<Answer> change_link(Call& call, Status (*change)(store::Transaction&, const access::Actor&,
                                                        access::AccountId,
                                                        const access::ProviderIdentity&, Instant)) {
  const access::ProviderIdentity identity{text_in(call.body, "issuer"),
                                          text_in(call.body, "subject")};
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = change(transaction, call.actor(), account_of(call), identity, call.at); !done) {
      return fail(done.error());
    }
    return Answer{.status = 204};
  });
}

}  // namespace

void add_oidc_routes(Handlers& handlers, Desk& desk) {
  handlers["get_login_ways"] = [&desk](Call&) { return get_login_ways(desk); };
  handlers["begin_oidc_login"] = [&desk](Call& call) { return begin_oidc_login(call, desk); };
  handlers["end_oidc_login"] = [&desk](Call& call) { return end_oidc_login(call, desk); };
  handlers["list_identities"] = list_identities;
  handlers["link_identity"] = [](Call& call) { return change_link(call, access::link_identity); };
  handlers["unlink_identity"] = [](Call& call) {
    return change_link(call, access::unlink_identity);
  };
}

}  // namespace anlan::server
