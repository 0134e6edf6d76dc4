#include "dossier/list_query.hpp"

#include <duckdb.h>
#include <fmt/format.h>

#include <limits>
#include <set>
#include <vector>

#include "base/text.hpp"
#include "lake/derived.hpp"
#include "lake/stream.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

/// What is known of a column of the result.
struct Shape {
  duckdb_type type = DUCKDB_TYPE_INVALID;
  duckdb_type storage = DUCKDB_TYPE_INVALID;  // of a decimal, else as type
  std::uint8_t scale = 0;
};

bool is_integer(duckdb_type type) {
  return type == DUCKDB_TYPE_TINYINT || type == DUCKDB_TYPE_SMALLINT ||
         type == DUCKDB_TYPE_INTEGER || type == DUCKDB_TYPE_BIGINT || type == DUCKDB_TYPE_HUGEINT;
}

bool fits(const Shape& shape, FieldType field) {
  if (shape.type == DUCKDB_TYPE_SQLNULL) return true;
  const bool whole =
      is_integer(shape.type) || (shape.type == DUCKDB_TYPE_DECIMAL && shape.scale == 0);
  switch (field) {
    case FieldType::month:
    case FieldType::fen:
      return whole;
    case FieldType::integer:
      return whole || shape.type == DUCKDB_TYPE_TIMESTAMP;
    case FieldType::date:
      return shape.type == DUCKDB_TYPE_DATE || shape.type == DUCKDB_TYPE_TIMESTAMP;
    case FieldType::ratio:
      return whole || (shape.type == DUCKDB_TYPE_DECIMAL && shape.scale <= 6);
    case FieldType::flag:
      return shape.type == DUCKDB_TYPE_BOOLEAN;
    case FieldType::text:
      return shape.type == DUCKDB_TYPE_VARCHAR;
  }
  return false;
}

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

template <class T>
T at(const void* data, idx_t row) {
  return static_cast<const T*>(data)[row];
}

/// One column of the chunk at hand.
struct View {
  FieldType field = FieldType::text;
  Shape shape;
  const void* data = nullptr;
  std::uint64_t* validity = nullptr;
  std::int64_t factor = 1;  // of a decimal, to millionths

  bool is_null(idx_t row) const {
    return shape.type == DUCKDB_TYPE_SQLNULL ||
           (validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0);
  }

  /// False if the value does not fit.
  bool number(idx_t row, std::int64_t& out) const {
    switch (shape.storage) {
      case DUCKDB_TYPE_BOOLEAN:
        out = at<bool>(data, row) ? 1 : 0;
        break;
      case DUCKDB_TYPE_TINYINT:
        out = at<std::int8_t>(data, row);
        break;
      case DUCKDB_TYPE_SMALLINT:
        out = at<std::int16_t>(data, row);
        break;
      case DUCKDB_TYPE_INTEGER:
      case DUCKDB_TYPE_DATE:
        out = at<std::int32_t>(data, row);
        break;
      case DUCKDB_TYPE_BIGINT:
        out = at<std::int64_t>(data, row);
        break;
      case DUCKDB_TYPE_TIMESTAMP: {
        constexpr std::int64_t second = 1'000'000;
        out = floor_div(at<std::int64_t>(data, row),
                        field == FieldType::date ? 86'400 * second : second);
        break;
      }
      case DUCKDB_TYPE_HUGEINT: {
        const auto huge = at<duckdb_hugeint>(data, row);
        out = static_cast<std::int64_t>(huge.lower);
        if (huge.upper != (out < 0 ? -1 : 0)) return false;
        break;
      }
      default:
        return false;
    }
    if (factor != 1 && __builtin_mul_overflow(out, factor, &out)) return false;
    if (field == FieldType::month || field == FieldType::date)
      return out > missing_int32 && out <= std::numeric_limits<std::int32_t>::max();
    return out != missing_int64;
  }

  std::string_view text(idx_t row) const {
    auto* value =
        static_cast<duckdb_string_t*>(const_cast<void*>(data)) + row;  // read, never written
    return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
  }
};

}  // namespace

