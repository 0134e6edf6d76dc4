#include "detect/spec_run.hpp"

#include <fmt/format.h>

#include <map>

#include "base/month.hpp"
#include "base/text.hpp"
#include "catalog/near_name.hpp"
#include "catalog/spec.hpp"
#include "catalog/spec_difference.hpp"
#include "detect/model_query.hpp"
#include "detect/portable_sql.hpp"
#include "lake/derived.hpp"

namespace anlan::detect {
namespace {

tl::unexpected<Error> wrong_cell(int line, const std::string& column, const std::string& cell,
                                 std::string_view expected) {
  return fail(ErrorKind::invalid_input, "spec.value",
              fmt::format("line {}: {} is '{}', expected {}", line, column, cell, expected));
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
  std::vector<HitText> wanted;
  for (const auto& row : expect.rows) {
    HitText hit;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto type = rows->type_name(places[c]);
      auto text = expected_text(columns[c], type, row.cells[c], row.line);
      if (!text) return fail(text.error());
      hit.push_back(has_places(type) ? plain_number(*text) : *text);
    }
    wanted.push_back(std::move(hit));
  }
  std::vector<HitText> found;
  for (;;) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) break;
    HitText hit;
    for (const std::size_t at : places) {
      const auto text = rows->is_null(at) ? "-" : rows->display(at);
      hit.push_back(has_places(rows->type_name(at)) ? plain_number(text) : text);
    }
    found.push_back(std::move(hit));
  }
  return catalog::spec_difference(columns, wanted, found);
}

Result<std::string> run_case(lake::Connection& connection, const catalog::Catalog& catalog,
                             const catalog::Model& model, const catalog::SpecCase& spec_case,
                             Date as_of) {
  std::map<std::string, std::string> overrides;
  for (const auto& param : spec_case.params) overrides[param.name] = param.value;
  const auto params = bind_params(model, overrides);
  if (!params) return fail(params.error());
  const auto hits = find_hits(connection, catalog, model, *params, as_of);
  if (!hits) return fail(hits.error());
  return compare(connection, *hits, spec_case.expect);
}

Status create_views(lake::Connection& connection, const catalog::Catalog& catalog,
                    const catalog::Model& model) {
  if (auto portable = check_portable_sql(model.sql, model.name + "/model.sql"); !portable)
    return portable;
  for (const auto* view : derived_of(catalog, model)) {
    if (auto made = create_derived(connection, *view, false); !made) return made;
  }
  return {};
}

}  // namespace

Result<SpecRunner> SpecRunner::open(const catalog::Catalog& catalog) {
  auto cases = lake::SpecCases::open(catalog);
  if (!cases) return fail(cases.error());
  if (auto made = lake::create_compat_macros(cases->connection()); !made) return fail(made.error());
  return SpecRunner(catalog, std::move(*cases));
}

lake::SpecResult SpecRunner::run(const catalog::Model& model) {
  return cases_.run(
      model.spec, model.name + "/model.spec",
      [&] { return create_views(cases_.connection(), *catalog_, model); },
      [&](const catalog::SpecCase& spec_case, Date as_of) {
        return run_case(cases_.connection(), *catalog_, model, spec_case, as_of);
      });
}

}  // namespace anlan::detect
