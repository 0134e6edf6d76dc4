#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "access/actor.hpp"
#include "base/file.hpp"
#include "jobs/job.hpp"
#include "jobs/schedule.hpp"

namespace anlan::jobs {

struct RunnerOptions {
  std::filesystem::path program = "/proc/self/exe";
  std::vector<std::string> program_words;  ///< before the verb: "--catalog", its folder, …
  /// From the request to stop until the child is killed.
  std::chrono::milliseconds grace{20'000};
  std::chrono::milliseconds poll{1'000};  ///< for what other processes asked, and for the calendar
  std::chrono::milliseconds busy_pause{2'000};  ///< when another writes the workspace
  std::size_t kept_bytes_max = 4 << 20;         ///< of what a job prints
  std::function<Instant()> clock = Instant::now;
  /// A job began, got on or ended. From the runner's thread; must not wait.
  std::function<void(const Job&)> on_change;
  /// Something was told to the journal.
  std::function<void()> on_written;
};

/// Runs the jobs of a workspace, one at a time, in children of this program; asks for those that
/// the schedules want. Borrows all it is given. One of them for a workspace: who makes it holds the
/// right to serve.
class Runner {
 public:
  Runner(const lake::Workspace& workspace, store::Database& database,
         const catalog::Catalog& catalog, access::Actor who, RunnerOptions options)
      : workspace_(workspace),
        database_(database),
        catalog_(catalog),
        who_(std::move(who)),
        options_(std::move(options)) {}
  ~Runner() { stop(); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Finds what a runner before it left behind: those jobs are lost. To be called once, first.
  Result<std::vector<JobId>> begin();
  /// Runs what is due and waits, until nothing does or `stop` is asked for, in this thread.
  /// Errors: those of the database and the disk; a job that fails is no error.
  Status work(const std::stop_token& stop);

  /// The same in a thread of its own, again and again.
  void start();
  /// There may be something new: after a job was asked for or cancelled. Cheap.
  void notify();
  /// Ends a job that runs as a cancel would, which stands in it; waits for that.
  void stop();
  /// Why the thread's last try failed; "" if it did not.
  std::string trouble();

 private:
  void run(const std::stop_token& stop);
  Status run_job(Job job, const std::stop_token& stop);
  Result<End> end_of(Job& job, const std::stop_token& stop);
  Status finish(Job& job, End how);
  void changed(const Job& job);
  /// For so long, until a notice, or a request to stop.
  void pause(std::chrono::milliseconds at_most, const std::stop_token& stop);

  const lake::Workspace& workspace_;
  store::Database& database_;
  const catalog::Catalog& catalog_;
  const access::Actor who_;
  const RunnerOptions options_;
  /// What became of a job whose end the database could not take yet.
  std::optional<std::pair<Job, End>> unfinished_;

  std::mutex mutex_;
  std::condition_variable_any news_;
  bool notified_ = false;
  std::string trouble_;
  std::jthread thread_;
};

}  // namespace anlan::jobs
