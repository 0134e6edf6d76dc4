#pragma once

#include <cstdio>
#include <optional>

#include "access/administrator.hpp"
#include "access/identity_key.hpp"
#include "app/session.hpp"
#include "lake/workspace.hpp"
#include "store/database.hpp"

namespace anlan::app {

/// The user of the operating system who runs the program, as an actor.
access::Actor console_actor();

/// `desk.key` of the workspace.
std::filesystem::path identity_key_file(const lake::Workspace& workspace);

/// Who works here, ready for use.
struct People {
  access::IdentityKey key;
  /// Made just now, since the desk had no account: its password is told once.
  std::optional<access::FirstAdministrator> first;
};

/// Makes what a desk needs before anybody can be entered: the key of identities, the standard tree
/// of organisations if there is none, the first administrator if there is no account. Errors:
/// not_found "access.key_missing" if the desk was filled under a key that is not there; those of
/// IdentityKey, catalog::load_organisations and store::Transaction.
Result<People> prepare_people(const lake::Workspace& workspace, store::Database& desk,
                              const Session& session, Instant at);

/// Tells the first administrator's password, once.
void print_first_administrator(std::FILE* to, const access::FirstAdministrator& first,
                               const Session& session);

/// Adds what the catalog's tree has and the desk has not; how many.
Result<int> import_tree(store::Database& desk, const Session& session, const std::string& name,
                        Instant at);

}  // namespace anlan::app
