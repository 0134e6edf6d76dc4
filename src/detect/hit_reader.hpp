#pragma once

#include <filesystem>
#include <functional>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/hit.hpp"

namespace anlan::detect {

/// Gives the hits kept in `file`, one by one in the file's order, to `take`, and stops at its first
/// error. `values` of a model's hit are all its columns but subject, month, amount, evidence and
/// qualities; NULLs are left out. Errors: those of `take`; corrupted "runs.damaged" naming the
/// file.
Status read_hits(const std::filesystem::path& file, const catalog::Catalog& catalog,
                 const std::function<Status(const Hit&)>& take);

}  // namespace anlan::detect
