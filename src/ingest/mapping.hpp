#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.hpp"
#include "ingest/cell_value.hpp"

namespace anlan::ingest {

/// How the files of one source differ from the canonical table; written by people:
///   table: benefit_payment
///   columns: {他们的列名: our_column, 不要的列: ""}
///   values: {our_column: {theirs: ours}}
///   units: {our_column: 万元}         # 万元 | 元 | 分
///   delimiter: "|"
///   encoding: GB18030
///   dates: day_first                  # day_first | month_first
struct Mapping {
  std::string table;
  std::map<std::string, std::string> columns;
  std::map<std::string, std::map<std::string, std::string>> values;
  std::map<std::string, MoneyUnit> units;
  char delimiter = '\0';
  std::string encoding;
  DateOrder dates = DateOrder::year_first;
  std::string yaml;    ///< as it was written
  std::string sha256;  ///< of `yaml`
};

/// Errors: invalid_input "import.map" whose detail is "origin:line: what is wrong".
Result<Mapping> parse_mapping(const std::string& yaml, const std::string& origin);
/// Errors: also not_found "file.unreadable".
Result<Mapping> read_mapping(const std::filesystem::path& file);

}  // namespace anlan::ingest
