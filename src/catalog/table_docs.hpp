#pragma once

#include <string>

#include "catalog/catalog.hpp"

namespace anlan::catalog {

/// The text of docs/tables.md: every table by group, then every code list. Markdown, Chinese first,
/// English beside; its first line says that it is generated.
std::string table_docs(const Catalog& catalog);

/// An empty CSV file of `table` for people to fill in: UTF-8 with byte order mark, one line of
/// Chinese headers in the order of the columns, lines ending in CR LF as spreadsheets write them.
std::string table_template(const Table& table);

/// "text(32)", "code(scheme)", "fen": a column's type with what limits it.
std::string type_words(const Column& column);

}  // namespace anlan::catalog
