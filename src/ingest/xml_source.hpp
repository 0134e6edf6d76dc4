#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ingest/record_source.hpp"

namespace anlan::ingest {

/// One table found in an XML file.
struct XmlTable {
  std::string element;  ///< 养老保险待遇支付明细表
  std::string table;    ///< canonical table, "" if catalog/xml does not know the element
  std::int64_t records = 0;
};

/// The tables of an XML file of GB/T 40217 (or of that shape), in order of first appearance. One
/// pass over the file. An element whose children hold only text is a record, and its name is its
/// table; a record called 记录, row … is of the table its parent names. UTF-8, UTF-16 and GB18030
/// are told apart by content, as declarations are often wrong. `elements`:
/// catalog/xml/gbt40217.yaml, or empty. Errors: not_found "file.unreadable"; invalid_input
/// "file.damaged" (naming the line), "file.too_large", "file.xml_doctype", "file.no_cells",
/// "xml.elements" (the YAML is wrong).
Result<std::vector<XmlTable>> list_xml_tables(const std::filesystem::path& path,
                                              const std::filesystem::path& elements);

/// Opens one table; empty `table_element`: the only one. Two passes, the first collects the column
/// names: the header is their union in order of first appearance, as data-element codes where
/// `elements` gives one. Row numbers are lines. Errors: as list_xml_tables; invalid_input
/// "file.table_missing" naming those there are, when there is no such table, or several and none
/// was chosen.
Result<std::unique_ptr<RecordSource>> open_xml(const std::filesystem::path& path,
                                               const std::string& table_element,
                                               const std::filesystem::path& elements);

}  // namespace anlan::ingest
