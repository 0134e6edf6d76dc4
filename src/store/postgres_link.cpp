#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <unordered_map>

#include "base/check.hpp"
#include "base/text.hpp"
#include "store/dialect.hpp"
#include "store/link.hpp"

namespace anlan::store {
namespace {

constexpr std::size_t kept_statements_max = 500;
constexpr int server_version_min = 150'000;

// Object ids of PostgreSQL's own types, from its catalog pg_type; they never change.
constexpr Oid oid_bool = 16;
constexpr Oid oid_bytea = 17;
constexpr Oid oid_int8 = 20;
constexpr Oid oid_int2 = 21;
constexpr Oid oid_int4 = 23;
constexpr Oid oid_text = 25;
constexpr Oid oid_float4 = 700;
constexpr Oid oid_float8 = 701;
constexpr Oid oid_numeric = 1700;

struct ResultEnd {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPointer = std::unique_ptr<PGresult, ResultEnd>;

struct ConnectionEnd {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionPointer = std::unique_ptr<PGconn, ConnectionEnd>;

/// The first line of what libpq says, without the line end.
std::string first_line(const char* words) {
  return std::string(trim(split(words, '\n').front()));
}

/// What a failed result means to a caller. Only names of tables and constraints are told: the
/// server's own words may hold values.
tl::unexpected<Error> postgres_error(PGconn* connection, const PGresult* result) {
  if (PQstatus(connection) != CONNECTION_OK) {
    return fail(ErrorKind::unavailable, "store.unreachable",
                first_line(PQerrorMessage(connection)));
  }
  const auto field = [&](int code) {
    const char* text = result == nullptr ? nullptr : PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  const auto state = field(PG_DIAG_SQLSTATE);
  const auto what = fmt::format("{} {} {}", state, field(PG_DIAG_TABLE_NAME),
                                field(PG_DIAG_CONSTRAINT_NAME) + field(PG_DIAG_COLUMN_NAME));
  const std::string place(trim(what));
  if (state == "40001" || state == "40P01") return fail(ErrorKind::conflict, "store.retry", place);
  if (state == "55P03") return fail(ErrorKind::unavailable, "store.busy", place);
  if (state == "23505") return fail(ErrorKind::conflict, "store.duplicate", place);
  if (state == "23503") return fail(ErrorKind::conflict, "store.reference", place);
  if (state.starts_with("23")) return fail(ErrorKind::invalid_input, "store.constraint", place);
  if (state == "53100") return fail(ErrorKind::unavailable, "store.full", place);
  if (state.starts_with("57P") || state.starts_with("08")) {
    return fail(ErrorKind::unavailable, "store.unreachable", place);
  }
  if (state.starts_with("58")) return fail(ErrorKind::unavailable, "store.io", place);
  if (state.starts_with("XX")) return fail(ErrorKind::corrupted, "store.corrupted", place);
  // Class 22 quotes the wrong value; all others quote only the statement.
  const auto words = state.starts_with("22") ? "" : field(PG_DIAG_MESSAGE_PRIMARY);
  return fail(ErrorKind::invalid_input, "store.sql",
              std::string(trim(fmt::format("{} {}", place, words))));
}

/// The values of one call in the form libpq takes; borrows the texts.
struct Parameters {
  explicit Parameters(const std::vector<Value>& values) {
    numbers.reserve(values.size());  // the pointers below point into it
    for (const auto& value : values) add(value);
  }

  void add(const Value& value) {
    const auto put = [&](Oid type, const char* text, std::size_t size, int format) {
      types.push_back(type);
      texts.push_back(text);
      sizes.push_back(static_cast<int>(size));
      formats.push_back(format);
    };
    const auto& held = value.held();
    if (const auto* number = std::get_if<std::int64_t>(&held)) {
      numbers.push_back(fmt::format("{}", *number));
      put(oid_int8, numbers.back().c_str(), 0, 0);
    } else if (const auto* real = std::get_if<double>(&held)) {
      numbers.push_back(fmt::format("{}", *real));
      put(oid_float8, numbers.back().c_str(), 0, 0);
    } else if (const auto* text = std::get_if<std::string>(&held)) {
      put(oid_text, text->c_str(), 0, 0);
    } else if (const auto* bytes = std::get_if<Bytes>(&held)) {
      put(oid_bytea, bytes->data.c_str(), bytes->data.size(), 1);
    } else {
      put(0, nullptr, 0, 0);  // the server infers the type
    }
  }

  std::vector<std::string> numbers;
  std::vector<Oid> types;
  std::vector<const char*> texts;
  std::vector<int> sizes;
  std::vector<int> formats;
};

Value number_of(std::string_view text) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc{} && end == text.data() + text.size()) return whole;
  double real = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), real);
  CHECK(read.ec == std::errc{});
  return real;
}

Value value_of(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return {};
  const char* text = PQgetvalue(result, row, column);
  const auto size = static_cast<std::size_t>(PQgetlength(result, row, column));
  switch (PQftype(result, column)) {
    case oid_bool:
      return text[0] == 't';
    case oid_int2:
    case oid_int4:
    case oid_int8:
    case oid_numeric:  // what sum() over {int} gives
      return number_of({text, size});
    case oid_float4:
    case oid_float8: {
      double real = 0;
      std::from_chars(text, text + size, real);
      return real;
    }
    case oid_bytea: {
      std::size_t length = 0;
      unsigned char* bytes = PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &length);
      CHECK(bytes != nullptr);
      Bytes value{std::string(reinterpret_cast<const char*>(bytes), length)};
      PQfreemem(bytes);
      return value;
    }
    default:
      return std::string(text, size);
  }
}

