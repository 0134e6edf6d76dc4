#include "ingest/duplicates.hpp"

#include <duckdb.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"
#include "ingest/key_check.hpp"
#include "ingest/part_records.hpp"
#include "ingest/rejects.hpp"
#include "lake/engine.hpp"

namespace anlan::ingest {
namespace {

constexpr std::size_t lines_waiting = 1 << 20;  // bytes of rejects.csv

/// A row whose key occurred before.
struct Repeated {
  std::int64_t row_no = 0;
  std::string key;  // as evidence names it
};

void count_rejected(PartResult& part, std::int64_t rows) {
  part.rows_loaded -= rows;
  part.rows_rejected += rows;
  part.reasons[static_cast<std::size_t>(Reason::key_duplicate)] += rows;
}

/// Knows nothing of the hash that the loader gives a key.
std::uint64_t other_hash(std::string_view text) {
  std::uint64_t sum = 0xCBF29CE484222325;  // FNV-1a, and a last stir
  for (const char byte : text) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  sum = (sum ^ sum >> 32) * 0xD6E8FEB86659FD93;
  return sum ^ sum >> 32;
}

/// Of the suspects of one part, the rows whose key was seen before; the others are seen now.
Result<std::vector<Repeated>> repeated_rows(lake::Connection& db, const LoadPlan& plan,
                                            const std::filesystem::path& file,
                                            const std::vector<bool>& suspects,
                                            const std::vector<std::uint64_t>& hashes,
                                            SeenKeys& seen) {
  std::string columns;
  for (const auto& column : plan.table->key)
    columns += fmt::format(", CAST({} AS VARCHAR)", column);
  auto rows = db.query(
      fmt::format("SELECT row_no{} FROM read_parquet({})", columns, sql_quoted(file.string())));
  if (!rows) return fail(rows.error());
  std::vector<Repeated> repeated;
  std::string exact;
  for (std::size_t position = 0;; ++position) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) return repeated;
    CHECK(position < suspects.size());
    if (!suspects[position]) continue;
    // With its lengths, so that "a|b", "c" and "a", "b|c" are different keys.
    exact.clear();
    for (std::size_t i = 1; i < rows->columns(); ++i) {
      exact += rows->is_null(i) ? "-|" : fmt::format("{}|{}", rows->text(i).size(), rows->text(i));
    }
    if (!seen.put(hashes[position], other_hash(exact))) continue;
    Repeated row{rows->int64(0), {}};
    for (std::size_t i = 1; i < rows->columns(); ++i) {
      if (i > 1) row.key += '|';
      if (!rows->is_null(i)) row.key += rows->text(i);
    }
    repeated.push_back(std::move(row));
  }
}

/// Fills the table `repeated` of the engine. Values in the text of a statement cost it far more.
Status tell_repeated(lake::Connection& db, const std::vector<Repeated>& repeated) {
  if (auto made = db.run("CREATE OR REPLACE TABLE repeated (row_no BIGINT)"); !made) return made;
  duckdb_appender appender = nullptr;
  bool good = duckdb_appender_create(static_cast<duckdb_connection>(db.native()), nullptr,
                                     "repeated", &appender) == DuckDBSuccess;
  for (std::size_t i = 0; good && i < repeated.size(); ++i) {
    good = duckdb_append_int64(appender, repeated[i].row_no) == DuckDBSuccess &&
           duckdb_appender_end_row(appender) == DuckDBSuccess;
  }
  good = duckdb_appender_destroy(&appender) == DuckDBSuccess && good;
  return good ? Status() : fail(ErrorKind::unavailable, "engine.sql", "rows cannot be appended");
}

/// Writes a part anew without its repeated rows.
Status rewrite_part(lake::Connection& db, const std::filesystem::path& file,
                    const std::vector<Repeated>& repeated) {
  if (auto told = tell_repeated(db, repeated); !told) return told;
  const std::string aside = file.string() + ".new";
  auto written =
      db.run(fmt::format("COPY (SELECT * FROM read_parquet({}) WHERE row_no NOT IN (SELECT row_no "
                         "FROM repeated)) TO {} "
                         "(FORMAT parquet, ROW_GROUP_SIZE 131072)",
                         sql_quoted(file.string()), sql_quoted(aside)));
  if (!written) return fail(writing_error(written.error()));
  std::error_code error;
  std::filesystem::rename(aside, file, error);
  if (error)
    return fail(ErrorKind::unavailable, "file.unwritable", file.string() + ": " + error.message());
  return {};
}

