#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/deliveries.hpp"
#include "lake/engine.hpp"

namespace anlan::agreement {

/// A check written as SQL from its description, not from the rule: `<rule>.sql`.
struct Statement {
  std::string rule;
  std::string sql;
};

/// What both sides say of one hit. Ordered, so that two lists can be compared.
struct HitRow {
  std::string subject_id;
  std::string key;         ///< row_key of the row of `each`; "" for the whole subject
  std::int64_t month = 0;  ///< YYYYMM; 0: none
  std::optional<std::int64_t> amount_fen;

  friend auto operator<=>(const HitRow&, const HitRow&) = default;
};

/// The statements of a folder, by name. Errors: as read_file.
Result<std::vector<Statement>> read_statements(const std::filesystem::path& folder);

/// Gives the connection's database what statements read: canonical tables as views of the snapshot,
/// the derived views, as_of(), and `shared.sql` of the folder. With `tables`, the derived and
/// shared views become tables, computed once. Errors: as Connection::run.
Status prepare(lake::Connection& connection, const catalog::Catalog& catalog,
               const lake::Snapshot& snapshot, const std::filesystem::path& folder, Date as_of,
               bool tables);

/// The statement's rows, sorted. Errors: as Connection::query; invalid_input "agreement.columns".
Result<std::vector<HitRow>> run_statement(lake::Connection& connection, const Statement& statement);

}  // namespace anlan::agreement
