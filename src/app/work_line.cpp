#include "app/work_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace anlan::app {

WorkLine::WorkLine(Lang lang) : lang_(lang), terminal_(::isatty(STDERR_FILENO) == 1) {}

WorkLine::~WorkLine() {
  clear();
}

void WorkLine::step(std::string_view zh, std::string_view en) {
  step_ = say(lang_, zh, en);
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{} …", step_);
    std::fflush(stderr);
  } else {
    fmt::print(stderr, "{}\n", step_);
  }
}

void WorkLine::bytes(std::uint64_t done, std::uint64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || now - shown_ < std::chrono::milliseconds(200)) return;
  shown_ = now;
  fmt::print(stderr, "\r\033[K{}  {:.1f} / {:.1f} MB", step_, static_cast<double>(done) / 1e6,
             static_cast<double>(total) / 1e6);
  std::fflush(stderr);
}

void WorkLine::clear() {
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

}  // namespace anlan::app
