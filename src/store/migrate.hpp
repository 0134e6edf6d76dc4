#pragma once

#include <string>
#include <vector>

#include "store/database.hpp"
#include "store/link.hpp"

namespace anlan::store {

Result<std::unique_ptr<Link>> open_link(const std::string& location, int busy_ms);

/// Brings the tables to the state of `schemas`; see Database::open.
Result<Upgrade> migrate(Link& link, const std::string& location, const std::vector<Schema>& schemas,
                        const OpenOptions& options);

/// Refuses tables made by a newer program than the one that knows `schemas`.
/// Errors: not_found "store.no_schema" when there are no tables of ours at all; conflict
/// "store.newer_schema".
Status check_not_newer(Link& link, Engine engine, const std::vector<Schema>& schemas);

}  // namespace anlan::store