Status append_file(const std::filesystem::path& file, const std::string& text) {
  const bool fresh = !std::filesystem::exists(file);
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  const std::string all = fresh ? rejects_header() + text : text;
  std::string_view left = all;
  while (out >= 0 && !left.empty()) {
    const ssize_t put = ::write(out, left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) break;
    left.remove_prefix(static_cast<std::size_t>(put));
  }
  const int cause = errno;
  if (out >= 0) ::close(out);
  if (left.empty()) return {};
  return fail(ErrorKind::unavailable, "file.unwritable",
              file.string() + ": " + std::strerror(cause));
}

/// Appends the repeated rows, as they were received, to rejects.csv.
Status list_repeated(const Part& part, const LoadPlan& plan, const std::vector<Repeated>& repeated,
                     const std::filesystem::path& file) {
  const auto columns = fmt::format("{}", fmt::join(plan.table->key, "|"));
  std::string lines;
  PartRecords records;
  records.start(part, plan.delimiter);
  // Both go by row number.
  for (auto row = repeated.begin(); row != repeated.end() && records.next();) {
    if (records.row_no() != row->row_no) continue;
    append_reject(lines, row->row_no, false, columns, row->key, Reason::key_duplicate,
                  records.raw());
    if (++row != repeated.end() && lines.size() < lines_waiting) continue;
    if (auto put = append_file(file, lines); !put) return put;
    lines.clear();
  }
  return {};
}

}  // namespace

Status reject_duplicates(std::vector<PartResult>& parts, const LoadPlan& plan,
                         const std::filesystem::path& folder, std::uint64_t memory_bytes,
                         const std::function<Result<std::unique_ptr<PartSource>>()>& reopen) {
  std::vector<std::vector<std::uint64_t>> hashes;
  for (auto& part : parts) hashes.push_back(std::move(part.key_hashes));
  const auto suspects = rows_with_equal_hash(hashes);
  const auto first = std::find_if(suspects.begin(), suspects.end(),
                                  [](const auto& part) { return !part.empty(); });
  if (first == suspects.end()) return {};

  SeenKeys seen;
  if (folder.empty()) {
    for (std::size_t number = 0; number < parts.size(); ++number) {
      for (std::size_t i = 0; i < suspects[number].size(); ++i) {
        if (suspects[number][i] && seen.put(hashes[number][i], 0)) count_rejected(parts[number], 1);
      }
    }
    return {};
  }

  auto engine = lake::Engine::open(
      {.threads = 1, .memory_bytes = memory_bytes, .temp_folder = folder / "spill"});
  if (!engine) return fail(engine.error());
  auto db = engine->connect();
  if (!db) return fail(db.error());
  auto source = reopen();
  if (!source) return fail(source.error());
  Part part;
  for (std::size_t number = 0; number < parts.size(); ++number) {
    if (plan.stop != nullptr && plan.stop->load())
      return fail(ErrorKind::unavailable, "import.interrupted", plan.file);
    const auto more = (*source)->next(part, plan.part_records);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (suspects[number].empty()) continue;
    const auto file = folder / part_name(number);
    const auto repeated = repeated_rows(*db, plan, file, suspects[number], hashes[number], seen);
    if (!repeated) return fail(writing_error(repeated.error()));
    if (repeated->empty()) continue;

    auto& result = parts[number];
    const auto count = static_cast<std::int64_t>(repeated->size());
    if (count < result.rows_loaded) {
      if (auto done = rewrite_part(*db, file, *repeated); !done) return done;
    } else {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
    }
    count_rejected(result, count);
    std::erase_if(result.marked_rows, [&](std::int64_t row_no) {
      const auto row =
          std::lower_bound(repeated->begin(), repeated->end(), row_no,
                           [](const Repeated& a, std::int64_t b) { return a.row_no < b; });
      return row != repeated->end() && row->row_no == row_no;
    });
    if (auto listed = list_repeated(part, plan, *repeated, folder / "rejects.csv"); !listed)
      return listed;
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder / "spill", ignored);
  return {};
}

}  // namespace anlan::ingest
