#include "lake/stream.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/text.hpp"

namespace anlan::lake {
namespace {

using Json = nlohmann::json;

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether the rows of this operator of a physical plan come out of one pipeline. What is not known
/// does not.
bool ends_in_one_pipeline(const Json& plan) {
  // These hand on the rows of their first child.
  static constexpr std::array<std::string_view, 5> passing = {
      "PROJECTION", "FILTER", "STREAMING_WINDOW", "STREAMING_LIMIT", "UNNEST"};
  // These have all rows before they give out the first, or read them.
  static constexpr std::array<std::string_view, 15> sources = {"READ_PARQUET",
                                                               "SEQ_SCAN",
                                                               "TABLE_SCAN",
                                                               "COLUMN_DATA_SCAN",
                                                               "DUMMY_SCAN",
                                                               "EMPTY_RESULT",
                                                               "CTE_SCAN",
                                                               "HASH_GROUP_BY",
                                                               "PERFECT_HASH_GROUP_BY",
                                                               "ORDER_BY",
                                                               "SIMPLE_AGGREGATE",
                                                               "WINDOW",
                                                               "UNGROUPED_AGGREGATE",
                                                               "TOP_N",
                                                               "LIMIT"};
  static constexpr std::array<std::string_view, 6> one_sided = {"INNER", "LEFT", "SEMI",
                                                                "ANTI",  "MARK", "SINGLE"};
  for (const Json* at = &plan;;) {
    const auto padded = at->value("name", "");
    const auto name = trim(padded);
    if (is_one_of(name, sources)) return true;
    if (name == "HASH_JOIN") {
      const auto info = at->value("extra_info", Json::object());
      if (!is_one_of(info.value("Join Type", ""), one_sided)) return false;
    } else if (!is_one_of(name, passing)) {
      return false;
    }
    const auto children = at->find("children");
    if (children == at->end() || children->empty()) return false;
    at = &children->front();
  }
}

Status failure(const char* words) {
  return fail(ErrorKind::invalid_input, "engine.sql", words == nullptr ? "unknown cause" : words);
}

struct Answer {
  duckdb_result result{};
  ~Answer() { duckdb_destroy_result(&result); }
};

/// The text of the plan; "" if the engine explains no such statement.
std::string plan_of(duckdb_connection connection, const std::string& sql) {
  Answer answer;
  if (duckdb_query(connection, ("EXPLAIN (FORMAT json) " + sql).c_str(), &answer.result) !=
      DuckDBSuccess)
    return "";
  char* text = duckdb_value_varchar(&answer.result, 1, 0);
  std::string plan = text == nullptr ? "" : text;
  duckdb_free(text);
  return plan;
}

}  // namespace

Status prepare_stream(duckdb_connection connection, const std::string& sql,
                      duckdb_prepared_statement* prepared) {
  if (duckdb_prepare(connection, sql.c_str(), prepared) != DuckDBSuccess)
    return failure(duckdb_prepare_error(*prepared));
  if (duckdb_prepared_statement_type(*prepared) != DUCKDB_STATEMENT_TYPE_SELECT) return {};
  const auto plan = Json::parse(plan_of(connection, sql), nullptr, false);
  if (!plan.is_array() || plan.empty() || ends_in_one_pipeline(plan.front())) return {};
  duckdb_destroy_prepare(prepared);
  const auto end = sql.find_last_not_of("; \n\t");
  const auto gathered =
      "WITH gathered AS MATERIALIZED (" + sql.substr(0, end + 1) + "\n) SELECT * FROM gathered";
  if (duckdb_prepare(connection, gathered.c_str(), prepared) != DuckDBSuccess)
    return failure(duckdb_prepare_error(*prepared));
  return {};
}

}  // namespace anlan::lake
