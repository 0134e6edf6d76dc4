#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.hpp"
#include "catalog/catalog.hpp"

namespace anlan::dossier {

/// What one needs of the catalog to show dossiers of a kind, kept beside their files: reading the
/// whole catalog costs more time than showing a dossier does.
struct Description {
  catalog::DossierKind kind;
  std::map<std::string, std::map<std::string, Title>> labels;  ///< code list → code → label
  std::string stamp;  ///< catalog_stamp of the catalog it was made from
};

/// Hash of the files of a catalog on which a description depends.
/// Errors: not_found "file.unreadable".
Result<std::string> catalog_stamp(const std::filesystem::path& catalog_folder);

Description describe(const catalog::Catalog& catalog, const catalog::DossierKind& kind,
                     std::string stamp);

/// Writes `description.json` into the folder of the kind's files.
/// Errors: unavailable "file.unwritable".
Status keep_description(const std::filesystem::path& workspace, const Description& description);
/// Errors: not_found "file.unreadable"; corrupted "dossier.damaged".
Result<Description> read_description(const std::filesystem::path& workspace,
                                     const std::string& subject);

}  // namespace anlan::dossier
