#pragma once

#include "app/session.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "cases/take_in.hpp"
#include "lake/workspace.hpp"
#include "store/database.hpp"

namespace anlan::app {

/// Brings the desk's leads up to date from the workspace's current runs, as the user who runs the
/// program. Makes the key of identities and the tree of organisations if the desk has none.
/// Errors: those of prepare_people and cases::take_in.
Result<cases::TakenIn> take_in_leads(const lake::Workspace& workspace, store::Database& desk,
                                     const catalog::Catalog& catalog, const Session& session,
                                     Instant now);

/// "12 new, 3 changed, …".
std::string taken_in_text(const cases::TakenIn& taken, const Session& session);

}  // namespace anlan::app