std::string list_sql(const catalog::Catalog& catalog, const catalog::DossierKind& kind,
                     const catalog::DossierList& list) {
  const auto* table = catalog.table(list.from);
  const bool through = table != nullptr && !kind.through_view.empty() && !table->find(list.subject);
  std::string sql = "SELECT ";
  sql += through ? fmt::format("coalesce(s.{}, r.{})", kind.key_column, kind.through_column)
                 : "r." + list.subject;
  sql += " AS subject";
  for (const auto& field : list.fields) sql += ", r." + field.from;
  if (!list.key_column.empty()) sql += ", r." + list.key_column;
  sql += " FROM " + list.from + " r";
  if (through) {
    sql += fmt::format(" LEFT JOIN {0} s ON s.{1} = r.{1}", kind.through_view, kind.through_column);
  }
  sql += " WHERE true";
  for (const auto& [column, value] : list.only)
    sql += fmt::format(" AND CAST(r.{} AS VARCHAR) = {}", column, sql_quoted(value));
  return sql;
}

struct ListQuery::State {
  const catalog::DossierKind* kind = nullptr;
  const catalog::DossierList* list = nullptr;
  std::mutex turn;
  duckdb_prepared_statement statement = nullptr;
  duckdb_pending_result pending = nullptr;
  duckdb_result result{};
  bool has_result = false;
  std::vector<Shape> shapes;

  ~State() {
    if (has_result) duckdb_destroy_result(&result);
    if (pending != nullptr) duckdb_destroy_pending(&pending);
    if (statement != nullptr) duckdb_destroy_prepare(&statement);
  }

  tl::unexpected<Error> failed(const char* words) const {
    const std::string_view text = words == nullptr ? "unknown cause" : words;
    if (text.starts_with("INTERRUPT"))
      return fail(ErrorKind::unavailable, "engine.interrupted", std::string(text));
    return fail(ErrorKind::invalid_input, "dossier.query",
                fmt::format("{}:{}: list {}: {}", kind->file, list->line, list->name, text));
  }

  Status check_shapes() const {
    const auto wrong = [&](int line, const std::string& what, const std::string& expected) {
      return fail(ErrorKind::invalid_input, "dossier.column",
                  fmt::format("{}:{}: list {}: {}, expected {}", kind->file, line, list->name, what,
                              expected));
    };
    for (std::size_t i = 0; i < list->fields.size(); ++i) {
      const auto& field = list->fields[i];
      if (fits(shapes[i + 1], field.type)) continue;
      return wrong(field.line,
                   fmt::format("field {}: column {} of {} has another type", field.name, field.from,
                               list->from),
                   "one that becomes a " + catalog::type_name(field.type));
    }
    if (shapes.front().type != DUCKDB_TYPE_VARCHAR)
      return wrong(list->line, "the subject is no text", "text");
    if (!list->key_column.empty() && shapes.back().type != DUCKDB_TYPE_VARCHAR)
      return wrong(list->line, "the evidence key is no text", "a row_key");
    return {};
  }
};

std::vector<const catalog::DerivedView*> views_of(const catalog::Catalog& catalog,
                                                  const catalog::DossierKind& kind) {
  std::set<std::string> names = {kind.through_view};
  for (const auto& list : kind.lists) names.insert(list.from);
  return lake::derived_closure(catalog, std::move(names));
}

Status create_dossier_views(lake::Connection& connection, const catalog::Catalog& catalog,
                            const catalog::DossierKind& kind) {
  if (auto made = lake::create_compat_macros(connection); !made) return made;
  for (const auto* view : views_of(catalog, kind)) {
    if (auto made = lake::create_derived_view(connection, *view, false); !made) return made;
  }
  return {};
}

ListQuery::ListQuery(std::unique_ptr<State> state) : state_(std::move(state)) {}
ListQuery::ListQuery(ListQuery&&) noexcept = default;
ListQuery& ListQuery::operator=(ListQuery&&) noexcept = default;
ListQuery::~ListQuery() = default;

