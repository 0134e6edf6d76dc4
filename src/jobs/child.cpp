#include "jobs/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

extern char** environ;

namespace anlan::jobs {
namespace {

constexpr std::size_t line_bytes_max = 4096;

struct Ends {
  int read = -1;
  int write = -1;
  void close() {
    if (read >= 0) ::close(read);
    if (write >= 0) ::close(write);
    read = write = -1;
  }
};

Result<Ends> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(ErrorKind::unavailable, "job.start", std::strerror(errno));
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Ends{ends[0], ends[1]};
}

Result<int> open_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                fmt::format("{}: {}", path.string(), std::strerror(errno)));
  }
  return file;
}

/// Moves the descriptors behind 3, where no dup2 below can hit them.
int out_of_the_way(int file) {
  return ::fcntl(file, F_DUPFD_CLOEXEC, 10);
}

/// What runs between fork and exec: nothing but system calls, since other threads held locks when
/// this process was copied. Never returns.
[[noreturn]] void become(const char* program, char* const* words, const std::array<int, 4>& files,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it has died meanwhile: no signal will come
  ::setpgid(0, 0);
  for (int i = 0; i < 4; ++i) {
    if (::dup2(files[static_cast<std::size_t>(i)], i) < 0) ::_exit(127);
  }
  ::syscall(SYS_close_range, 4U, ~0U, 0U);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // What was ignored where this program was started, as in the background of a script, would be
  // ignored in there, too.
  for (const int one : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(one, SIG_DFL);
  ::execve(program, words, environ);
  ::_exit(127);
}

bool write_all(int file, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto put = ::write(file, bytes, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes += put;
    size -= static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace

std::optional<ProgressLine> progress_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    if (json.contains("error")) return ProgressLine{.error = json.at("error")};
    ProgressLine told{json.at("step"), json.at("done"), json.at("total"), {}};
    if (told.done < 0 || told.total < 0) return std::nullopt;
    return told;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

Result<std::unique_ptr<Child>> Child::start(ChildOptions options) {
  std::unique_ptr<Child> child(new Child(std::move(options)));
  const auto& asked = child->options_;
  auto output = open_file(asked.output);
  if (!output) return fail(output.error());
  child->output_.to = *output;
  auto errors = open_file(asked.errors);
  if (!errors) return fail(errors.error());
  child->errors_.to = *errors;

  std::array<Ends, 3> pipes;
  const auto give_up = [&](std::string why) {
    for (auto& one : pipes) one.close();
    return fail(ErrorKind::unavailable, "job.start", std::move(why));
  };
  for (auto& one : pipes) {
    auto made = make_pipe();
    if (!made) return give_up(made.error().detail);
    one = *made;
  }
  std::array<int, 4> files{out_of_the_way(::open("/dev/null", O_RDONLY | O_CLOEXEC)), -1, -1, -1};
  for (std::size_t i = 0; i < 3; ++i) files[i + 1] = out_of_the_way(pipes[i].write);

  std::vector<std::string> words = {"anlan"};
  words.insert(words.end(), asked.words.begin(), asked.words.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string program = asked.program.string();
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid == 0) become(program.c_str(), argv.data(), files, parent);
  const int cause = errno;
  for (const int file : files) {
    if (file >= 0) ::close(file);
  }
  if (pid < 0) return give_up(std::strerror(cause));
  ::setpgid(pid, pid);  // whichever of the two comes first
  child->pid_ = pid;
  child->output_.from = pipes[0].read;
  child->errors_.from = pipes[1].read;
  child->progress_.from = pipes[2].read;
  for (auto& one : pipes) ::close(one.write);
  return child;
}

Child::~Child() {
  if (pid_ > 0 && !ended_) {
    kill();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  close_all();
}

void Child::close_all() {
  for (auto* pipe : {&output_, &errors_, &progress_}) {
    if (pipe->from >= 0) ::close(pipe->from);
    if (pipe->to >= 0) ::close(pipe->to);
    pipe->from = pipe->to = -1;
  }
}

void Child::interrupt() {
  if (pid_ > 0 && !ended_) ::kill(pid_, SIGINT);
}

void Child::kill() {
  if (pid_ > 0 && !ended_) ::kill(-pid_, SIGKILL);
}

void Child::hear(const std::string& text, Pipe& pipe) {
  pipe.rest += text;
  for (;;) {
    const auto end = pipe.rest.find('\n');
    if (end == std::string::npos) break;
    if (const auto told = progress_of(pipe.rest.substr(0, end)); told && options_.on_progress)
      options_.on_progress(*told);
    pipe.rest.erase(0, end + 1);
  }
  if (pipe.rest.size() > line_bytes_max) pipe.rest.clear();  // no line of ours
}

/// All that lies in the pipe now.
Status Child::take(Pipe& pipe, bool is_progress) {
  std::array<char, 65536> piece;
  for (;;) {
    const auto got = ::read(pipe.from, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};  // nothing more for now
    if (got == 0) {
      ::close(pipe.from);
      pipe.from = -1;
      return {};
    }
    const auto size = static_cast<std::size_t>(got);
    if (is_progress) {
      hear(std::string(piece.data(), size), pipe);
      continue;
    }
    const auto kept = std::min(size, options_.kept_bytes_max - pipe.kept);
    if (!write_all(pipe.to, piece.data(), kept)) {
      return fail(ErrorKind::unavailable, "file.unwritable",
                  options_.output.parent_path().string() + ": " + std::strerror(errno));
    }
    pipe.kept += kept;
  }
}

Result<bool> Child::listen(std::chrono::milliseconds at_most) {
  std::array<pollfd, 3> open{};
  nfds_t count = 0;
  for (auto* pipe : {&output_, &errors_, &progress_}) {
    if (pipe->from >= 0) open.at(count++) = {pipe->from, POLLIN, 0};
  }
  if (count > 0) {
    ::poll(open.data(), count, static_cast<int>(at_most.count()));
  } else {
    // It closed its pipes and goes on: nothing to hear, its end is still to be waited for.
    ::poll(nullptr, 0, static_cast<int>(std::min<std::int64_t>(at_most.count(), 20)));
  }
  int status = 0;
  const auto gone = ::waitpid(pid_, &status, WNOHANG);
  // Read after that: whatever it said before its end lies in the pipes now.
  for (auto* pipe : {&output_, &errors_, &progress_}) {
    if (pipe->from < 0) continue;
    if (auto taken = take(*pipe, pipe == &progress_); !taken) return fail(taken.error());
  }
  if (gone != pid_) return false;
  ::kill(-pid_, SIGKILL);  // what it may have left behind in its group
  if (WIFSIGNALED(status)) {
    ended_ = Ended{128 + WTERMSIG(status), WTERMSIG(status)};
  } else {
    ended_ = Ended{WEXITSTATUS(status), 0};
  }
  close_all();
  return true;
}

}  // namespace anlan::jobs
