#pragma once

#include <string>

#include "access/actor.hpp"
#include "catalog/catalog.hpp"
#include "store/database.hpp"

namespace anlan::app {

/// The rights that posts give, as catalog/duties says.
access::PostRights post_rights(const catalog::Catalog& catalog);

/// Logs in as `login`, with the password on the first line of the standard input, and hands out who
/// that is. A one-time password needs a second line: the password that takes its place. The session
/// is ended again: a verb is one act.
/// Errors: those of access::log_in, access::change_password and access::actor_of_session.
Result<access::Actor> act_as(store::Database& desk, const std::string& login,
                             const access::PostRights& rights, Instant at);

}  // namespace anlan::app
