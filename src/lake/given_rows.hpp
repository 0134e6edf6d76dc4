#pragma once

#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "catalog/spec.hpp"
#include "lake/engine.hpp"

namespace anlan::lake {

/// Makes every canonical table as an empty one to put a spec's rows in: the view of its name has
/// the columns that create_table_views gives. Call once per database.
Status create_given_tables(Connection& connection, const catalog::Catalog& catalog);

/// Puts the rows a spec gives into their table; cells are read as a file's cells of that column
/// would be. Errors: invalid_input "spec.table", "spec.column", "spec.value", naming the line.
Status insert_given(Connection& connection, const catalog::Catalog& catalog,
                    const catalog::SpecTable& given);

/// Empties the tables that `given` filled.
Status clear_given(Connection& connection, const catalog::Catalog& catalog,
                   const std::vector<catalog::SpecTable>& given);

}  // namespace anlan::lake
