#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace anlan::catalog {

class Problems;

/// One row as written; nullopt is `-`, NULL. As many cells as its table has columns.
struct SpecRow {
  int line = 0;
  std::vector<std::optional<std::string>> cells;
};

struct SpecTable {
  std::string name;  ///< "" for expected hits
  int line = 0;
  std::vector<std::string> columns;
  std::vector<SpecRow> rows;
};

struct SpecParam {
  std::string name;
  std::string value;  ///< as written
  int line = 0;
};

/// One situation and the hits it must give; cases share nothing.
struct SpecCase {
  std::string name;  ///< "" for a spec that opens without a `case` line
  int line = 0;
  std::vector<SpecParam> params;
  std::string as_of;  ///< 2018-12-31, or "" if not given
  std::vector<SpecTable> given;
  SpecTable expect;  ///< no columns and no rows: no hits expected
};

struct Spec {
  std::vector<SpecCase> cases;
};

/// Reads the format of catalog/models/README.md; `file` names the text in messages.
/// Errors: invalid_input "catalog.spec", one line "file:line: what is wrong" for each problem.
Result<Spec> parse_spec(const std::string& text, const std::string& file);

/// The same, for a reader that gathers the problems of many files.
Spec parse_spec(const std::string& text, const std::string& file, Problems& problems);

}  // namespace anlan::catalog
