#include "jobs/runner.hpp"

#include <algorithm>

#include "jobs/child.hpp"

namespace anlan::jobs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view busy_code = "workspace.busy";
constexpr auto listen_at_most = std::chrono::milliseconds(100);
constexpr auto progress_kept_each = std::chrono::milliseconds(1'000);
constexpr auto progress_told_each = std::chrono::milliseconds(250);

/// The whole inbox, and there is nothing in it.
bool finds_nothing(const Work& work, const lake::Workspace& workspace) {
  if (work.kind != Kind::import || !work.paths.empty()) return false;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(workspace.inbox(), error)) {
    if (entry.is_regular_file(error) && !entry.path().filename().string().starts_with('.'))
      return false;
  }
  return true;
}

}  // namespace

Result<std::vector<JobId>> Runner::begin() {
  auto lost = database_.write([&](store::Transaction& transaction) {
    return note_lost(transaction, who_, options_.clock());
  });
  if (!lost) return lost;
  if (!lost->empty() && options_.on_written) options_.on_written();
  return lost;
}

Status Runner::work(const std::stop_token& stop) {
  if (unfinished_) {
    auto [job, how] = std::move(*unfinished_);
    unfinished_.reset();
    if (auto finished = finish(job, std::move(how)); !finished) return finished;
  }
  while (!stop.stop_requested()) {
    const auto now = options_.clock();
    // Most of the time there is nothing, and nobody needs to wait for us.
    const auto something = database_.read([&](store::Transaction& transaction) {
      return has_work(transaction, catalog_.calendar, now);
    });
    if (!something) return fail(something.error());
    if (!*something) return {};
    const auto next =
        database_.write([&](store::Transaction& transaction) -> Result<std::optional<Job>> {
          if (const auto asked = ask_due(transaction, who_, catalog_.calendar, now); !asked)
            return fail(asked.error());
          return begin_next(transaction, who_, now);
        });
    if (!next) return fail(next.error());
    if (!*next) return {};
    if (options_.on_written) options_.on_written();
    if (auto ran = run_job(**next, stop); !ran) return ran;
  }
  return {};
}

Status Runner::run_job(Job job, const std::stop_token& stop) {
  changed(job);
  auto how = finds_nothing(job.work, workspace_)
                 ? Result<End>(End{.exit_code = 0, .result = R"({"files":0})"})
                 : end_of(job, stop);
  if (!how) {
    // The disk is full, or no process could be started: the job failed, and that is for its reader.
    how = End{.state = State::failed, .error = how.error().code};
  }
  if (how->state == State::failed && how->error == busy_code) {
    // Somebody imports by hand: this one waits for its turn.
    const auto back = database_.write([&](store::Transaction& transaction) {
      return put_back(transaction, who_, job.id, options_.clock());
    });
    if (!back) return back;
    job.state = State::waiting;
    changed(job);
    pause(options_.busy_pause, stop);
    return {};
  }
  return finish(job, std::move(*how));
}

/// Starts the child, stays with it, and says how it went.
Result<End> Runner::end_of(Job& job, const std::stop_token& stop) {
  const auto folder = workspace_.jobs() / std::to_string(job.id.value);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorKind::unavailable, "file.unwritable", folder.string());
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);

  std::string failing;
  bool has_news = false;
  ChildOptions options;
  options.program = options_.program;
  options.words = options_.program_words;
  for (const char* word : {"--json", "--progress-fd", "3"}) options.words.emplace_back(word);
  for (auto& word : command_line(job.work, workspace_)) options.words.push_back(std::move(word));
  options.output = folder / "output";
  options.errors = folder / "errors";
  options.kept_bytes_max = options_.kept_bytes_max;
  options.on_progress = [&](const ProgressLine& line) {
    if (!line.error.empty()) {
      failing = line.error;
      return;
    }
    job.progress = Progress{line.step, line.done, line.total};
    has_news = true;
  };
  auto child = Child::start(std::move(options));
  if (!child) return fail(child.error());

  bool unwanted = false;
  bool stopping = false;
  bool killed = false;
  auto asked_to_end = Clock::time_point::max();
  auto looked = Clock::now();
  auto told = looked - progress_told_each;
  auto kept = looked - progress_kept_each;
  for (;;) {
    const auto over = (*child)->listen(listen_at_most);
    if (!over) return fail(over.error());
    const auto now = Clock::now();
    if (has_news && (now - told >= progress_told_each || *over)) {
      told = now;
      has_news = false;
      changed(job);
    }
    if (job.progress && (now - kept >= progress_kept_each || *over)) {
      kept = now;
      // Only for who looks: a busy database must not end the job.
      (void)database_
          .write([&](store::Transaction& transaction) {
            return note_progress(transaction, job.id, *job.progress, options_.clock());
          })
          .has_value();
    }
    if (*over) break;
    if (!unwanted && now - looked >= options_.poll / 2) {
      looked = now;
      const auto asked = database_.read(
          [&](store::Transaction& transaction) { return is_unwanted(transaction, job.id); });
      unwanted = asked && *asked;
    }
    stopping = stopping || stop.stop_requested();
    if ((unwanted || stopping) && asked_to_end == Clock::time_point::max()) {
      asked_to_end = now;
      (*child)->interrupt();
    }
    if (!killed && asked_to_end != Clock::time_point::max() &&
        now - asked_to_end >= options_.grace) {
      killed = true;
      (*child)->kill();
    }
  }

  const auto& ended = (*child)->ended();
  End how{.exit_code = ended.exit_code};
  if (ended.exit_code == 0 || ended.exit_code == 3) {
    // Also when somebody wanted it to stop: it was faster.
    if (const auto printed = read_file(folder / "output"))
      how.result = result_of(job.work.kind, *printed);
    return how;
  }
  if (unwanted || stopping) {
    how.state = State::cancelled;
    how.error = unwanted ? "" : "job.server_stopped";
    return how;
  }
  how.state = State::failed;
  how.error = !failing.empty()         ? failing
              : ended.signal != 0      ? "job.killed"
              : ended.exit_code == 2   ? "job.words"
              : ended.exit_code == 127 ? "job.start"
                                       : "job.failed";
  return how;
}

Status Runner::finish(Job& job, End how) {
  job.state = how.state;
  job.exit_code = how.exit_code;
  job.result = how.result;
  job.error = how.error;
  const auto ended = database_.write([&](store::Transaction& transaction) {
    return end(transaction, who_, job.id, how, options_.clock());
  });
  if (!ended) {
    unfinished_.emplace(job, std::move(how));
    return ended;
  }
  if (options_.on_written) options_.on_written();
  changed(job);
  return {};
}

void Runner::changed(const Job& job) {
  if (options_.on_change) options_.on_change(job);
}

void Runner::pause(std::chrono::milliseconds at_most, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, stop, at_most, [this] { return notified_; });
  notified_ = false;
}

void Runner::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Runner::notify() {
  {
    const std::lock_guard lock(mutex_);
    notified_ = true;
  }
  news_.notify_all();
}

void Runner::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

std::string Runner::trouble() {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Runner::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto worked = work(stop);
    {
      const std::lock_guard lock(mutex_);
      trouble_ = worked ? "" : worked.error().code;
    }
    pause(options_.poll, stop);
  }
}

}  // namespace anlan::jobs
