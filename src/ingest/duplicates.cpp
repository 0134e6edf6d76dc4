#include "ingest/duplicates.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "base/text.hpp"
#include "ingest/key_check.hpp"
#include "ingest/part_records.hpp"
#include "ingest/rejects.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"

namespace anlan::ingest {
namespace {

/// Repeated rows of one part: row_no → the key as text.
using Repeated = std::map<std::int64_t, std::string>;

void count_rejected(PartResult& part, std::int64_t rows) {
  part.rows_loaded -= rows;
  part.rows_rejected += rows;
  part.reasons[static_cast<std::size_t>(Reason::key_duplicate)] += rows;
}

/// Of the suspects, the rows whose key really occurred before.
Result<std::map<std::size_t, Repeated>> repeated_rows(lake::Connection& db,
                                                      const std::vector<LoadedRow>& suspects,
                                                      const LoadPlan& plan,
                                                      const std::filesystem::path& folder) {
  if (auto made = db.run("CREATE TEMP TABLE suspect (position BIGINT)"); !made)
    return fail(made.error());
  std::string keys;
  for (const auto& column : plan.table->key) keys += ", " + column;
  bool first = true;
  for (std::size_t i = 0; i < suspects.size();) {
    const std::uint32_t part = suspects[i].part;
    if (auto cleared = db.run("DELETE FROM suspect"); !cleared) return fail(cleared.error());
    while (i < suspects.size() && suspects[i].part == part) {
      std::string values;
      for (int n = 0; n < 10'000 && i < suspects.size() && suspects[i].part == part; ++n, ++i) {
        values += fmt::format("{}({})", values.empty() ? "" : ",", suspects[i].position);
      }
      if (auto put = db.run("INSERT INTO suspect VALUES " + values); !put) return fail(put.error());
    }
    const std::string rows = fmt::format(
        "SELECT {} AS part, row_no, {} AS key_text{} FROM read_parquet({}, file_row_number=true) "
        "WHERE file_row_number IN (SELECT position FROM suspect)",
        part, lake::row_key_sql(*plan.table), keys,
        sql_quoted((folder / part_name(part)).string()));
    if (auto put = db.run((first ? "CREATE TEMP TABLE seen AS " : "INSERT INTO seen ") + rows);
        !put) {
      return fail(put.error());
    }
    first = false;
  }
  auto rows =
      db.query(fmt::format("SELECT part, row_no, key_text FROM (SELECT part, row_no, key_text, "
                           "row_number() OVER (PARTITION BY {} "
                           "ORDER BY part, row_no) AS occurrence FROM seen) WHERE occurrence > 1",
                           keys.substr(2)));
  if (!rows) return fail(rows.error());
  std::map<std::size_t, Repeated> repeated;
  for (;;) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) return repeated;
    repeated[static_cast<std::size_t>(rows->int64(0))].emplace(rows->int64(1), rows->text(2));
  }
}

/// Writes a part anew without its repeated rows.
Status rewrite_part(lake::Connection& db, const std::filesystem::path& file,
                    const Repeated& repeated) {
  if (auto made = db.run("CREATE OR REPLACE TEMP TABLE repeated (row_no BIGINT)"); !made)
    return made;
  std::string values;
  for (auto row = repeated.begin(); row != repeated.end();) {
    values += fmt::format("{}({})", values.empty() ? "" : ",", row->first);
    if (++row == repeated.end() || values.size() > 100'000) {
      if (auto put = db.run("INSERT INTO repeated VALUES " + values); !put) return put;
      values.clear();
    }
  }
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

}  // namespace

Status reject_duplicates(std::vector<PartResult>& parts, const LoadPlan& plan,
                         const std::filesystem::path& folder, std::uint64_t memory_bytes,
                         const std::function<Result<std::unique_ptr<PartSource>>()>& reopen) {
  std::vector<std::vector<std::uint64_t>> hashes;
  for (auto& part : parts) hashes.push_back(std::move(part.key_hashes));
  const auto suspects = rows_with_equal_hash(hashes);
  if (suspects.empty()) return {};

  if (folder.empty()) {
    std::set<std::uint64_t> seen;
    for (const auto& row : suspects) {
      if (!seen.insert(hashes[row.part][row.position]).second) count_rejected(parts[row.part], 1);
    }
    return {};
  }

  auto engine = lake::Engine::open(
      {.threads = 1, .memory_bytes = memory_bytes, .temp_folder = folder / "spill"});
  if (!engine) return fail(engine.error());
  auto db = engine->connect();
  if (!db) return fail(db.error());
  const auto repeated = repeated_rows(*db, suspects, plan, folder);
  if (!repeated) return fail(writing_error(repeated.error()));
  if (repeated->empty()) return {};

  auto source = reopen();
  if (!source) return fail(source.error());
  Part part;
  for (std::size_t number = 0;; ++number) {
    const auto more = (*source)->next(part, plan.part_records);
    if (!more) return fail(more.error());
    if (!*more) break;
    const auto rows = repeated->find(number);
    if (rows == repeated->end()) continue;
    auto& result = parts[number];
    const auto count = static_cast<std::int64_t>(rows->second.size());
    if (count < result.rows_loaded) {
      if (auto done = rewrite_part(*db, folder / part_name(number), rows->second); !done)
        return done;
    } else {
      std::error_code ignored;
      std::filesystem::remove(folder / part_name(number), ignored);
    }
    count_rejected(result, count);
    std::erase_if(result.marked_rows,
                  [&](std::int64_t row_no) { return rows->second.contains(row_no); });

    std::string lines;
    PartRecords records;
    records.start(part, plan.delimiter);
    while (records.next()) {
      const auto row = rows->second.find(records.row_no());
      if (row == rows->second.end()) continue;
      append_reject(lines, row->first, false, fmt::format("{}", fmt::join(plan.table->key, "|")),
                    row->second, Reason::key_duplicate, records.raw());
    }
    if (auto put = append_file(folder / "rejects.csv", lines); !put) return put;
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder / "spill", ignored);
  return {};
}

}  // namespace anlan::ingest
