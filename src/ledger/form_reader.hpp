#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "ledger/content.hpp"

namespace anlan::ledger {

struct ReadOptions {
  /// An empty 部门（岗位） or owner takes what stands above it, as in forms with merged cells.
  bool fill_down = false;
};

struct ReadForm {
  Content content;          ///< without organisation and year, which no form holds
  bool registered = false;  ///< the file has the second sheet of our own exports
};

/// Reads a filled form, ours or one typed into the seven columns. A line of 风险防控措施 that
/// begins with the title or code of a measure is that measure; any other is the unit's own. Errors:
/// invalid_input "ledger.form", whose detail has one line "file: row R, COLUMN: what is wrong" for
/// each problem found; those of ingest::open_xlsx.
Result<ReadForm> read_form(const std::filesystem::path& path, const catalog::Catalog& catalog,
                           const ReadOptions& options = {});

}  // namespace anlan::ledger
