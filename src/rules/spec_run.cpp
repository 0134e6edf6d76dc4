#include "rules/spec_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "catalog/near_name.hpp"
#include "catalog/param_value.hpp"
#include "catalog/spec.hpp"
#include "catalog/spec_difference.hpp"
#include "dossier/build_bucket.hpp"
#include "lake/given_rows.hpp"
#include "rules/check_catalog.hpp"
#include "rules/literals.hpp"
#include "rules/policy_rows.hpp"

namespace anlan::rules {
namespace {

/// A case that gives no day is judged on the day the examples use.
constexpr const char* default_as_of = "2018-12-31";

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

bool SpecResult::passed() const {
  return !error && std::all_of(cases.begin(), cases.end(),
                               [](const CaseResult& one) { return one.passed(); });
}

Result<std::vector<Outcome>> interpret_all(const CheckedRule& rule, const dossier::Bucket& bucket,
                                           const Moment& moment) {
  std::vector<Outcome> outcomes;
  for (std::size_t subject = 0; subject < bucket.subjects; ++subject)
    outcomes.push_back(interpret(rule, {&bucket, subject}, moment));
  return outcomes;
}

Result<SpecRunner> SpecRunner::open(const catalog::Catalog& catalog) {
  lake::EngineOptions options;
  options.threads = 1;  // the cases are tiny
  auto engine = lake::Engine::open(options);
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  if (auto made = lake::create_given_tables(*connection, catalog); !made) return fail(made.error());
  return SpecRunner(catalog, std::move(*engine), std::move(*connection));
}

Result<std::string> SpecRunner::run_case(const catalog::Rule& rule,
                                         const catalog::SpecCase& spec_case, Judge judge) {
  const auto params = params_of(rule, spec_case);
  if (!params) return fail(params.error());
  const auto checked = check_rule_of(*catalog_, rule, *params);
  if (!checked) return fail(checked.error());
  const auto as_of = parse_date(spec_case.as_of.empty() ? default_as_of : spec_case.as_of);
  if (!as_of) return fail(as_of.error());
  for (const auto& given : spec_case.given) {
    if (auto inserted = lake::insert_given(connection_, *catalog_, given); !inserted)
      return fail(inserted.error());
  }
  const auto policies = read_policies(connection_);
  if (!policies) return fail(policies.error());
  const auto bucket = dossier::build_bucket(connection_, *catalog_, *checked->kind);
  if (!bucket) return fail(bucket.error());
  const auto outcomes = judge(*checked, bucket->bucket(), {*as_of, &*policies});
  if (!outcomes) return fail(outcomes.error());
  return compare(*checked, *outcomes, spec_case.expect);
}

SpecResult SpecRunner::run(const catalog::Rule& rule, Judge judge) {
  SpecResult result;
  result.rule = rule.name;
  const auto spec = catalog::parse_spec(rule.spec, rule.name + "/rule.spec");
  if (!spec) {
    result.error = spec.error();
    return result;
  }
  if (spec->cases.empty()) {
    result.error =
        Error{ErrorKind::invalid_input, "spec.empty", rule.name + "/rule.spec has no case"};
    return result;
  }
  if (const auto checked = check_rule_of(*catalog_, rule, {}); !checked) {
    result.error = checked.error();
    return result;
  }
  for (const auto& spec_case : spec->cases) {
    auto difference = run_case(rule, spec_case, judge);
    CaseResult one{spec_case.name, spec_case.line, ""};
    one.difference =
        difference ? std::move(*difference)
                   : fmt::format("{} [{}]\n", difference.error().detail, difference.error().code);
    result.cases.push_back(std::move(one));
    if (auto cleared = lake::clear_given(connection_, *catalog_, spec_case.given); !cleared) {
      result.error = cleared.error();
      return result;
    }
  }
  return result;
}

}  // namespace anlan::rules
