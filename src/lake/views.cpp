#include "lake/views.hpp"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"

namespace anlan::lake {

std::string sql_type(const catalog::Column& column) {
  using catalog::ColumnType;
  switch (column.type) {
    case ColumnType::text:
    case ColumnType::id_no:
    case ColumnType::uscc:
    case ColumnType::code:
      return "VARCHAR";
    case ColumnType::date:
      return "DATE";
    case ColumnType::month:
      return "INTEGER";
    case ColumnType::integer:
    case ColumnType::fen:
      return "BIGINT";
    case ColumnType::ratio:
      return "DECIMAL(12,6)";
    case ColumnType::time:
      return "TIMESTAMP";
    case ColumnType::flag:
      return "BOOLEAN";
  }
  CHECK(false && "no such column type");
}

std::string row_key_sql(const catalog::Table& table) {
  std::string parts;
  for (const auto& column : table.key) {
    if (!parts.empty()) parts += ", ";
    parts += fmt::format("coalesce(cast({} AS VARCHAR), '')", column);
  }
  // One call makes the text at once; a chain of || copies it for each part.
  return table.key.size() == 1 ? parts : "concat_ws('|', " + parts + ")";
}

Status create_table_views(Connection& connection, const catalog::Catalog& catalog,
                          const Snapshot& snapshot) {
  std::map<std::string, std::vector<std::string>> files;
  for (const auto& delivery : snapshot.deliveries) {
    for (const auto& part : delivery.manifest.parts) {
      files[delivery.manifest.table].push_back((delivery.folder / part).string());
    }
  }
  for (const auto& table : catalog.tables) {
    std::string columns;
    std::string empty;
    for (const auto& column : table.columns) {
      columns += column.name + ", ";
      empty += fmt::format("cast(NULL AS {}) AS {}, ", sql_type(column), column.name);
    }
    std::string list;
    for (const auto& file : files[table.name]) {
      if (!list.empty()) list += ", ";
      list += sql_quoted(file);
    }
    const std::string rows =
        list.empty()
            ? fmt::format("(SELECT {}cast(NULL AS BIGINT) AS row_no, '' AS delivery WHERE false)",
                          empty)
            // Deliveries of different catalogs may differ in columns; those added since are NULL.
            : fmt::format(
                  "read_parquet([{}], union_by_name=true, hive_partitioning=true, "
                  "hive_types_autocast=false)",
                  list);
    const auto made = connection.run(fmt::format(
        "CREATE VIEW {} AS SELECT {}{} AS row_key, row_no, delivery AS delivery_id FROM {}",
        table.name, columns, row_key_sql(table), rows));
    if (!made) {
      return fail(made.error().kind, made.error().code,
                  fmt::format("table {}: {}", table.name, made.error().detail));
    }
  }
  return {};
}

}  // namespace anlan::lake
