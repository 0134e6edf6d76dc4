#include "detect/model_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "detect/portable_sql.hpp"
#include "lake/derived.hpp"

namespace anlan::detect {
namespace {

tl::unexpected<Error> wrong_columns(std::string detail) {
  return fail(ErrorKind::invalid_input, "model.columns", std::move(detail));
}

bool is_integer(const std::string& type) {
  return type == "TINYINT" || type == "SMALLINT" || type == "INTEGER" || type == "BIGINT" ||
         type == "UBIGINT" || type == "HUGEINT";
}

bool is_number(const std::string& type) {
  return is_integer(type) || type == "DOUBLE" || type == "FLOAT" || type == "DECIMAL";
}

/// The canonical table of `ev_<table>` or `ev_<table>_2`; "" if there is none.
std::string evidence_table(const catalog::Catalog& catalog, const std::string& column) {
  const std::string name = column.substr(3);
  if (catalog.table(name) != nullptr) return name;
  const auto end = name.find_last_not_of("0123456789");
  if (end == std::string::npos || end + 1 == name.size() || name[end] != '_') return "";
  const std::string without = name.substr(0, end);
  return catalog.table(without) != nullptr ? without : "";
}

struct Expected {
  HitRole role;
  bool (*fits)(const std::string& type);
  const char* words;
};

bool is_text(const std::string& type) {
  return type == "VARCHAR";
}

const std::map<std::string, Expected>& expected_columns() {
  static const std::map<std::string, Expected> expected = {
      {"subject_id", {HitRole::subject_id, is_text, "text"}},
      {"month", {HitRole::month, is_integer, "an integer YYYYMM"}},
      {"amount_fen",
       {HitRole::amount_fen,
        [](const std::string& type) { return is_integer(type) || type == "DECIMAL"; },
        "an integer (money is never floating point: cast(round(x) as bigint))"}},
      {"person_id_no", {HitRole::person_id_no, is_text, "text"}},
      {"scheme", {HitRole::scheme, is_text, "text"}},
      {"item", {HitRole::item, is_text, "text"}},
      {"identity_quality", {HitRole::identity_quality, is_number, "a number from 0 to 1"}},
      {"source_quality", {HitRole::source_quality, is_number, "a number from 0 to 1"}},
  };
  return expected;
}

/// The column as it is kept: one type per role, and no type that a file could not keep exactly.
std::string kept_sql(const HitColumn& column, const std::string& type) {
  switch (column.role) {
    case HitRole::month:
      return "cast(month AS INTEGER) AS month";
    case HitRole::amount_fen:
      return "cast(amount_fen AS BIGINT) AS amount_fen";
    case HitRole::identity_quality:
    case HitRole::source_quality:
      return fmt::format("round(cast({0} AS DOUBLE), 6) AS {0}", column.name);
    default:
      break;
  }
  if (type == "HUGEINT" || type == "UBIGINT")
    return fmt::format("cast({0} AS BIGINT) AS {0}", column.name);
  // Sums of doubles depend on their order in the last bits; six places are the same for every
  // thread count.
  if (type == "DOUBLE" || type == "FLOAT")
    return fmt::format("round(cast({0} AS DOUBLE), 6) AS {0}", column.name);
  return column.name;
}

/// subject_id, month, evidence in the model's order, then all others in the model's order.
std::string order_sql(const std::vector<HitColumn>& columns) {
  std::string sql = "subject_id NULLS FIRST, month NULLS FIRST";
  for (const bool evidence : {true, false}) {
    for (const auto& column : columns) {
      if (column.role == HitRole::subject_id || column.role == HitRole::month) continue;
      if ((column.role == HitRole::evidence) != evidence) continue;
      sql += fmt::format(", {} NULLS FIRST", column.name);
    }
  }
  return sql;
}

/// Rows whose values break the contract are the model's fault: better no hits than wrong ones.
Status check_values(lake::Connection& connection, const std::vector<HitColumn>& columns,
                    const std::string& amount_type) {
  struct Rule {
    std::string condition;
    std::string words;
  };
  std::vector<Rule> rules = {
      {"subject_id IS NULL OR subject_id = ''", "without subject_id"},
      {"month IS NOT NULL AND (month < 190001 OR month > 219912 OR month % 100 < 1 OR month % 100 "
       "> 12)",
       "whose month is not YYYYMM"},
      {"amount_fen IS NOT NULL AND try_cast(amount_fen AS BIGINT) IS NULL",
       "whose amount_fen is too large"},
  };
  if (amount_type == "DECIMAL") {
    rules.push_back(
        {"amount_fen <> round(amount_fen, 0)", "whose amount_fen is not a whole number of fen"});
  }
  for (const auto& column : columns) {
    if (column.role == HitRole::identity_quality || column.role == HitRole::source_quality) {
      rules.push_back({fmt::format("{0} < 0 OR {0} > 1", column.name),
                       fmt::format("whose {} is outside 0 to 1", column.name)});
    }
  }
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < rules.size(); ++i) {
    sql += fmt::format("{}count(*) FILTER (WHERE {})", i == 0 ? "" : ", ", rules[i].condition);
  }
  auto rows = connection.query(sql + " FROM anlan_hit_found");
  if (!rows) return fail(rows.error());
  if (auto more = rows->next(); !more) return fail(more.error());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (const auto count = rows->int64(i); count > 0) {
      return fail(ErrorKind::invalid_input, "model.values",
                  fmt::format("{} rows {}", count, rules[i].words));
    }
  }
  return {};
}

