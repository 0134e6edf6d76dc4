#pragma once

#include <map>
#include <string>
#include <vector>

#include "access/identity_key.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/workspace.hpp"
#include "leads/list.hpp"
#include "store/database.hpp"

namespace anlan::cases {

/// What one detection's current run found.
struct FoundRun {
  std::string code;
  std::string run_id;
  std::vector<const leads::LeadRow*> leads;  ///< in any order; each id once
};

/// What taking in changed.
struct TakenIn {
  std::int64_t added = 0;
  std::int64_t changed = 0;   ///< other figures, or another weight in the queue
  std::int64_t gone = 0;      ///< no longer found
  std::int64_t reopened = 0;  ///< were closed or dismissed, and came back or grew
  std::int64_t unchanged = 0;
  friend bool operator==(const TakenIn&, const TakenIn&) = default;
};

/// Brings the desk's leads up to date from the current runs, in batches of a transaction each: cut
/// off anywhere, it is begun again and ends the same. The people of a case are told of leads that
/// grew or went by events of the case. The journal is told once a detection, with counts, if
/// anything changed. Errors: conflict "case.no_organisation" if the desk has no tree; those of
/// Transaction.
Result<TakenIn> take_in(store::Database& database, const access::IdentityKey& key,
                        const catalog::Catalog& catalog, const std::vector<FoundRun>& runs,
                        const std::string& who, Instant now);

/// The same from a workspace; who works here and has to do with a subject is found as well, and may
/// not act on its leads and cases ("case.tied"). Errors: those of leads::LeadList::open and of the
/// newest snapshot besides.
Result<TakenIn> take_in(store::Database& database, const access::IdentityKey& key,
                        const catalog::Catalog& catalog, const lake::Workspace& workspace,
                        const std::string& who, Instant now);

}  // namespace anlan::cases
