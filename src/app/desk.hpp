#pragma once

#include <string>
#include <vector>

#include "app/session.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "duties/decide.hpp"
#include "lake/workspace.hpp"
#include "store/database.hpp"

namespace anlan::app {

/// The tables of every folder that keeps some in the desk database, lower ranks first. A folder
/// that gets tables adds its `schema()` here.
const std::vector<store::Schema>& desk_schemas();

/// What follows when a matter is decided, of every folder that opens some. A folder that gets a
/// chain adds its own here. Borrows the catalog.
duties::Follows desk_follows(const catalog::Catalog& catalog);

/// That a catalog says how a desk works; one of rules alone does not.
/// Errors: not_found "catalog.no_desk".
Status check_desk_catalog(const catalog::Catalog& catalog);

/// Whether the workspace has a desk database: an older program made none.
bool has_desk(const lake::Workspace& workspace);

/// Opens the desk database of a workspace (`desk.db`, or what anlan.yaml names), making it if it is
/// not there. An older one is copied to `backups/` and then brought up to date; standard error says
/// so, and the outbox tells of each migration.
/// Errors: as store::Database::open.
Result<store::Database> open_desk(const lake::Workspace& workspace, const Session& session);

/// The end of a verb that told something: moves the outbox into the journal, under a checkpoint. If
/// another process, as a server, holds the journal, it is left to them: what was told is durable.
/// Errors: as journal::Sequencer::move_all and Journal::open.
Status settle_desk(const lake::Workspace& workspace, store::Database& desk);

}  // namespace anlan::app
