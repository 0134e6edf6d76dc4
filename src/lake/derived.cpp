#include "lake/derived.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace anlan::lake {
namespace {

constexpr const char* macros[] = {
    // Spark: the day is cut to the last day of the month reached, as DuckDB's interval does.
    ("CREATE OR REPLACE MACRO add_months(d, n) AS "
     "CAST(CAST(d AS DATE) + to_months(CAST(n AS INTEGER)) AS DATE)"),
    ("CREATE OR REPLACE MACRO datediff(end_date, start_date) AS "
     "CAST(CAST(end_date AS DATE) - CAST(start_date AS DATE) AS INTEGER)"),
    "CREATE OR REPLACE MACRO date_add(d, n) AS CAST(d AS DATE) + CAST(n AS INTEGER)",
    "CREATE OR REPLACE MACRO date_sub(d, n) AS CAST(d AS DATE) - CAST(n AS INTEGER)",
    "CREATE OR REPLACE MACRO regexp_like(s, p) AS regexp_matches(s, p)",
    "CREATE OR REPLACE MACRO nvl(a, b) AS coalesce(a, b)",
    "CREATE OR REPLACE MACRO locate(part, s) AS instr(s, part)",
};

}  // namespace

Status create_compat_macros(Connection& connection) {
  for (const auto* macro : macros) {
    if (auto made = connection.run(macro); !made) return made;
  }
  return {};
}

std::vector<const catalog::DerivedView*> derived_closure(const catalog::Catalog& catalog,
                                                         std::set<std::string> names) {
  std::vector<const catalog::DerivedView*> out;
  // Each view reads only earlier ones, so going backwards meets every reader before what it reads.
  for (auto view = catalog.derived.rbegin(); view != catalog.derived.rend(); ++view) {
    if (!names.contains(view->name)) continue;
    out.push_back(&*view);
    names.insert(view->reads.begin(), view->reads.end());
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Status create_derived_view(Connection& connection, const catalog::DerivedView& view,
                           bool as_table) {
  const auto made = connection.run(fmt::format("CREATE OR REPLACE TEMP {} {} AS {}\n",
                                               as_table ? "TABLE" : "VIEW", view.name, view.sql));
  if (made) return {};
  return fail(made.error().kind, made.error().code,
              fmt::format("derived/{}.sql: {}", view.name, made.error().detail));
}

}  // namespace anlan::lake
