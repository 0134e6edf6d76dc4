#include "ingest/parquet_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingest/sheet_cell.hpp"
#include "lake/engine.hpp"

namespace anlan::ingest {
namespace {

constexpr std::size_t batch_bytes_max = 64 << 20;

/// An open file that the engine reads as /proc/self/fd/N: a path of ours may hold *, ? and [, which
/// to the engine mean several files.
class OpenFile {
 public:
  explicit OpenFile(int file) : file_(file) {}
  OpenFile(OpenFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  ~OpenFile() {
    if (file_ >= 0) ::close(file_);
  }
  std::string sql() const { return fmt::format("read_parquet('/proc/self/fd/{}')", file_); }

 private:
  int file_;
};

std::string quoted_name(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

/// What a column's values are, and the SQL that makes them printable.
struct Column {
  CellKind kind = CellKind::text;
  bool binary_fraction = false;  // FLOAT, DOUBLE
  std::string sql;
  bool printed = false;  // the engine gives text
};

Column plan_column(const std::string& name, const std::string& type) {
  const std::string column = quoted_name(name);
  if (type == "DATE") return {CellKind::date, false, column, false};
  if (type == "BOOLEAN") return {CellKind::boolean, false, column, false};
  if (type == "DOUBLE" || type == "FLOAT") return {CellKind::number, true, column, false};
  if (type == "TIMESTAMP") return {CellKind::date, false, column, false};
  if (type.starts_with("TIMESTAMP_")) {
    return {CellKind::date, false, fmt::format("CAST({} AS TIMESTAMP)", column), false};
  }
  if (type.starts_with("TIMESTAMP WITH")) {  // a moment; ours are read in UTC+8
    return {CellKind::date, false,
            fmt::format("make_timestamp(epoch_us({}) + 28800000000)", column), false};
  }
  const bool exact =
      type.ends_with("INT") || type.ends_with("INTEGER") || type.starts_with("DECIMAL");
  return {exact ? CellKind::number : CellKind::text, false,
          fmt::format("CAST({} AS VARCHAR)", column), false};
}

class ParquetSource : public RecordSource {
 public:
  ParquetSource(OpenFile file, std::string origin, lake::Engine engine, lake::Connection connection)
      : file_(std::move(file)),
        origin_(std::move(origin)),
        engine_(std::move(engine)),
        connection_(std::move(connection)) {}

  Status open() {
    rows_total_ = 0;
    std::string list;
    {
      auto described = connection_.query("DESCRIBE SELECT * FROM " + file_.sql());
      if (!described) return damaged(described.error());
      for (;;) {
        const auto more = described->next();
        if (!more) return damaged(more.error());
        if (!*more) break;
        names_.emplace_back(described->text(0));
        columns_.push_back(plan_column(names_.back(), std::string(described->text(1))));
        if (!list.empty()) list += ", ";
        list += columns_.back().sql;
      }
    }
    const auto total = connection_.query_int("SELECT count(*) FROM " + file_.sql());
    if (!total) return damaged(total.error());
    rows_total_ = *total;
    auto rows = connection_.query(fmt::format("SELECT {} FROM {}", list, file_.sql()));
    if (!rows) return damaged(rows.error());
    rows_.emplace(std::move(*rows));
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].printed = rows_->type_name(i) == "VARCHAR";
    }
    return {};
  }

  Result<bool> next(RecordBatch& batch, std::size_t records_max) override {
    batch.clear();
    if (!header_given_) {
      header_given_ = true;
      for (const auto& name : names_) {
        batch.arena += name;
        end_cell(batch, CellKind::text);
      }
      end_record(batch, 0);
      return true;
    }
    while (!done_ && batch.records() < records_max && batch.arena.size() < batch_bytes_max) {
      const auto more = rows_->next();
      if (!more) {
        done_ = true;
        return damaged(more.error());
      }
      if (!*more) {
        done_ = true;
        break;
      }
      ++row_;
      for (std::size_t i = 0; i < columns_.size(); ++i) append(batch, i);
      end_record(batch, row_);
    }
    return batch.records() > 0;
  }

  double progress() const override {
    if (rows_total_ == 0) return 1;
    return static_cast<double>(row_) / static_cast<double>(rows_total_);
  }

 private:
  tl::unexpected<Error> damaged(const Error& error) const {
    if (error.kind == ErrorKind::unavailable) return fail(error);
    std::string words = error.detail.substr(0, error.detail.find('\n'));
    return fail(ErrorKind::invalid_input, "file.damaged", origin_ + ": " + words);
  }

  void append(RecordBatch& batch, std::size_t column) {
    CellKind kind = columns_[column].kind;
    if (rows_->is_null(column)) {
      kind = CellKind::text;
    } else if (columns_[column].printed) {
      batch.arena += rows_->text(column);
    } else {
      std::string text = rows_->display(column);
      if (columns_[column].binary_fraction) {
        kind = append_decimal(text, batch.arena);
      } else {
        constexpr std::string_view midnight = " 00:00:00";
        if (text.ends_with(midnight)) text.resize(text.size() - midnight.size());
        batch.arena += text;
      }
    }
    end_cell(batch, kind);
  }

  OpenFile file_;
  std::string origin_;
  lake::Engine engine_;
  lake::Connection connection_;
  std::optional<lake::Rows> rows_;
  std::vector<std::string> names_;
  std::vector<Column> columns_;
  std::int64_t rows_total_ = 0;
  std::int64_t row_ = 0;
  bool header_given_ = false;
  bool done_ = false;
};

}  // namespace

Result<std::unique_ptr<RecordSource>> open_parquet(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return fail(ErrorKind::not_found, "file.unreadable",
                path.string() + ": " + std::strerror(errno));
  }
  OpenFile open_file(file);
  // One thread: rows keep their order, and the import's own threads have the rest.
  auto engine = lake::Engine::open(
      {.threads = 1, .memory_bytes = 1'000'000'000, .temp_folder = {}, .read_only_folders = {}});
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  auto source = std::make_unique<ParquetSource>(std::move(open_file), path.filename().string(),
                                                std::move(*engine), std::move(*connection));
  if (const auto opened = source->open(); !opened) return fail(opened.error());
  return source;
}

}  // namespace anlan::ingest
