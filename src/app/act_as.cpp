#include "app/act_as.hpp"

#include <iostream>

#include "access/login.hpp"
#include "access/session.hpp"

namespace anlan::app {

access::PostRights post_rights(const catalog::Catalog& catalog) {
  return access::post_rights(catalog.duties);
}

Result<access::Actor> act_as(store::Database& desk, const std::string& login,
                             const access::PostRights& rights, Instant at) {
  std::string password;
  std::getline(std::cin, password);
  access::PasswordHasher hasher;
  const access::SessionLimits limits;
  const auto session = access::log_in(desk, hasher, {login, password, "console"}, limits, at);
  if (!session) return fail(session.error());
  if (session->must_change) {
    std::string next;
    std::getline(std::cin, next);
    const auto changed =
        access::change_password(desk, hasher, session->token, password, next, limits, at);
    if (!changed) return fail(changed.error());
  }
  return desk.write([&](store::Transaction& transaction) -> Result<access::Actor> {
    auto who = access::actor_of_session(transaction, session->token, rights, limits, at);
    if (!who) return fail(who.error());
    if (auto ended = access::end_session(transaction, who->actor, who->id, at); !ended)
      return fail(ended.error());
    return std::move(who->actor);
  });
}

}  // namespace anlan::app
