#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/deliveries.hpp"
#include "lake/engine.hpp"

namespace anlan::lake {

/// The SQL type a column has in Parquet and in views: VARCHAR, DATE, INTEGER (month), BIGINT (int,
/// fen), DECIMAL(12,6) (ratio), TIMESTAMP (time, local), BOOLEAN (flag).
std::string sql_type(const catalog::Column& column);

/// The text by which evidence names a row: its key columns joined with '|', dates and months as in
/// files. A SQL expression over the table's own columns.
std::string row_key_sql(const catalog::Table& table);

/// Makes one view per canonical table over `snapshot`: the table's columns, then `row_key`,
/// `row_no`, `delivery_id`. A table without a delivery is an empty view, so that any model can run.
/// Call once per connection's database.
Status create_table_views(Connection& connection, const catalog::Catalog& catalog,
                          const Snapshot& snapshot);

}  // namespace anlan::lake
