#include "lake/engine.hpp"

#include <duckdb.h>
#include <fmt/format.h>

#include <array>
#include <thread>

#include "base/check.hpp"
#include "base/text.hpp"
#include "lake/stream.hpp"

namespace anlan::lake {

struct Engine::State {
  duckdb_database database = nullptr;
  ~State() { duckdb_close(&database); }
};

struct Connection::State {
  std::shared_ptr<void> engine;  // keeps the database open
  duckdb_connection connection = nullptr;
  ~State() { duckdb_disconnect(&connection); }
};

struct Rows::State {
  duckdb_prepared_statement statement = nullptr;
  duckdb_pending_result pending = nullptr;
  duckdb_result result{};
  bool has_result = false;
  duckdb_data_chunk chunk = nullptr;
  idx_t row = 0;
  idx_t rows_in_chunk = 0;

  struct Column {
    std::string name;
    duckdb_type type = DUCKDB_TYPE_INVALID;
    duckdb_type decimal_storage = DUCKDB_TYPE_INVALID;
    std::uint8_t decimal_scale = 0;
    void* data = nullptr;
    std::uint64_t* validity = nullptr;
  };
  std::vector<Column> columns;

  ~State() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    if (has_result) duckdb_destroy_result(&result);
    if (pending != nullptr) duckdb_destroy_pending(&pending);
    if (statement != nullptr) duckdb_destroy_prepare(&statement);
  }
};

namespace {

tl::unexpected<Error> engine_error(const char* words) {
  const std::string_view text = words == nullptr ? "unknown cause" : words;
  if (text.starts_with("INTERRUPT")) {
    return fail(ErrorKind::unavailable, "engine.interrupted", std::string(text));
  }
  return fail(ErrorKind::invalid_input, "engine.sql", std::string(text));
}

template <class T>
T value_at(const void* data, idx_t row) {
  return static_cast<const T*>(data)[row];
}

/// Prints a decimal with `scale` places out of its unscaled integer.
std::string decimal_text(std::int64_t unscaled, std::uint8_t scale) {
  const bool negative = unscaled < 0;
  const auto magnitude =
      negative ? 0 - static_cast<std::uint64_t>(unscaled) : static_cast<std::uint64_t>(unscaled);
  std::string digits = fmt::format("{:0{}}", magnitude, scale + 1);
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  return negative ? "-" + digits : digits;
}

std::string type_text(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_DECIMAL:
      return "DECIMAL";
    case DUCKDB_TYPE_VARCHAR:
      return "VARCHAR";
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_TIMESTAMP:
      return "TIMESTAMP";
    case DUCKDB_TYPE_SQLNULL:
      return "NULL";
    default:
      return fmt::format("TYPE_{}", static_cast<int>(type));
  }
}

}  // namespace

Rows::Rows(std::unique_ptr<State> state) : state_(std::move(state)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

std::size_t Rows::columns() const {
  return state_->columns.size();
}
const std::string& Rows::name(std::size_t column) const {
  return state_->columns[column].name;
}

std::string Rows::type_name(std::size_t column) const {
  return type_text(state_->columns[column].type);
}

Result<bool> Rows::next() {
  if (state_->chunk != nullptr && ++state_->row < state_->rows_in_chunk) return true;
  for (;;) {
    if (state_->chunk != nullptr) duckdb_destroy_data_chunk(&state_->chunk);
    state_->chunk = duckdb_fetch_chunk(state_->result);
    if (state_->chunk == nullptr) {
      const char* words = duckdb_result_error(&state_->result);
      if (words != nullptr && *words != '\0') return engine_error(words);
      return false;
    }
    state_->row = 0;
    state_->rows_in_chunk = duckdb_data_chunk_get_size(state_->chunk);
    if (state_->rows_in_chunk == 0) continue;
    for (idx_t i = 0; i < state_->columns.size(); ++i) {
      const duckdb_vector vector = duckdb_data_chunk_get_vector(state_->chunk, i);
      state_->columns[i].data = duckdb_vector_get_data(vector);
      state_->columns[i].validity = duckdb_vector_get_validity(vector);
    }
    return true;
  }
}

bool Rows::is_null(std::size_t column) const {
  const auto& c = state_->columns[column];
  if (c.type == DUCKDB_TYPE_SQLNULL) return true;
  return c.validity != nullptr && !duckdb_validity_row_is_valid(c.validity, state_->row);
}

std::int64_t Rows::int64(std::size_t column) const {
  const auto& c = state_->columns[column];
  const auto type = c.type == DUCKDB_TYPE_DECIMAL ? c.decimal_storage : c.type;
  CHECK(c.type != DUCKDB_TYPE_DECIMAL || c.decimal_scale == 0);
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return value_at<bool>(c.data, state_->row) ? 1 : 0;
    case DUCKDB_TYPE_TINYINT:
      return value_at<std::int8_t>(c.data, state_->row);
    case DUCKDB_TYPE_SMALLINT:
      return value_at<std::int16_t>(c.data, state_->row);
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_DATE:
      return value_at<std::int32_t>(c.data, state_->row);
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_TIMESTAMP:
      return value_at<std::int64_t>(c.data, state_->row);
    case DUCKDB_TYPE_UBIGINT:
      return static_cast<std::int64_t>(value_at<std::uint64_t>(c.data, state_->row));
    case DUCKDB_TYPE_HUGEINT: {
      const auto huge = value_at<duckdb_hugeint>(c.data, state_->row);
      const auto low = static_cast<std::int64_t>(huge.lower);
      CHECK((huge.upper == 0 && low >= 0) || (huge.upper == -1 && low < 0));
      return low;
    }
    default:
      CHECK(false && "not an integer column");
  }
  return 0;
}

