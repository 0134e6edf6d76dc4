#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/lang.hpp"
#include "base/month.hpp"
#include "base/result.hpp"

namespace anlan::catalog {

/// One node of a tree to begin with.
struct StandardOrganisation {
  std::string id;
  std::string parent;  ///< "" for the top
  Title title;
  std::string kind;  ///< bureau, division, district, agency, centre
  std::string side;  ///< policy, handling, information, supervision
  std::string region_code;
  Date from;
  std::optional<Date> to;
};

/// The tree in `organisations/<name>.yaml` of a catalog folder, parents before what lies below
/// them. Errors: not_found "file.unreadable"; invalid_input "catalog.organisations" with one line
/// for each problem.
Result<std::vector<StandardOrganisation>> load_organisations(
    const std::filesystem::path& catalog_folder, const std::string& name);

}  // namespace anlan::catalog
