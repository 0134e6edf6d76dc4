#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/lang.hpp"

namespace anlan::catalog {

/// The value types of catalog/tables/README.md.
enum class ColumnType { text, id_no, uscc, date, month, integer, fen, ratio, time, flag, code };

struct CodeValue {
  std::string code;
  Title title;
  std::string sure;  ///< found | known | assumed
};

struct CodeList {
  std::string name;
  Title title;
  bool open = false;  ///< values not listed are accepted
  std::vector<CodeValue> values;
  std::map<std::string, std::string> also;  ///< value of another system → ours
};

struct Column {
  std::string name;
  Title title;
  ColumnType type = ColumnType::text;
  int max_chars = 0;      ///< text only; Unicode characters
  std::string list;       ///< code only: name of the code list
  std::string code;       ///< data-element code of the standards, "" if none
  std::string code_sure;  ///< "" or "vendor"
  bool required = false;
  std::vector<std::string> aliases;
};

/// "text", "id_no", … "code": the types as catalog/tables/*.yaml writes them.
std::string type_name(ColumnType type);

/// One canonical table. `columns` ends with agency_id and region_code, which every table has;
/// `row_no` is added by the lake and is not listed.
struct Table {
  std::string name;
  Title title;
  std::string group;           ///< business | finance | rights | external
  std::string subject_kind;    ///< person | employer | account | … | none
  std::string subject_column;  ///< "" for none
  std::vector<std::string> key;
  std::string frequency;  ///< external tables: how often a delivery is agreed, "" otherwise
  std::vector<std::string> basis;
  std::vector<Column> columns;

  /// Index of the column called `column`, or nullopt.
  std::optional<std::size_t> find(const std::string& column) const;
};

}  // namespace anlan::catalog
