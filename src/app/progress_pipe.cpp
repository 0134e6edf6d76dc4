#include "app/progress_pipe.hpp"

#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace anlan::app {

using Json = nlohmann::ordered_json;

void ProgressPipe::use(int file) {
  file_ = file;
  // Whoever listened may be gone: no reason to stop working.
  ::signal(SIGPIPE, SIG_IGN);
}

void ProgressPipe::tell(std::string_view step, std::int64_t done, std::int64_t total) {
  if (file_ < 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (step == step_ && done < total && now - told_ < std::chrono::milliseconds(200)) return;
  told_ = now;
  step_ = step;
  write(Json{{"step", step}, {"done", done}, {"total", total}}.dump(
      -1, ' ', false, Json::error_handler_t::replace));
}

void ProgressPipe::fails(std::string_view code) {
  if (file_ >= 0) write(Json{{"error", code}}.dump());
}

void ProgressPipe::write(const std::string& line) const {
  const auto whole = line + "\n";
  // Short enough to be written in one piece; nothing depends on it.
  if (::write(file_, whole.data(), whole.size()) < 0) return;
}

}  // namespace anlan::app
