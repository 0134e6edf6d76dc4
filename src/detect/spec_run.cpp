#include "detect/spec_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/fen.hpp"
#include "base/month.hpp"
#include "base/text.hpp"
#include "catalog/near_name.hpp"
#include "catalog/spec.hpp"
#include "detect/model_query.hpp"
#include "detect/portable_sql.hpp"
#include "fund/credit_code.hpp"
#include "fund/id_number.hpp"
#include "lake/views.hpp"

namespace anlan::detect {
namespace {

using catalog::ColumnType;

/// A case that gives no day is judged on the day the examples use.
constexpr const char* default_as_of = "2018-12-31";

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
      const auto value = read_param(catalog::ParamType::integer, cell);
      if (!value) return wrong("an integer");
      return *value;
    }
    case ColumnType::ratio: {
      const auto value = read_param(catalog::ParamType::ratio, cell);
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

Status insert_rows(lake::Connection& connection, const catalog::Catalog& catalog,
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

/// An expected cell in the form in which the hit's value is shown.
Result<std::string> expected_text(const std::string& column, const std::string& type,
                                  const std::optional<std::string>& cell, int line) {
  if (!cell) return std::string("-");
  if (column == "month") {
    const auto month = parse_month(*cell);
    if (!month) return wrong_cell(line, column, *cell, "a month such as 201811");
    return std::to_string(month->value);
  }
  if (type == "DATE") {
    const auto date = parse_date(*cell);
    if (!date) return wrong_cell(line, column, *cell, "a date such as 2018-11-30");
    return format_date(*date);
  }
  return *cell;
}

/// 0.50 and 0.5 are one number.
std::string plain_number(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool has_places(const std::string& type) {
  return type == "DOUBLE" || type == "DECIMAL";
}

using HitText = std::vector<std::string>;

std::string difference_text(const std::vector<std::string>& columns,
                            const std::vector<HitText>& missing,
                            const std::vector<HitText>& unexpected) {
  std::vector<HitText> lines;
  lines.push_back(columns);
  lines.back().insert(lines.back().begin(), "");
  for (const auto& hit : missing) {
    lines.push_back(hit);
    lines.back().insert(lines.back().begin(), "missing");
  }
  for (const auto& hit : unexpected) {
    lines.push_back(hit);
    lines.back().insert(lines.back().begin(), "unexpected");
  }
  std::vector<std::size_t> widths(columns.size() + 1);
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c)
      widths[c] = std::max(widths[c], display_width(line[c]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t c = 0; c < line.size(); ++c) text += pad_right(line[c], widths[c] + 2);
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

/// "" if the hits are those expected, compared as a set with repetitions in the columns that
/// `expect` names.
Result<std::string> compare(lake::Connection& connection, const HitTable& hits,
                            const catalog::SpecTable& expect) {
  auto rows = connection.query(hits.ordered_sql);
  if (!rows) return fail(rows.error());
  std::vector<std::string> columns = expect.columns;
  if (columns.empty()) {
    for (std::size_t i = 0; i < rows->columns(); ++i) columns.push_back(rows->name(i));
  }
  std::vector<std::size_t> places;
  for (const auto& column : columns) {
    std::size_t at = 0;
    while (at < rows->columns() && rows->name(at) != column) ++at;
    if (at == rows->columns()) {
      std::vector<std::string> names;
      for (std::size_t i = 0; i < rows->columns(); ++i) names.push_back(rows->name(i));
      return fail(ErrorKind::invalid_input, "spec.column",
                  fmt::format("line {}: the model gives no column {}{}", expect.line, column,
                              catalog::did_you_mean(column, names)));
    }
    places.push_back(at);
  }
  std::map<HitText, int> wanted;  // how often still wanted
  std::vector<HitText> in_order;
  for (const auto& row : expect.rows) {
    HitText hit;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto type = rows->type_name(places[c]);
      auto text = expected_text(columns[c], type, row.cells[c], row.line);
      if (!text) return fail(text.error());
      hit.push_back(has_places(type) ? plain_number(*text) : *text);
    }
    ++wanted[hit];
    in_order.push_back(std::move(hit));
  }
  std::vector<HitText> unexpected;
  for (;;) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) break;
    HitText hit;
    for (const std::size_t at : places) {
      const auto text = rows->is_null(at) ? "-" : rows->display(at);
      hit.push_back(has_places(rows->type_name(at)) ? plain_number(text) : text);
    }
    const auto found = wanted.find(hit);
    if (found != wanted.end() && found->second > 0) {
      --found->second;
    } else {
      unexpected.push_back(std::move(hit));
    }
  }
  std::vector<HitText> missing;
  for (const auto& hit : in_order) {
    if (wanted[hit] > 0) {
      --wanted[hit];
      missing.push_back(hit);
    }
  }
  if (missing.empty() && unexpected.empty()) return std::string();
  return difference_text(columns, missing, unexpected);
}

Result<std::string> run_case(lake::Connection& connection, const catalog::Catalog& catalog,
                             const catalog::Model& model, const catalog::SpecCase& spec_case) {
  std::map<std::string, std::string> overrides;
  for (const auto& param : spec_case.params) overrides[param.name] = param.value;
  const auto params = bind_params(model, overrides);
  if (!params) return fail(params.error());
  const auto as_of = parse_date(spec_case.as_of.empty() ? default_as_of : spec_case.as_of);
  if (!as_of) return fail(as_of.error());
  for (const auto& given : spec_case.given) {
    if (auto inserted = insert_rows(connection, catalog, given); !inserted)
      return fail(inserted.error());
  }
  const auto hits = find_hits(connection, catalog, model, *params, *as_of);
  if (!hits) return fail(hits.error());
  return compare(connection, *hits, spec_case.expect);
}

}  // namespace

bool SpecResult::passed() const {
  return !error && std::all_of(cases.begin(), cases.end(),
                               [](const CaseResult& one) { return one.passed(); });
}

Result<SpecRunner> SpecRunner::open(const catalog::Catalog& catalog) {
  lake::EngineOptions options;
  options.threads = 1;  // the cases are tiny
  auto engine = lake::Engine::open(options);
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  std::string script;
  for (const auto& table : catalog.tables) {
    std::string columns;
    std::string names;
    for (const auto& column : table.columns) {
      columns += fmt::format("{} {}, ", column.name, lake::sql_type(column));
      names += column.name + ", ";
    }
    script += fmt::format("CREATE TABLE given_{} ({}row_no BIGINT);\n", table.name, columns);
    script += fmt::format(
        "CREATE VIEW {0} AS SELECT {1}{2} AS row_key, row_no, 'given' AS delivery_id FROM "
        "given_{0};\n",
        table.name, names, lake::row_key_sql(table));
  }
  if (auto made = connection->run(script); !made) return fail(made.error());
  if (auto made = create_compat_macros(*connection); !made) return fail(made.error());
  return SpecRunner(catalog, std::move(*engine), std::move(*connection));
}

SpecResult SpecRunner::run(const catalog::Model& model) {
  SpecResult result;
  result.model = model.name;
  const auto spec = catalog::parse_spec(model.spec, model.name + "/model.spec");
  if (!spec) {
    result.error = spec.error();
    return result;
  }
  if (spec->cases.empty()) {
    result.error =
        Error{ErrorKind::invalid_input, "spec.empty", model.name + "/model.spec has no case"};
    return result;
  }
  if (auto portable = check_portable_sql(model.sql, model.name + "/model.sql"); !portable) {
    result.error = portable.error();
    return result;
  }
  for (const auto* view : derived_of(*catalog_, model)) {
    if (auto made = create_derived(connection_, *view, false); !made) {
      result.error = made.error();
      return result;
    }
  }
  for (const auto& spec_case : spec->cases) {
    auto difference = run_case(connection_, *catalog_, model, spec_case);
    CaseResult one{spec_case.name, spec_case.line, ""};
    one.difference =
        difference ? std::move(*difference)
                   : fmt::format("{} [{}]\n", difference.error().detail, difference.error().code);
    result.cases.push_back(std::move(one));
    for (const auto& given : spec_case.given) {
      if (catalog_->table(given.name) == nullptr) continue;
      const auto cleared = connection_.run("DELETE FROM given_" + given.name);
      if (!cleared) {
        result.error = cleared.error();
        return result;
      }
    }
  }
  return result;
}

}  // namespace anlan::detect
