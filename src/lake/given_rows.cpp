#include "lake/given_rows.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/fen.hpp"
#include "base/month.hpp"
#include "base/text.hpp"
#include "catalog/near_name.hpp"
#include "catalog/param_value.hpp"
#include "fund/credit_code.hpp"
#include "fund/id_number.hpp"
#include "lake/views.hpp"

namespace anlan::lake {
namespace {

using catalog::ColumnType;

tl::unexpected<Error> wrong_cell(int line, const std::string& column, const std::string& cell,
                                 std::string_view expected) {
  return fail(ErrorKind::invalid_input, "spec.value",
              fmt::format("line {}: {} is '{}', expected {}", line, column, cell, expected));
}

/// A code as files may carry it: the code, its label, or the code of another system.
std::optional<std::string> code_of(const catalog::CodeList& list, const std::string& cell) {
  for (const auto& value : list.values) {
    if (value.code == cell || value.title.zh == cell) return value.code;
  }
  if (const auto also = list.also.find(cell); also != list.also.end()) return also->second;
  if (list.open) return cell;
  return std::nullopt;
}

/// The cell as a SQL literal, read as a file's cell of that column would be.
Result<std::string> literal(const catalog::Catalog& catalog, const catalog::Column& column,
                            bool in_fen, const std::string& cell, int line) {
  const auto wrong = [&](std::string_view expected) {
    return wrong_cell(line, column.name, cell, expected);
  };
  switch (column.type) {
    case ColumnType::text:
      return sql_quoted(cell);
    case ColumnType::id_no: {
      fund::IdDigits digits{};
      // A wrong check digit is loaded with a mark, so a case may hold one.
      if (fund::normalise_id_no(cell, digits) == fund::IdOutcome::malformed)
        return wrong("15 or 18 digits");
      return sql_quoted(std::string(digits.begin(), digits.end()));
    }
    case ColumnType::uscc: {
      fund::CreditCodeText code{};
      if (fund::normalise_credit_code(cell, code) == fund::CreditCodeOutcome::malformed) {
        return wrong("a credit code of 18 characters");
      }
      return sql_quoted(std::string(code.begin(), code.end()));
    }
    case ColumnType::code: {
      const auto list = catalog.lists.find(column.list);
      const auto code = list == catalog.lists.end() ? cell : code_of(list->second, cell);
      if (!code) return wrong("a code of the list " + column.list);
      return sql_quoted(*code);
    }
    case ColumnType::date: {
      const auto date = parse_date(cell);
      if (!date) return wrong("a date such as 2018-11-30");
      return fmt::format("DATE '{}'", format_date(*date));
    }
    case ColumnType::month: {
      const auto month = parse_month(cell);
      if (!month) return wrong("a month such as 201811");
      return std::to_string(month->value);
    }
    case ColumnType::fen: {
      const auto amount = in_fen ? parse_fen(cell) : parse_yuan(cell);
      if (!amount) return wrong(in_fen ? "an integer of fen" : "yuan with two decimals");
      return std::to_string(amount->value);
    }
    case ColumnType::integer: {
      const auto value = catalog::canonical_param(catalog::ParamType::integer, cell);
      if (!value) return wrong("an integer");
      return *value;
    }
    case ColumnType::ratio: {
      const auto value = catalog::canonical_param(catalog::ParamType::ratio, cell);
      if (!value) return wrong("a decimal number with at most six places");
      return *value;
    }
    case ColumnType::time: {
      const auto space = cell.find_first_of(" T");
      const auto date = parse_date(cell.substr(0, space));
      if (!date) return wrong("a time such as 2018-11-30 08:30:00");
      const std::string clock = space == std::string::npos ? "00:00:00" : cell.substr(space + 1);
      return fmt::format("cast({} AS TIMESTAMP)", sql_quoted(format_date(*date) + " " + clock));
    }
    case ColumnType::flag:
      if (cell == "1" || cell == "是" || cell == "true") return "true";
      if (cell == "0" || cell == "否" || cell == "false") return "false";
      return wrong("1 or 0");
  }
  return wrong("a value");
}

}  // namespace

Status create_given_tables(Connection& connection, const catalog::Catalog& catalog) {
  std::string script;
  for (const auto& table : catalog.tables) {
    std::string columns;
    std::string names;
    for (const auto& column : table.columns) {
      columns += fmt::format("{} {}, ", column.name, sql_type(column));
      names += column.name + ", ";
    }
    script += fmt::format("CREATE TABLE given_{} ({}row_no BIGINT);\n", table.name, columns);
    script += fmt::format(
        "CREATE VIEW {0} AS SELECT {1}{2} AS row_key, row_no, 'given' AS delivery_id FROM "
        "given_{0};\n",
        table.name, names, row_key_sql(table));
  }
  return connection.run(script);
}

Status insert_given(Connection& connection, const catalog::Catalog& catalog,
                    const catalog::SpecTable& given) {
  const auto* table = catalog.table(given.name);
  if (table == nullptr) {
    std::vector<std::string> names;
    for (const auto& known : catalog.tables) names.push_back(known.name);
    return fail(ErrorKind::invalid_input, "spec.table",
                fmt::format("line {}: no table {}{}", given.line, given.name,
                            catalog::did_you_mean(given.name, names)));
  }
  struct Target {
    const catalog::Column* column;
    bool in_fen;
  };
  std::vector<Target> targets;
  std::string columns = "row_no";
  for (const auto& name : given.columns) {
    auto at = table->find(name);
    bool in_fen = false;
    if (!at && name.ends_with("_fen")) {
      at = table->find(name.substr(0, name.size() - 4));
      in_fen = at && table->columns[*at].type == ColumnType::fen;
      if (!in_fen) at.reset();
    }
    if (!at) {
      std::vector<std::string> names;
      for (const auto& known : table->columns) names.push_back(known.name);
      return fail(ErrorKind::invalid_input, "spec.column",
                  fmt::format("line {}: table {} has no column {}{}", given.line, given.name, name,
                              catalog::did_you_mean(name, names)));
    }
    targets.push_back({&table->columns[*at], in_fen});
    columns += ", " + table->columns[*at].name;
  }
  std::string rows;
  for (std::size_t i = 0; i < given.rows.size(); ++i) {
    const auto& row = given.rows[i];
    rows += fmt::format("{}({}", i == 0 ? "" : ", ", i + 1);
    for (std::size_t c = 0; c < targets.size(); ++c) {
      if (!row.cells[c]) {
        rows += ", NULL";
        continue;
      }
      const auto value =
          literal(catalog, *targets[c].column, targets[c].in_fen, *row.cells[c], row.line);
      if (!value) return fail(value.error());
      rows += ", " + *value;
    }
    rows += ")";
  }
  if (rows.empty()) return {};
  return connection.run(
      fmt::format("INSERT INTO given_{} ({}) VALUES {}", given.name, columns, rows));
}

Status clear_given(Connection& connection, const catalog::Catalog& catalog,
                   const std::vector<catalog::SpecTable>& given) {
  for (const auto& one : given) {
    if (catalog.table(one.name) == nullptr) continue;
    if (auto cleared = connection.run("DELETE FROM given_" + one.name); !cleared)
      return fail(cleared.error());
  }
  return {};
}

}  // namespace anlan::lake
