#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "ingest/record_source.hpp"

namespace anlan::ingest {

struct XlsxLimits {
  std::uint64_t bytes_max = std::uint64_t{8} << 30;  ///< unpacked, all parts together
  std::uint64_t ratio_max = 200;                     ///< unpacked : packed
  std::uint64_t ratio_from_bytes = 64 << 20;
  std::uint64_t shared_text_max = std::uint64_t{1} << 30;  ///< held in memory
};

/// Opens one sheet of an Office Open XML workbook; empty `sheet`: the first visible one that holds
/// a cell. Two passes, the first over the shared strings (held in memory), the second over the
/// sheet (streamed). Numbers come as exact decimals, rounded to the 15 digits a spreadsheet shows;
/// a cell with a date format comes as a date, with its time of day unless that is midnight. Errors:
/// invalid_input "file.damaged", "file.too_large", "file.zip_bomb", "file.xml_doctype",
/// "file.sheet_missing" with the names there are, "file.no_cells" when every visible sheet is
/// empty.
Result<std::unique_ptr<RecordSource>> open_xlsx(const std::filesystem::path& path,
                                                const std::string& sheet,
                                                const XlsxLimits& limits = {});

}  // namespace anlan::ingest
