#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace anlan::jobs {

/// What a child says of itself on its own pipe: one JSON object a line, such as
///   {"step":"EP-01","done":3,"total":72}
///   {"error":"workspace.busy"}
struct ProgressLine {
  std::string step;
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::string error;  ///< the code it fails with; then the rest is empty
};
/// Nothing for a line that is none of these.
std::optional<ProgressLine> progress_of(const std::string& line);

/// How a child ended.
struct Ended {
  int exit_code = 0;  ///< 128 + signal if one ended it
  int signal = 0;     ///< 0: it ended by itself
};

struct ChildOptions {
  std::filesystem::path program;
  std::vector<std::string> words;        ///< argv from [1] on
  std::filesystem::path output;          ///< file that gets its standard output
  std::filesystem::path errors;          ///< and its standard error
  std::size_t kept_bytes_max = 4 << 20;  ///< of each; what comes after is read and dropped
  std::function<void(const ProgressLine&)> on_progress;
};

/// A child process that must not outlive this one: the kernel kills it when the thread that started
/// it ends in whatever way. It has a process group of its own, nothing on its standard input, none
/// of our open files but its pipes, and its progress goes to file descriptor 3.
class Child {
 public:
  static constexpr int progress_fd = 3;

  /// Errors: unavailable "job.start", "file.unwritable".
  static Result<std::unique_ptr<Child>> start(ChildOptions options);
  /// Kills what still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Takes in what it says for at most so long; true once it has ended and all is read.
  /// Errors: unavailable "file.unwritable".
  Result<bool> listen(std::chrono::milliseconds at_most);
  void interrupt();                               ///< SIGINT to the child
  void kill();                                    ///< SIGKILL to it and all it started
  const Ended& ended() const { return *ended_; }  ///< once listen() said true
  pid_t pid() const { return pid_; }

 private:
  struct Pipe {
    int from = -1;
    int to = -1;  ///< the file, or -1
    std::size_t kept = 0;
    std::string rest;  ///< of the progress pipe: an unfinished line
  };
  explicit Child(ChildOptions options) : options_(std::move(options)) {}
  Status take(Pipe& pipe, bool is_progress);
  void hear(const std::string& text, Pipe& pipe);
  void close_all();

  ChildOptions options_;
  pid_t pid_ = -1;
  Pipe output_;
  Pipe errors_;
  Pipe progress_;
  std::optional<Ended> ended_;
};

}  // namespace anlan::jobs