/// Who is exempt from this model on that day, in `anlan_exempt`: two different people approved it.
std::string exempt_sql(const catalog::Model& model, Date as_of) {
  const std::string valid = fmt::format(
      "model_code = {} AND trim(approver_1) <> '' AND trim(approver_2) <> '' AND trim(approver_1) "
      "<> trim(approver_2) "
      "AND expiry_date >= DATE '{}' AND (from_date IS NULL OR from_date <= DATE '{}')",
      sql_quoted(model.code), format_date(as_of), format_date(as_of));
  std::string sql = fmt::format(
      "CREATE OR REPLACE TEMP TABLE anlan_exempt AS "
      "SELECT 'subject' AS what, subject_id AS id FROM exception_list WHERE subject_kind = {} AND "
      "subject_id <> '' AND {} "
      "UNION SELECT 'person', id_no FROM exception_list WHERE id_no <> '' AND {}",
      sql_quoted(model.about), valid, valid);
  if (model.about == "person") {
    sql += fmt::format(
        " UNION SELECT 'subject', id_no FROM exception_list WHERE id_no <> '' AND {}", valid);
  }
  return sql;
}

}  // namespace

Result<std::vector<HitColumn>> hit_columns(
    const catalog::Catalog& catalog,
    const std::vector<std::pair<std::string, std::string>>& columns) {
  std::vector<HitColumn> out;
  std::set<std::string> seen;
  for (const auto& [name, type] : columns) {
    if (!seen.insert(name).second)
      return wrong_columns(fmt::format("column {} is there twice", name));
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!plain)
      return wrong_columns(
          fmt::format("column '{}' needs a plain lower-case name (… as name)", name));
    HitColumn column{name, HitRole::value, ""};
    if (const auto known = expected_columns().find(name); known != expected_columns().end()) {
      column.role = known->second.role;
      if (!known->second.fits(type)) {
        return wrong_columns(
            fmt::format("column {} is {}, expected {}", name, type, known->second.words));
      }
    } else if (name.starts_with("ev_")) {
      column.role = HitRole::evidence;
      column.table = evidence_table(catalog, name);
      if (column.table.empty())
        return wrong_columns(fmt::format("column {} names no canonical table", name));
      if (!is_text(type))
        return wrong_columns(
            fmt::format("column {} is {}, expected the table's row_key", name, type));
    } else if (!is_text(type) && !is_number(type) && type != "DATE" && type != "TIMESTAMP" &&
               type != "BOOLEAN") {
      return wrong_columns(fmt::format(
          "column {} is {}, expected text, a number, a date, a time or a flag", name, type));
    }
    out.push_back(std::move(column));
  }
  for (const char* name : {"subject_id", "month", "amount_fen"}) {
    if (!seen.contains(name)) return wrong_columns(fmt::format("column {} is missing", name));
  }
  return out;
}