class PostgresLink final : public Link {
 public:
  explicit PostgresLink(ConnectionPointer connection) : connection_(std::move(connection)) {}

  Status begin(Mode mode) override {
    return script(mode == Mode::write ? "BEGIN ISOLATION LEVEL SERIALIZABLE"
                                      : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }

  Status commit() override {
    const ResultPointer result(PQexec(connection_.get(), "COMMIT"));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      // The server may or may not have got it; nobody may run the work again unseen.
      return fail(ErrorKind::unavailable, "store.commit_unknown",
                  first_line(PQerrorMessage(connection_.get())));
    }
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      return postgres_error(connection_.get(), result.get());
    }
    // COMMIT of a transaction that failed before answers ROLLBACK, and no error.
    if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
      return fail(ErrorKind::unavailable, "store.transaction_failed", "");
    }
    return {};
  }

  void roll_back() override {
    if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) (void)script("ROLLBACK");
  }

  Result<Answer> execute(const std::string& sql, const std::vector<Value>& values) override {
    const Parameters parameters(values);
    const auto name = prepared(sql, parameters);
    if (!name) return fail(name.error());
    const ResultPointer result(PQexecPrepared(
        connection_.get(), name->c_str(), static_cast<int>(values.size()), parameters.texts.data(),
        parameters.sizes.data(), parameters.formats.data(), 0));
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      return postgres_error(connection_.get(), result.get());
    }
    Answer answer;
    if (PQntuples(result.get()) > 0) answer.rows = rows_of(result.get());
    // Empty for what counts no rows; SELECT counts those it found, which are not changes.
    const std::string_view tag = PQcmdStatus(result.get());
    if (!tag.starts_with("SELECT")) {
      const std::string_view count = PQcmdTuples(result.get());
      std::from_chars(count.data(), count.data() + count.size(), answer.changed);
    }
    return answer;
  }

  Status script(const std::string& sql) override {
    const ResultPointer result(PQexec(connection_.get(), sql.c_str()));
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      return postgres_error(connection_.get(), result.get());
    }
    return {};
  }

  bool usable() const override {
    return PQstatus(connection_.get()) == CONNECTION_OK &&
           PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
  }

 private:
  /// A statement is prepared once for each list of types it is given.
  Result<std::string> prepared(const std::string& sql, const Parameters& parameters) {
    std::string key = sql;
    for (const Oid type : parameters.types) key += fmt::format(",{}", type);
    if (const auto found = statements_.find(key); found != statements_.end()) return found->second;
    if (statements_.size() >= kept_statements_max) {
      if (auto done = script("DEALLOCATE ALL"); !done) return fail(done.error());
      statements_.clear();
    }
    const auto name = fmt::format("s{}", ++statements_made_);
    const ResultPointer result(
        PQprepare(connection_.get(), name.c_str(), numbered_placeholders(sql).c_str(),
                  static_cast<int>(parameters.types.size()), parameters.types.data()));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      return postgres_error(connection_.get(), result.get());
    }
    statements_.emplace(std::move(key), name);
    return name;
  }

  static Rows rows_of(const PGresult* result) {
    const int columns = PQnfields(result);
    std::vector<std::string> found;
    for (int i = 0; i < columns; ++i) found.emplace_back(PQfname(result, i));
    const auto names = std::make_shared<const std::vector<std::string>>(std::move(found));
    Rows rows;
    for (int row = 0; row < PQntuples(result); ++row) {
      std::vector<Value> values;
      for (int column = 0; column < columns; ++column) {
        values.push_back(value_of(result, row, column));
      }
      rows.emplace_back(names, std::move(values));
    }
    return rows;
  }

  ConnectionPointer connection_;
  std::unordered_map<std::string, std::string> statements_;  ///< text and types → name
  std::uint64_t statements_made_ = 0;
};

}  // namespace

Result<std::unique_ptr<Link>> open_postgres(const std::string& uri, const LinkOptions& options) {
  ConnectionPointer connection(PQconnectdb(uri.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    // libpq's words name host, port and user; never the password.
    return fail(ErrorKind::unavailable, "store.unreachable",
                first_line(PQerrorMessage(connection.get())));
  }
  // Notices would go to standard error.
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  if (PQserverVersion(connection.get()) < server_version_min) {
    return fail(ErrorKind::unavailable, "store.server",
                fmt::format("PostgreSQL {}, expected 15 or later",
                            PQserverVersion(connection.get()) / 10'000));
  }
  const char* encoding = PQparameterStatus(connection.get(), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    return fail(ErrorKind::unavailable, "store.server", "the database's encoding is not UTF8");
  }
  auto link = std::make_unique<PostgresLink>(std::move(connection));
  const auto settings = fmt::format(
      "SET client_encoding = 'UTF8'; SET synchronous_commit = 'on'; SET lock_timeout = {};"
      "SET TimeZone = 'UTC'; SET bytea_output = 'hex'; SET client_min_messages = 'warning';"
      "SET application_name = 'anlan'; SET extra_float_digits = 1",
      options.busy_ms);
  if (auto set = link->script(settings); !set) return fail(set.error());
  return link;
}

}  // namespace anlan::store
