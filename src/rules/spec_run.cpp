#include "rules/spec_run.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "catalog/near_name.hpp"
#include "catalog/param_value.hpp"
#include "catalog/spec.hpp"
#include "catalog/spec_difference.hpp"
#include "dossier/build_bucket.hpp"
#include "rules/check_catalog.hpp"
#include "rules/literals.hpp"
#include "rules/policy_rows.hpp"

namespace anlan::rules {
namespace {

using Params = std::map<std::string, std::string>;

Result<Params> params_of(const catalog::Rule& rule, const catalog::SpecCase& spec_case) {
  Params params;
  for (const auto& given : spec_case.params) {
    for (const auto& one : rule.params) {
      if (one.param.name != given.name) continue;
      const auto value = catalog::canonical_param(one.param.type, given.value);
      if (!value) {
        return fail(ErrorKind::invalid_input, "spec.value",
                    fmt::format("line {}: {} is '{}', expected {}", given.line, given.name,
                                given.value, catalog::expected_of(one.param.type)));
      }
      params[given.name] = *value;
    }
  }
  return params;
}

/// The columns an `expect` may name, with the kind of those that hold a value of the rule.
std::map<std::string, Kind> columns_of(const CheckedRule& rule) {
  std::map<std::string, Kind> columns = {{"subject_id", Kind::text},
                                         {"month", Kind::month},
                                         {"amount_fen", Kind::integer},
                                         {"scheme", Kind::text},
                                         {"item", Kind::text}};
  for (const auto& list : rule.kind->lists) {
    // Where rows of several tables make one list, every table it reads may be evidence.
    if (!list.key_table.empty()) columns.emplace("ev_" + list.key_table, Kind::text);
    for (const auto& table : list.tables) columns.emplace("ev_" + table, Kind::text);
  }
  for (const auto& part : rule.parts) columns.emplace(part.name, rule.nodes[part.node].type.kind);
  return columns;
}

std::string shown(const Hit& hit, const std::string& column) {
  if (column == "subject_id") return hit.subject_id;
  if (column == "month") return hit.month == 0 ? "-" : format_month(Month{hit.month});
  if (column == "amount_fen") return hit.amount_fen ? std::to_string(*hit.amount_fen) : "-";
  if (column == "scheme") return hit.scheme.empty() ? "-" : hit.scheme;
  if (column == "item") return hit.item.empty() ? "-" : hit.item;
  if (column.starts_with("ev_")) {
    std::string keys;
    for (const auto& one : hit.evidence) {
      if (one.table == column.substr(3)) keys += (keys.empty() ? "" : " + ") + one.key;
    }
    return keys.empty() ? "-" : keys;
  }
  for (const auto& [name, value] : hit.values) {
    if (name == column) return value;
  }
  return "-";
}

/// An expected cell in the form of `shown`.
Result<std::string> expected_text(const std::string& column, Kind kind,
                                  const std::optional<std::string>& cell, int line) {
  if (!cell) return std::string("-");
  if (kind == Kind::text || kind == Kind::boolean) return *cell;
  const auto value = canonical_value(kind, *cell);
  if (!value) {
    return fail(ErrorKind::invalid_input, "spec.value",
                fmt::format("line {}: {} is '{}', expected {}", line, column, *cell,
                            kind == Kind::fen ? "an integer of fen" : kind_name(kind)));
  }
  return canonical_text(Scalar::of(*value), kind);
}

Result<std::string> compare(const CheckedRule& rule, const std::vector<Outcome>& outcomes,
                            const catalog::SpecTable& expect) {
  const auto known = columns_of(rule);
  std::vector<std::string> names;
  for (const auto& [name, kind] : known) names.push_back(name);
  auto columns = expect.columns;
  if (columns.empty()) columns = {"subject_id", "month", "amount_fen"};
  for (const auto& column : columns) {
    if (known.contains(column)) continue;
    return fail(ErrorKind::invalid_input, "spec.column",
                fmt::format("line {}: the rule's hits have no column {}{}", expect.line, column,
                            catalog::did_you_mean(column, names)));
  }
  std::vector<catalog::SpecCells> wanted;
  for (const auto& row : expect.rows) {
    catalog::SpecCells cells;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      auto text = expected_text(columns[c], known.at(columns[c]), row.cells[c], row.line);
      if (!text) return fail(text.error());
      cells.push_back(std::move(*text));
    }
    wanted.push_back(std::move(cells));
  }
  std::vector<catalog::SpecCells> found;
  std::string faults;
  for (const auto& outcome : outcomes) {
    for (const auto& hit : outcome.hits) {
      catalog::SpecCells cells;
      for (const auto& column : columns) cells.push_back(shown(hit, column));
      found.push_back(std::move(cells));
    }
    for (const auto& fault : outcome.faults) {
      faults += fmt::format("error: {} in {}\n", fault_name(fault.fault),
                            rule.written(rule.nodes[fault.at]));
    }
  }
  return catalog::spec_difference(columns, wanted, found) + faults;
}

}  // namespace

Result<std::vector<Outcome>> interpret_all(const CheckedRule& rule, const dossier::Bucket& bucket,
                                           const Moment& moment) {
  std::vector<Outcome> outcomes;
  for (std::size_t subject = 0; subject < bucket.subjects; ++subject)
    outcomes.push_back(interpret(rule, {&bucket, subject}, moment));
  return outcomes;
}

Result<SpecRunner> SpecRunner::open(const catalog::Catalog& catalog) {
  auto cases = lake::SpecCases::open(catalog);
  if (!cases) return fail(cases.error());
  return SpecRunner(catalog, std::move(*cases));
}

Result<std::string> SpecRunner::run_case(const catalog::Rule& rule,
                                         const catalog::SpecCase& spec_case, Date as_of,
                                         Judge judge) {
  const auto params = params_of(rule, spec_case);
  if (!params) return fail(params.error());
  const auto checked = check_rule_of(*catalog_, rule, *params);
  if (!checked) return fail(checked.error());
  const auto policies = read_policies(cases_.connection());
  if (!policies) return fail(policies.error());
  const auto bucket = dossier::build_bucket(cases_.connection(), *catalog_, *checked->kind);
  if (!bucket) return fail(bucket.error());
  const auto outcomes = judge(*checked, bucket->bucket(), {as_of, &*policies});
  if (!outcomes) return fail(outcomes.error());
  return compare(*checked, *outcomes, spec_case.expect);
}

lake::SpecResult SpecRunner::run(const catalog::Rule& rule, Judge judge) {
  return cases_.run(
      rule.spec, rule.name + "/rule.spec",
      [&]() -> Status {
        if (const auto checked = check_rule_of(*catalog_, rule, {}); !checked)
          return fail(checked.error());
        return {};
      },
      [&](const catalog::SpecCase& spec_case, Date as_of) {
        return run_case(rule, spec_case, as_of, judge);
      });
}

}  // namespace anlan::rules
