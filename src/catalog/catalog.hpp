#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/model.hpp"
#include "catalog/table.hpp"

namespace anlan::catalog {

/// Everything the people of the field edit, read and checked.
struct Catalog {
  std::vector<Table> tables;  ///< by name
  std::map<std::string, CodeList> lists;
  std::vector<DerivedView> derived;  ///< in an order in which each reads only earlier ones
  std::vector<Model> models;         ///< by code
  std::string hash;                  ///< SHA-256 over all files, in path order

  /// Errors: invalid_input "catalog.…", whose detail is "file:line: what is wrong".
  static Result<Catalog> load(const std::filesystem::path& folder);

  const Table* table(const std::string& name) const;
  const Model* model(const std::string& name_or_code) const;
};

/// Reads one derived view or model again from text, as a replay of an old run needs.
/// Errors as Catalog::load, with `origin` in place of the file's name.
Result<Model> parse_model(const std::string& name, const std::string& yaml, const std::string& sql,
                          const std::string& origin);

}  // namespace anlan::catalog
