#include "ingest/part_runner.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "base/text.hpp"
#include "ingest/rejects.hpp"
#include "lake/engine.hpp"

namespace anlan::ingest {
namespace {

/// rejects.csv, written in the order of the parts whichever is ready first; only made when there is
/// something in it.
class RejectFile {
 public:
  explicit RejectFile(std::filesystem::path path) : path_(std::move(path)) {}
  ~RejectFile() {
    if (file_ >= 0) ::close(file_);
  }
  RejectFile(const RejectFile&) = delete;
  RejectFile& operator=(const RejectFile&) = delete;

  Status append(const std::string& lines) {
    if (lines.empty()) return {};
    if (file_ < 0) {
      file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
      if (file_ < 0) return unwritable();
      if (auto put = write(rejects_header()); !put) return put;
    }
    return write(lines);
  }

 private:
  Status unwritable() const {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path_.string() + ": " + std::strerror(errno));
  }
  Status write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::write(file_, text.data(), text.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return unwritable();
      text.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  }

  std::filesystem::path path_;
  int file_ = -1;
};

/// What the threads share; everything below the mutex.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  PartSource* source = nullptr;
  std::size_t parts_taken = 0;
  std::size_t parts_told = 0;  // whose rejects are written
  bool ended = false;
  std::optional<std::pair<std::size_t, Error>> failed;  // the earliest part that failed, and why
  std::vector<std::optional<PartResult>> results;
  std::vector<std::vector<std::string>> preview;
  std::int64_t rows = 0;
  double fraction = -1;
  unsigned running = 0;
  RejectFile* rejects = nullptr;  // nullptr: dry run

  void fail_part(std::size_t number, Error error) {
    if (!failed || number < failed->first) failed = {number, std::move(error)};
    ended = true;
  }
};

Status load_part(lake::Connection& connection, const RunOptions& options, std::size_t number,
                 Shared& shared) {
  if (!options.folder.empty()) {
    return connection.run(
        fmt::format("COPY (SELECT * FROM {}()) TO {} (FORMAT parquet, ROW_GROUP_SIZE 131072)",
                    part_function, sql_quoted((options.folder / part_name(number)).string())));
  }
  auto rows = connection.query(fmt::format("SELECT * FROM {}()", part_function));
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0;; ++i) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    if (number > 0 || i >= options.preview_rows) continue;
    std::vector<std::string> cells;
    for (std::size_t c = 0; c < rows->columns(); ++c) cells.push_back(rows->display(c));
    const std::lock_guard lock(shared.mutex);
    shared.preview.push_back(std::move(cells));
  }
}

void work(const LoadPlan& plan, const RunOptions& options, Shared& shared) {
  PartLoader loader(plan);
  auto engine = lake::Engine::open({.threads = 1,
                                    .memory_bytes = std::max<std::uint64_t>(
                                        options.memory_bytes / options.threads, 256'000'000)});
  std::optional<Error> broken;
  if (!engine) broken = engine.error();
  auto connection = engine ? engine->connect() : Result<lake::Connection>(fail(*broken));
  if (connection) {
    if (auto attached = loader.attach(*connection); !attached) broken = attached.error();
  } else {
    broken = connection.error();
  }

  Part part;
  for (;;) {
    {
      const std::lock_guard lock(shared.mutex);
      if (shared.ended) return;
      const std::size_t number = shared.parts_taken;
      if (broken) return shared.fail_part(number, *broken);
      auto more = shared.source->next(part, plan.part_records);
      if (!more) return shared.fail_part(number, more.error());
      if (!*more) {
        shared.ended = true;
        return;
      }
      part.number = shared.parts_taken++;
      shared.fraction = shared.source->progress();
    }
    loader.start(part);
    const auto loaded = load_part(*connection, options, part.number, shared);
    auto result = loader.finish();

    const std::lock_guard lock(shared.mutex);
    if (!result || !loaded) {
      return shared.fail_part(part.number, result ? writing_error(loaded.error()) : result.error());
    }
    if (result->rows_loaded == 0 && !options.folder.empty()) {
      std::error_code ignored;
      std::filesystem::remove(options.folder / part_name(part.number), ignored);
    }
    shared.rows += result->rows_read;
    if (shared.results.size() <= part.number) shared.results.resize(part.number + 1);
    shared.results[part.number] = std::move(*result);
    while (shared.parts_told < shared.results.size() && shared.results[shared.parts_told]) {
      auto& lines = shared.results[shared.parts_told]->rejects;
      if (shared.rejects != nullptr) {
        if (auto put = shared.rejects->append(lines); !put) {
          return shared.fail_part(shared.parts_told, put.error());
        }
      }
      std::string().swap(lines);
      ++shared.parts_told;
    }
  }
}

}  // namespace

std::string part_name(std::size_t number) {
  return fmt::format("part-{:05}.parquet", number);
}

Error writing_error(const Error& error) {
  if (error.code == "engine.sql" && (error.detail.starts_with("IO Error") ||
                                     error.detail.find("No space left") != std::string::npos)) {
    return {ErrorKind::unavailable, "file.unwritable", error.detail};
  }
  return error;
}

Result<RunResult> run_parts(PartSource& source, const LoadPlan& plan, const RunOptions& options,
                            const std::function<void(std::int64_t, double)>& progress) {
  std::optional<RejectFile> rejects;
  if (!options.folder.empty()) rejects.emplace(options.folder / "rejects.csv");
  Shared shared;
  shared.source = &source;
  shared.rejects = rejects ? &*rejects : nullptr;
  shared.running = options.threads;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&] {
      work(plan, options, shared);
      const std::lock_guard lock(shared.mutex);
      --shared.running;
      shared.changed.notify_all();
    });
  }
  for (std::unique_lock lock(shared.mutex); shared.running > 0;) {
    shared.changed.wait_for(lock, std::chrono::milliseconds(200));
    if (!progress) continue;
    const auto rows = shared.rows;
    const auto fraction = shared.fraction;
    lock.unlock();
    progress(rows, fraction);
    lock.lock();
  }
  threads.clear();
  if (shared.failed) return fail(shared.failed->second);

  RunResult result;
  result.preview = std::move(shared.preview);
  for (auto& part : shared.results) result.parts.push_back(std::move(*part));
  return result;
}

}  // namespace anlan::ingest
