#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "catalog/catalog.hpp"

namespace anlan::catalog {

/// Hashes of the files of a catalog, to know whether what was derived from them still holds.
struct Stamps {
  std::string data;   ///< of codes, derived, dossiers, tables: what dossiers hold
  std::string rules;  ///< of these and all rules: what is said of a dossier
};

/// Errors: not_found "file.unreadable".
Result<Stamps> stamps_of(const std::filesystem::path& folder);

/// Of a catalog what showing and judging one dossier of the kind needs, as JSON: reading that takes
/// a few milliseconds, reading all YAML files more than showing the dossier.
std::string extract_json(const Catalog& catalog, const std::string& subject,
                         const std::string& stamp);

/// The catalog again: code lists, the one kind, the rules about it and the exclusions; no tables,
/// views or models, and of rules nothing that only leads tell. Texts do not know their place in the
/// file: who finds an error in a rule loads the catalog to tell it. Nothing if `json` is no extract
/// or has another stamp.
std::optional<Catalog> parse_extract(const std::string& json, const std::string& stamp);

}  // namespace anlan::catalog
