#pragma once

#include <string>
#include <vector>

#include "catalog/detection.hpp"

namespace anlan::catalog {

/// A detection written as one SQL query; see catalog/models/README.md for the columns it must give.
/// Its version covers model.yaml, model.sql and the derived views it reads, also indirectly.
struct Model : Detection {
  std::string amount_rule;         ///< A1 … A8
  std::vector<std::string> needs;  ///< canonical tables without which it cannot run
  std::vector<std::string> reads;  ///< derived views and further tables it reads
  std::vector<Param> params;
  std::vector<std::string> exclude;  ///< exclusion codes E1–E12 it respects
  std::string sql;                   ///< one SELECT, without a last `;`
};

/// A view shared by models (catalog/derived/<name>.sql).
struct DerivedView {
  std::string name;
  std::vector<std::string> reads;  ///< tables and other derived views
  std::string sql;                 ///< one SELECT, portable subset
};

}  // namespace anlan::catalog
