#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/lang.hpp"

namespace anlan::app {

/// Tells on standard error what long work is at: one line that changes on a terminal, a line for
/// each step otherwise.
class WorkLine {
 public:
  explicit WorkLine(Lang lang);
  ~WorkLine();
  WorkLine(const WorkLine&) = delete;
  WorkLine& operator=(const WorkLine&) = delete;

  /// A step begins: "复制湖" or "copying the lake".
  void step(std::string_view zh, std::string_view en);
  /// How much of it is done; shown a few times a second at most.
  void bytes(std::uint64_t done, std::uint64_t total);
  void clear();

 private:
  const Lang lang_;
  const bool terminal_;
  std::string step_;
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace anlan::app
