#include "detect/rule_hits.hpp"

#include <duckdb.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/text.hpp"

namespace anlan::detect {
namespace {

using nlohmann::ordered_json;

/// Text that holds whatever bytes the lake holds.
std::string dumped(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string evidence_json(const rules::Hit& hit) {
  auto rows = ordered_json::array();
  for (const auto& one : hit.evidence) rows.push_back({one.table, one.key});
  return dumped(rows);
}

std::string values_json(const rules::Hit& hit) {
  auto values = ordered_json::array();
  for (const auto& [name, value] : hit.values) values.push_back({name, value});
  return dumped(values);
}

}  // namespace

struct RuleHits::State {
  lake::Connection* connection;
  duckdb_appender appender = nullptr;

  explicit State(lake::Connection& on) : connection(&on) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (appender != nullptr) duckdb_appender_destroy(&appender);
  }

  void text(const std::string& value) {
    duckdb_append_varchar_length(appender, value.data(), value.size());
  }
  void text_or_null(const std::string& value) {
    if (value.empty()) {
      duckdb_append_null(appender);
    } else {
      text(value);
    }
  }

  tl::unexpected<Error> failed() const {
    const char* words = appender == nullptr ? nullptr : duckdb_appender_error(appender);
    return fail(ErrorKind::unavailable, "engine.sql", words == nullptr ? "appender" : words);
  }
};

RuleHits::RuleHits(std::unique_ptr<State> state) : state_(std::move(state)) {}
RuleHits::RuleHits(RuleHits&&) noexcept = default;
RuleHits& RuleHits::operator=(RuleHits&&) noexcept = default;
RuleHits::~RuleHits() = default;

Result<RuleHits> RuleHits::open(lake::Connection& connection) {
  auto made = connection.run(
      "CREATE TABLE anlan_rule_hit (rule BIGINT, nth BIGINT, subject_id VARCHAR, month INTEGER, "
      "amount_fen BIGINT, person_id_no VARCHAR, scheme VARCHAR, item VARCHAR, evidence VARCHAR, "
      "hit_values VARCHAR)");
  if (!made) return fail(made.error());
  auto state = std::make_unique<State>(connection);
  if (duckdb_appender_create(static_cast<duckdb_connection>(connection.native()), nullptr,
                             "anlan_rule_hit", &state->appender) != DuckDBSuccess)
    return state->failed();
  return RuleHits(std::move(state));
}

Status RuleHits::add(std::size_t rule, std::span<const rules::Hit> hits) {
  auto& state = *state_;
  std::int64_t nth = 0;
  for (const auto& hit : hits) {
    duckdb_append_int64(state.appender, static_cast<std::int64_t>(rule));
    duckdb_append_int64(state.appender, nth++);
    state.text(hit.subject_id);
    if (hit.month == 0) {
      duckdb_append_null(state.appender);
    } else {
      duckdb_append_int32(state.appender, hit.month);
    }
    if (hit.amount_fen) {
      duckdb_append_int64(state.appender, *hit.amount_fen);
    } else {
      duckdb_append_null(state.appender);
    }
    state.text_or_null(hit.person_id_no);
    state.text_or_null(hit.scheme);
    state.text_or_null(hit.item);
    state.text(evidence_json(hit));
    state.text(values_json(hit));
    if (duckdb_appender_end_row(state.appender) != DuckDBSuccess) return state.failed();
  }
  return {};
}

Result<std::int64_t> RuleHits::write(std::size_t rule, const std::filesystem::path& file) {
  if (duckdb_appender_flush(state_->appender) != DuckDBSuccess) return state_->failed();
  auto written = state_->connection->run(
      fmt::format("COPY (SELECT * EXCLUDE (rule, nth) FROM anlan_rule_hit WHERE rule = {} ORDER BY "
                  "subject_id, nth) TO {} (FORMAT parquet)",
                  rule, sql_quoted(file.string())));
  if (!written) return fail(written.error());
  return state_->connection->query_int(
      fmt::format("SELECT count(*) FROM anlan_rule_hit WHERE rule = {}", rule));
}

}  // namespace anlan::detect
