#pragma once

#include <string>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/workspace.hpp"

namespace anlan::leads {

/// A lead as its run wrote it, and as it comes out when made again.
struct Replayed {
  std::string then;  ///< its line of JSON
  std::string now;   ///< "" if nothing was found about the subject
  bool same() const { return then == now; }
};

/// Makes a current lead again: the texts its run kept, the run's deliveries, parameters and as-of
/// date. The caller holds the writing lock (the work is done in the runs' staging folder). Errors:
/// not_found "lead.not_found"; corrupted "runs.damaged"; not_found "delivery.missing"; those of the
/// model.
Result<Replayed> replay(const lake::Workspace& workspace, const catalog::Catalog& present,
                        const std::string& lead_id);

}  // namespace anlan::leads