double Rows::number(std::size_t column) const {
  const auto& c = state_->columns[column];
  if (c.type == DUCKDB_TYPE_DOUBLE) return value_at<double>(c.data, state_->row);
  if (c.type == DUCKDB_TYPE_FLOAT) {
    return static_cast<double>(value_at<float>(c.data, state_->row));
  }
  if (c.type == DUCKDB_TYPE_DECIMAL) return std::stod(display(column));
  return static_cast<double>(int64(column));
}

std::string_view Rows::text(std::size_t column) const {
  const auto& c = state_->columns[column];
  CHECK(c.type == DUCKDB_TYPE_VARCHAR);
  auto* value = static_cast<duckdb_string_t*>(c.data) + state_->row;
  return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
}

std::string Rows::display(std::size_t column) const {
  if (is_null(column)) return "";
  const auto& c = state_->columns[column];
  switch (c.type) {
    case DUCKDB_TYPE_VARCHAR:
      return std::string(text(column));
    case DUCKDB_TYPE_DATE:
      return format_date(Date{value_at<std::int32_t>(c.data, state_->row)});
    case DUCKDB_TYPE_DOUBLE:
      return fmt::format("{}", value_at<double>(c.data, state_->row));
    case DUCKDB_TYPE_FLOAT:
      return fmt::format("{}", value_at<float>(c.data, state_->row));
    case DUCKDB_TYPE_TIMESTAMP: {
      const auto micros = value_at<std::int64_t>(c.data, state_->row);
      constexpr std::int64_t day_micros = 86'400'000'000;
      const auto days = (micros >= 0 ? micros : micros - (day_micros - 1)) / day_micros;
      const auto seconds = (micros - days * day_micros) / 1'000'000;
      return fmt::format("{} {:02}:{:02}:{:02}", format_date(Date{static_cast<std::int32_t>(days)}),
                         seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    case DUCKDB_TYPE_DECIMAL: {
      std::int64_t unscaled = 0;
      switch (c.decimal_storage) {
        case DUCKDB_TYPE_SMALLINT:
          unscaled = value_at<std::int16_t>(c.data, state_->row);
          break;
        case DUCKDB_TYPE_INTEGER:
          unscaled = value_at<std::int32_t>(c.data, state_->row);
          break;
        case DUCKDB_TYPE_BIGINT:
          unscaled = value_at<std::int64_t>(c.data, state_->row);
          break;
        default: {
          const auto huge = value_at<duckdb_hugeint>(c.data, state_->row);
          unscaled = static_cast<std::int64_t>(huge.lower);
        }
      }
      return decimal_text(unscaled, c.decimal_scale);
    }
    default:
      return fmt::format("{}", int64(column));
  }
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

void Connection::interrupt() {
  duckdb_interrupt(state_->connection);
}
void* Connection::native() const {
  return state_->connection;
}

Status Connection::run(const std::string& sql) {
  duckdb_result result{};
  const auto state = duckdb_query(state_->connection, sql.c_str(), &result);
  if (state == DuckDBSuccess) {
    duckdb_destroy_result(&result);
    return {};
  }
  auto error = engine_error(duckdb_result_error(&result));
  duckdb_destroy_result(&result);
  return error;
}

Result<Rows> Connection::query(const std::string& sql) {
  auto state = std::make_unique<Rows::State>();
  if (auto prepared = prepare_stream(state_->connection, sql, &state->statement); !prepared)
    return fail(prepared.error());
// Streaming exists in the C API only under a name it calls deprecated; there is no successor yet.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const auto pending = duckdb_pending_prepared_streaming(state->statement, &state->pending);
#pragma GCC diagnostic pop
  if (pending != DuckDBSuccess) return engine_error(duckdb_pending_error(state->pending));
  if (duckdb_execute_pending(state->pending, &state->result) != DuckDBSuccess) {
    auto error = engine_error(duckdb_result_error(&state->result));
    duckdb_destroy_result(&state->result);
    return error;
  }
  state->has_result = true;
  const idx_t count = duckdb_column_count(&state->result);
  for (idx_t i = 0; i < count; ++i) {
    Rows::State::Column column;
    column.name = duckdb_column_name(&state->result, i);
    column.type = duckdb_column_type(&state->result, i);
    if (column.type == DUCKDB_TYPE_DECIMAL) {
      auto logical = duckdb_column_logical_type(&state->result, i);
      column.decimal_storage = duckdb_decimal_internal_type(logical);
      column.decimal_scale = duckdb_decimal_scale(logical);
      duckdb_destroy_logical_type(&logical);
    }
    state->columns.push_back(std::move(column));
  }
  return Rows(std::move(state));
}

Result<std::int64_t> Connection::query_int(const std::string& sql) {
  auto rows = query(sql);
  if (!rows) return fail(rows.error());
  const auto more = rows->next();
  if (!more) return fail(more.error());
  return *more && !rows->is_null(0) ? rows->int64(0) : 0;
}

Engine::Engine(std::shared_ptr<State> state) : state_(std::move(state)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

std::string Engine::version() {
  return duckdb_library_version();
}

Result<Engine> Engine::open(const EngineOptions& options) {
  auto state = std::make_shared<State>();
  duckdb_config config = nullptr;
  CHECK(duckdb_create_config(&config) == DuckDBSuccess);
  const unsigned threads =
      options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  const std::pair<const char*, std::string> settings[] = {
      {"threads", std::to_string(threads)},
      {"memory_limit", fmt::format("{}MB", options.memory_bytes / 1'000'000)},
      {"temp_directory", options.temp_folder.string()},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      // The order NULLs sort in differs between engines; models say it themselves, this is a net.
      {"default_null_order", "nulls_first"},
  };
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config, name, value.c_str()) != DuckDBSuccess) {
      duckdb_destroy_config(&config);
      return fail(ErrorKind::unavailable, "engine.open", fmt::format("setting {}={}", name, value));
    }
  }
  char* words = nullptr;
  const auto opened = duckdb_open_ext(nullptr, &state->database, config, &words);
  duckdb_destroy_config(&config);
  if (opened != DuckDBSuccess) {
    auto error = fail(ErrorKind::unavailable, "engine.open", words == nullptr ? "" : words);
    duckdb_free(words);
    return error;
  }
  Engine engine(std::move(state));
  if (!options.read_only_folders.empty()) {
    std::string list;
    for (const auto& folder : options.read_only_folders) {
      if (!list.empty()) list += ", ";
      list += sql_quoted(std::filesystem::absolute(folder).string() + "/");
    }
    auto connection = engine.connect();
    if (!connection) return fail(connection.error());
    for (const std::string& sql : {fmt::format("SET allowed_directories=[{}]", list),
                                   std::string("SET enable_external_access=false"),
                                   std::string("SET lock_configuration=true")}) {
      if (auto done = connection->run(sql); !done) return fail(done.error());
    }
  }
  return engine;
}

Result<Connection> Engine::connect() {
  auto state = std::make_unique<Connection::State>();
  state->engine = state_;
  if (duckdb_connect(state_->database, &state->connection) != DuckDBSuccess) {
    return fail(ErrorKind::unavailable, "engine.open", "cannot connect");
  }
  return Connection(std::move(state));
}

}  // namespace anlan::lake
