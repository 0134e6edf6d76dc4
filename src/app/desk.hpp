#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/session.hpp"
#include "base/result.hpp"
#include "cases/rules.hpp"
#include "catalog/recovery_terms.hpp"
#include "catalog/referral_terms.hpp"
#include "duties/decide.hpp"
#include "lake/workspace.hpp"
#include "store/database.hpp"

namespace anlan::app {

/// The tables of every folder that keeps some in the desk database, lower ranks first. A folder
/// that gets tables adds its `schema()` here.
const std::vector<store::Schema>& desk_schemas();

/// What the desk's acts are judged by, out of one catalog folder.
struct DeskRules {
  const catalog::Catalog& catalog;
  catalog::Procedure procedure;
  catalog::RecoveryTerms recovery;
  catalog::ReferralTerms referral;
  cases::Rules cases;  ///< of the catalog and the procedure above: so this is never moved

  DeskRules(const catalog::Catalog& from, catalog::Procedure lead_procedure,
            catalog::RecoveryTerms recovery_terms, catalog::ReferralTerms referral_terms)
      : catalog(from),
        procedure(std::move(lead_procedure)),
        recovery(std::move(recovery_terms)),
        referral(std::move(referral_terms)),
        cases{catalog, procedure} {}
  DeskRules(const DeskRules&) = delete;
  DeskRules& operator=(const DeskRules&) = delete;
};
/// Borrows the catalog. Errors: those of its readers.
Result<std::unique_ptr<const DeskRules>> load_desk_rules(const std::filesystem::path& folder,
                                                         const catalog::Catalog& catalog);

/// What follows when a matter is decided, of every folder that opens some. A folder that gets a
/// chain adds its own here. Borrows the rules.
duties::Follows desk_follows(const DeskRules& rules);

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
