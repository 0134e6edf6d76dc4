#pragma once

#include "dossier/list_query.hpp"

namespace anlan::dossier {

/// All dossiers of a kind as one bucket in memory: for specs, tests and few subjects. The
/// connection has the views (or tables) of the canonical tables; derived views are made here.
/// `kind`, which belongs to `catalog`, must outlive the bucket. With a subject, only its dossier.
/// Errors: as ListQuery.
Result<OwnedBucket> build_bucket(lake::Connection& connection, const catalog::Catalog& catalog,
                                 const catalog::DossierKind& kind,
                                 const std::optional<std::string>& subject_id = std::nullopt);

}  // namespace anlan::dossier
