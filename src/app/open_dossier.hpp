#pragma once

#include <string>
#include <utility>

#include "app/session.hpp"
#include "catalog/catalog.hpp"
#include "dossier/files.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {

/// A subject's id as dossiers keep it: a person's number normalised. What is no ID number stays as
/// it is, since a person_id that nobody registered stands for itself.
std::string subject_id(const std::string& subject_kind, const std::string& given);

/// The bucket of a subject and its place there; the files of the kind are made or mended first if
/// they are missing, damaged or behind the snapshot, and their description is kept beside them.
/// Errors: as open_or_build and DossierFiles::find.
Result<std::pair<dossier::MappedBucket, std::size_t>> open_dossier(
    const lake::Workspace& workspace, const lake::Snapshot& snapshot,
    const catalog::Catalog& catalog, const catalog::DossierKind& kind, const std::string& stamp,
    const std::string& id, const Session& session);

}  // namespace anlan::app
