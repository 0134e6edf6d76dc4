#pragma once

#include "catalog/catalog.hpp"
#include "catalog/procedure.hpp"

namespace anlan::cases {

/// What acts are judged by; the procedure is of the same catalog (catalog::load_procedure). Borrows
/// both.
struct Rules {
  const catalog::Catalog& catalog;
  const catalog::Procedure& procedure;
};

}  // namespace anlan::cases
