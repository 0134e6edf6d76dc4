#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace anlan::app {

/// Where a program that started this one hears how far it is: one JSON object a line, on the file
/// descriptor that `--progress-fd` names. Without one, nothing is written.
///   {"step":"EP-01","done":3,"total":72}
///   {"error":"workspace.busy"}
class ProgressPipe {
 public:
  void use(int file);

  /// `done` of `total` parts; the same step a few times a second at most.
  void tell(std::string_view step, std::int64_t done, std::int64_t total);
  void fails(std::string_view code);

 private:
  void write(const std::string& line) const;

  int file_ = -1;
  std::string step_;
  std::chrono::steady_clock::time_point told_{};
};

}  // namespace anlan::app