Result<ListQuery> ListQuery::start(lake::Connection& connection, const catalog::Catalog& catalog,
                                   const catalog::DossierKind& kind, std::size_t list,
                                   const Subjects& subjects) {
  auto state = std::make_unique<State>();
  state->kind = &kind;
  state->list = &kind.lists[list];
  const auto native = static_cast<duckdb_connection>(connection.native());
  auto sql = list_sql(catalog, kind, *state->list);
  if (subjects.id) {
    sql = fmt::format("SELECT * FROM ({}) WHERE subject = {}", sql, sql_quoted(*subjects.id));
  } else if (subjects.slices > 1) {
    // A range of the hash: the engine applies it before it groups, which it does to no remainder.
    const auto width = std::numeric_limits<std::uint64_t>::max() / subjects.slices + 1;
    sql = fmt::format("SELECT * FROM ({}) WHERE hash(subject) >= CAST({} AS UBIGINT)", sql,
                      width * subjects.slice);
    if (subjects.slice + 1 < subjects.slices)
      sql += fmt::format(" AND hash(subject) < CAST({} AS UBIGINT)", width * (subjects.slice + 1));
  }
  if (auto prepared = lake::prepare_stream(native, sql, &state->statement); !prepared)
    return state->failed(prepared.error().detail.c_str());
// Streaming exists in the C API only under a name it calls deprecated; there is no successor yet.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const auto pending = duckdb_pending_prepared_streaming(state->statement, &state->pending);
#pragma GCC diagnostic pop
  if (pending != DuckDBSuccess) return state->failed(duckdb_pending_error(state->pending));
  state->has_result = true;
  if (duckdb_execute_pending(state->pending, &state->result) != DuckDBSuccess)
    return state->failed(duckdb_result_error(&state->result));
  for (idx_t i = 0; i < duckdb_column_count(&state->result); ++i) {
    Shape shape;
    shape.type = duckdb_column_type(&state->result, i);
    shape.storage = shape.type;
    if (shape.type == DUCKDB_TYPE_DECIMAL) {
      auto logical = duckdb_column_logical_type(&state->result, i);
      shape.storage = duckdb_decimal_internal_type(logical);
      shape.scale = duckdb_decimal_scale(logical);
      duckdb_destroy_logical_type(&logical);
    }
    state->shapes.push_back(shape);
  }
  if (auto good = state->check_shapes(); !good) return fail(good.error());
  return ListQuery(std::move(state));
}

Result<bool> ListQuery::next(const Take& take) {
  State& state = *state_;
  duckdb_data_chunk chunk = nullptr;
  {
    const std::lock_guard lock(state.turn);
    chunk = duckdb_fetch_chunk(state.result);
    if (chunk == nullptr) {
      const char* words = duckdb_result_error(&state.result);
      if (words != nullptr && *words != '\0') return state.failed(words);
      return false;
    }
  }
  struct Closer {
    duckdb_data_chunk& chunk;
    ~Closer() { duckdb_destroy_data_chunk(&chunk); }
  } closer{chunk};

  const auto& fields = state.list->fields;
  std::vector<View> views(state.shapes.size());
  for (std::size_t i = 0; i < views.size(); ++i) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    View& view = views[i];
    view.shape = state.shapes[i];
    view.data = duckdb_vector_get_data(vector);
    view.validity = duckdb_vector_get_validity(vector);
    if (i == 0 || i > fields.size()) continue;
    view.field = fields[i - 1].type;
    if (view.field == FieldType::ratio) {
      for (int places = view.shape.scale; places < 6; ++places) view.factor *= 10;
    }
  }
  const View& subject = views.front();
  const bool has_key = views.size() == fields.size() + 2;
  std::vector<CellView> cells(fields.size());
  const idx_t rows = duckdb_data_chunk_get_size(chunk);
  for (idx_t row = 0; row < rows; ++row) {
    if (subject.is_null(row) || subject.text(row).empty()) continue;  // nobody's
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const View& view = views[i + 1];
      CellView& cell = cells[i];
      cell.missing = view.is_null(row);
      if (cell.missing) continue;
      if (view.field == FieldType::text) {
        cell.text = view.text(row);
      } else if (!view.number(row, cell.number)) {
        return fail(
            ErrorKind::invalid_input, "dossier.value",
            fmt::format("{}:{}: list {}: a value of {} is too large for its type", state.kind->file,
                        fields[i].line, state.list->name, fields[i].name));
      }
    }
    const bool keyed = has_key && !views.back().is_null(row);
    take(subject.text(row), cells, keyed ? views.back().text(row) : std::string_view());
  }
  return true;
}

}  // namespace anlan::dossier
