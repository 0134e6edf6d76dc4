#pragma once

#include <optional>
#include <string>

#include "catalog/catalog.hpp"
#include "catalog/extract.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {

/// The extract of the catalog about one kind of dossier that lies in `dossiers/catalog-<kind>.json`
/// of the workspace, an index like the files beside it; nothing if it is not of these stamps.
std::optional<catalog::Catalog> kept_catalog(const lake::Workspace& workspace,
                                             const std::string& subject,
                                             const catalog::Stamps& stamps);

/// Puts it there. A folder that cannot be written costs the time to read the catalog again.
void keep_catalog(const lake::Workspace& workspace, const catalog::Catalog& catalog,
                  const std::string& subject, const catalog::Stamps& stamps);

}  // namespace anlan::app
