#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace anlan::server {

/// What happened, counted, as Prometheus reads it. Thread-safe.
class Metrics {
 public:
  void answered(const std::string& operation, int status, std::chrono::microseconds took);
  void count(const std::string& name, std::uint64_t by = 1);

  struct Gauge {
    std::string name;
    std::string help;
    std::uint64_t value = 0;
    bool counter = false;
  };
  /// The text of /metrics, with values that others keep.
  std::string text(const std::vector<Gauge>& others) const;

 private:
  static constexpr std::array<double, 11> limits = {0.001, 0.0025, 0.005, 0.01, 0.02, 0.05,
                                                    0.1,   0.25,   0.5,   1,    5};
  struct Times {
    std::array<std::uint64_t, limits.size()> below{};
    std::uint64_t all = 0;
    double seconds = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> answers_;
  std::map<std::string, Times> times_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace anlan::server
