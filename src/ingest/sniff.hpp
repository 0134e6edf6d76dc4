#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ingest/record_source.hpp"

namespace anlan::ingest {

enum class FileFormat { text, xlsx, xls, xml, parquet, gzip, zip };

/// "csv", "xlsx", "xls", "xml", "parquet", "gzip", "zip": as manifests write it.
std::string_view format_name(FileFormat format);

/// What a file holds, by its content; its name says nothing. An empty file is text.
/// Errors: not_found "file.unreadable"; invalid_input "file.xlsx_password" (an encrypted workbook),
/// "file.html_as_xls" (a web page or an XML-2003 sheet with the name of a workbook),
/// "file.unsupported" (another known kind of file, named), "file.damaged".
Result<FileFormat> sniff(const std::filesystem::path& path);

struct OpenOptions {
  std::string sheet;  ///< xlsx, xls: its name; empty: the first visible one that holds a cell
  std::string table_element;  ///< xml: which of list_xml_tables; empty: the only one
  /// catalog/xml/gbt40217.yaml, by which xml columns get data-element codes; empty: names stay.
  std::filesystem::path xml_elements;
  /// The program that answers `run_xls_child_if_asked`; empty: $ANLAN_XLS_READER, else this very
  /// program.
  std::filesystem::path xls_reader;
};

/// Opens a file of any format but text, gzip and zip. Sheets give each row that holds a cell,
/// without its empty cells at the end, so a record may be shorter than the header. Errors: as
/// sniff; invalid_input "file.is_text", "file.is_archive" for those three, and those of the format.
Result<std::unique_ptr<RecordSource>> open_records(const std::filesystem::path& path,
                                                   const OpenOptions& options);

}  // namespace anlan::ingest