std::vector<const catalog::DerivedView*> derived_of(const catalog::Catalog& catalog,
                                                    const catalog::Model& model) {
  std::set<std::string> wanted(model.reads.begin(), model.reads.end());
  wanted.insert(model.needs.begin(), model.needs.end());
  return lake::derived_closure(catalog, std::move(wanted));
}

Status create_derived(lake::Connection& connection, const catalog::DerivedView& view,
                      bool as_table) {
  const std::string origin = "derived/" + view.name + ".sql";
  if (auto portable = check_portable_sql(view.sql, origin); !portable) return portable;
  return lake::create_derived_view(connection, view, as_table);
}

Result<HitTable> find_hits(lake::Connection& connection, const catalog::Catalog& catalog,
                           const catalog::Model& model, const std::vector<BoundParam>& params,
                           Date as_of) {
  const std::string origin = model.name + "/model.sql";
  if (auto portable = check_portable_sql(model.sql, origin); !portable)
    return fail(portable.error());
  const auto sql = bind_sql_params(model.sql, sql_literals(params, as_of), origin);
  if (!sql) return fail(sql.error());
  if (auto found = connection.run("CREATE OR REPLACE TEMP TABLE anlan_hit_found AS " + *sql + "\n");
      !found) {
    return fail(found.error());
  }

  std::vector<std::pair<std::string, std::string>> types;
  {
    const auto rows = connection.query("SELECT * FROM anlan_hit_found LIMIT 0");
    if (!rows) return fail(rows.error());
    for (std::size_t i = 0; i < rows->columns(); ++i)
      types.emplace_back(rows->name(i), rows->type_name(i));
  }
  HitTable table;
  auto columns = hit_columns(catalog, types);
  if (!columns) return fail(columns.error());
  table.columns = std::move(*columns);
  std::string amount_type;
  std::string kept;
  bool has_person = false;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i].first == "amount_fen") amount_type = types[i].second;
    if (table.columns[i].role == HitRole::person_id_no) has_person = true;
    kept += fmt::format("{}{}", i == 0 ? "" : ", ", kept_sql(table.columns[i], types[i].second));
  }
  if (auto good = check_values(connection, table.columns, amount_type); !good)
    return fail(good.error());

  std::string where = "true";
  if (std::find(model.exclude.begin(), model.exclude.end(), "E6") != model.exclude.end()) {
    if (auto exempt = connection.run(exempt_sql(model, as_of)); !exempt)
      return fail(exempt.error());
    where = "NOT (subject_id IN (SELECT id FROM anlan_exempt WHERE what = 'subject')";
    if (has_person) {
      where +=
          " OR coalesce(person_id_no IN (SELECT id FROM anlan_exempt WHERE what = 'person'), "
          "false)";
    }
    where += ")";
  }
  auto made = connection.run(fmt::format(
      "CREATE OR REPLACE TEMP TABLE anlan_hit AS SELECT {} FROM anlan_hit_found WHERE {}", kept,
      where));
  if (!made) return fail(made.error());
  const auto found = connection.query_int("SELECT count(*) FROM anlan_hit_found");
  if (!found) return fail(found.error());
  const auto hits = connection.query_int("SELECT count(*) FROM anlan_hit");
  if (!hits) return fail(hits.error());
  if (auto dropped = connection.run("DROP TABLE anlan_hit_found"); !dropped)
    return fail(dropped.error());
  table.hits = *hits;
  table.excluded = *found - *hits;
  table.ordered_sql = "SELECT * FROM anlan_hit ORDER BY " + order_sql(table.columns);
  return table;
}

}  // namespace anlan::detect
