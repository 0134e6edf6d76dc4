#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "base/fen.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"

namespace anlan::documents {

struct SheetColumn {
  std::string heading;
  double width = 12;  ///< in characters of the standard type
  bool centred = false;
};

/// A text stays a text whatever it begins with: no spreadsheet runs it. Money shows with two
/// decimals and can be added up.
using SheetCell = std::variant<std::string, std::int64_t, Fen>;

struct Sheet {
  std::string name;
  std::string title;  ///< large above all columns; "" for none
  std::string line;   ///< small below it; "" for none
  std::vector<SheetColumn> columns;
  std::vector<std::vector<SheetCell>> rows;
  bool printed = true;  ///< A4 with repeated headings; else a plain list that scrolls
  bool landscape = true;
  std::string footer;  ///< in the format's own marks: "&C第 &P 页"
};

struct Workbook {
  std::string title;  ///< of the file's properties
  Instant made_at;
  std::vector<Sheet> sheets;
};
/// Equal workbooks give equal bytes. Errors: unavailable "file.unwritable".
Status write_xlsx(const Workbook& workbook, const std::filesystem::path& path);

}  // namespace anlan::documents
