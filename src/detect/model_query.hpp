#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/params.hpp"
#include "lake/engine.hpp"

namespace anlan::detect {

/// What one column of a model's result is for; see catalog/models/README.md.
enum class HitRole {
  subject_id,
  month,
  amount_fen,
  evidence,
  person_id_no,
  scheme,
  item,
  identity_quality,
  source_quality,
  value,
};

struct HitColumn {
  std::string name;
  HitRole role = HitRole::value;
  std::string table;  ///< evidence only: the canonical table it names
};

/// The roles of columns with these names and engine types, in the order given.
/// Errors: invalid_input "model.columns", naming the column and what was expected.
Result<std::vector<HitColumn>> hit_columns(
    const catalog::Catalog& catalog,
    const std::vector<std::pair<std::string, std::string>>& columns);

/// The derived views `model` reads, directly or through others, in the catalog's order.
std::vector<const catalog::DerivedView*> derived_of(const catalog::Catalog& catalog,
                                                    const catalog::Model& model);

/// Makes the derived view, as a view or as a table of its rows. Errors: as Connection::run, and
/// invalid_input "model.not_portable".
Status create_derived(lake::Connection& connection, const catalog::DerivedView& view,
                      bool as_table);

/// The hits of one model, kept in the temporary table `anlan_hit` until the next call.
struct HitTable {
  std::vector<HitColumn> columns;
  std::int64_t hits = 0;
  std::int64_t excluded = 0;  ///< dropped by E6, an approved entry of `exception_list`
  /// Gives the hits in their one order: subject_id, month, evidence, the other columns; NULLs
  /// first.
  std::string ordered_sql;
};

/// Runs `model` over the tables and views `connection` has, checks its columns and values, and
/// drops what E6 excludes. The same for a run over a workspace and for a case of a spec. Errors:
/// invalid_input "model.not_portable", "model.param_unknown", "model.columns", "model.values",
/// "engine.sql"; unavailable "engine.interrupted".
Result<HitTable> find_hits(lake::Connection& connection, const catalog::Catalog& catalog,
                           const catalog::Model& model, const std::vector<BoundParam>& params,
                           Date as_of);

}  // namespace anlan::detect
