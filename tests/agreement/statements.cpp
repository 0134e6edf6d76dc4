#include "tests/agreement/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "lake/derived.hpp"
#include "lake/views.hpp"

namespace anlan::agreement {
namespace {

namespace fs = std::filesystem;

constexpr const char* shared_file = "shared.sql";

/// The derived views that shared definitions stand in; README.md says why these.
const std::set<std::string> shared_views = {"v_person",       "v_pay",   "v_contrib",
                                            "v_death_report", "v_death", "v_jail"};

/// `create temp view x as …` becomes a table of its rows.
std::string as_tables(std::string sql) {
  const std::string from = "create temp view ";
  const std::string to = "create temp table ";
  for (std::size_t at = sql.find(from); at != std::string::npos; at = sql.find(from, at))
    sql.replace(at, from.size(), to);
  return sql;
}

}  // namespace

Result<std::vector<Statement>> read_statements(const fs::path& folder) {
  std::vector<Statement> statements;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".sql" || entry.path().filename() == shared_file) continue;
    auto text = read_file(entry.path());
    if (!text) return fail(text.error());
    statements.push_back({entry.path().stem().string(), std::move(*text)});
  }
  std::sort(statements.begin(), statements.end(),
            [](const Statement& a, const Statement& b) { return a.rule < b.rule; });
  return statements;
}

Status prepare(lake::Connection& connection, const catalog::Catalog& catalog,
               const lake::Snapshot& snapshot, const fs::path& folder, Date as_of, bool tables) {
  if (auto made = lake::create_table_views(connection, catalog, snapshot); !made) return made;
  if (auto made = lake::create_compat_macros(connection); !made) return made;
  for (const auto* view : lake::derived_closure(catalog, shared_views)) {
    // Reports of deaths are few, and only v_death reads them.
    const bool as_table = tables && shared_views.contains(view->name);
    if (auto made = lake::create_derived_view(connection, *view, as_table); !made) return made;
  }
  const auto today = fmt::format("CREATE TEMP MACRO as_of() AS DATE '{}'", format_date(as_of));
  if (auto made = connection.run(today); !made) return made;
  const auto shared = read_file(folder / shared_file);
  if (!shared) return fail(shared.error());
  return connection.run(tables ? as_tables(*shared) : *shared);
}

Result<std::vector<HitRow>> run_statement(lake::Connection& connection,
                                          const Statement& statement) {
  auto rows = connection.query(statement.sql);
  if (!rows) {
    return fail(rows.error().kind, rows.error().code,
                fmt::format("{}.sql: {}", statement.rule, rows.error().detail));
  }
  const std::vector<std::string> wanted = {"subject_id", "month", "amount_fen", "key"};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (rows->columns() == wanted.size() && rows->name(i) == wanted[i]) continue;
    return fail(ErrorKind::invalid_input, "agreement.columns",
                fmt::format("{}.sql: expected the columns subject_id, month, amount_fen, key",
                            statement.rule));
  }
  std::vector<HitRow> hits;
  for (;;) {
    const auto more = rows->next();
    if (!more) {
      return fail(more.error().kind, more.error().code,
                  fmt::format("{}.sql: {}", statement.rule, more.error().detail));
    }
    if (!*more) break;
    HitRow hit;
    hit.subject_id = rows->text(0);
    if (!rows->is_null(1)) hit.month = rows->int64(1);
    if (!rows->is_null(2)) hit.amount_fen = rows->int64(2);
    if (!rows->is_null(3)) hit.key = rows->text(3);
    hits.push_back(std::move(hit));
  }
  std::sort(hits.begin(), hits.end());
  return hits;
}

}  // namespace anlan::agreement
