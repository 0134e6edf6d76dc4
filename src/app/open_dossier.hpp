#pragma once

#include <optional>
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

/// The bucket of a subject and its place there, if the files of the kind are there and say what the
/// snapshot says; nothing if they must be made or mended first, which takes the whole catalog.
/// Errors: not_found "dossier.unknown_subject".
Result<std::optional<std::pair<dossier::MappedBucket, std::size_t>>> find_dossier(
    const lake::Workspace& workspace, const lake::Snapshot& snapshot,
    const catalog::DossierKind& kind, const std::string& id);

/// The same, the files of the kind made or mended first if need be.
/// Errors: as open_or_build and DossierFiles::find.
Result<std::pair<dossier::MappedBucket, std::size_t>> open_dossier(const lake::Workspace& workspace,
                                                                   const lake::Snapshot& snapshot,
                                                                   const catalog::Catalog& catalog,
                                                                   const catalog::DossierKind& kind,
                                                                   const std::string& id,
                                                                   const Session& session);

}  // namespace anlan::app
