#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/engine.hpp"

namespace anlan::lake {

/// Gives the connection's database the functions of Spark's that the portable subset allows and
/// DuckDB lacks. Harmless when they are there.
Status create_compat_macros(Connection& connection);

/// The derived views among `names` and those they read, directly or through others, in the
/// catalog's order.
std::vector<const catalog::DerivedView*> derived_closure(const catalog::Catalog& catalog,
                                                         std::set<std::string> names);

/// Makes the derived view as a temporary view, or as a table of its rows. What it reads must be
/// there. Errors: as Connection::run, naming the view's file.
Status create_derived_view(Connection& connection, const catalog::DerivedView& view, bool as_table);

}  // namespace anlan::lake
