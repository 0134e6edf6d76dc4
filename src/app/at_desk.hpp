#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "access/actor.hpp"
#include "app/session.hpp"
#include "catalog/catalog.hpp"
#include "lake/workspace.hpp"
#include "store/database.hpp"

namespace anlan::app {

/// What a verb of the desk works on.
struct AtDesk {
  catalog::Catalog catalog;
  lake::Workspace workspace;
  store::Database database;
  access::Actor actor;  ///< the user of the operating system, or who logged in
};

/// Opens catalog, workspace and desk, logs in if a login is given (act_as), and does the work. What
/// was told is then moved into the journal, even if the work failed: a login has been told, too.
/// Errors: as Catalog::load, Workspace::open, open_desk, act_as and settle_desk; those of the work.
Status at_desk(const std::string& folder, const std::string& login, const Session& session,
               const std::function<Status(AtDesk&)>& work);

/// The argument DIR and, where a login can be given, the option --as.
void add_desk_options(CLI::App& verb, std::string& folder, std::string* login,
                      const Session& session);

}  // namespace anlan::app
