#include "server/metrics.hpp"

#include <fmt/format.h>

namespace anlan::server {

void Metrics::answered(const std::string& operation, int status, std::chrono::microseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const std::lock_guard lock(mutex_);
  ++answers_[{operation, status}];
  Times& times = times_[operation];
  for (std::size_t i = 0; i < limits.size(); ++i) {
    if (seconds <= limits[i]) ++times.below[i];
  }
  ++times.all;
  times.seconds += seconds;
}

void Metrics::count(const std::string& name, std::uint64_t by) {
  const std::lock_guard lock(mutex_);
  counts_[name] += by;
}

std::string Metrics::text(const std::vector<Gauge>& others) const {
  const std::lock_guard lock(mutex_);
  std::string text =
      "# HELP anlan_requests_total Requests answered, by operation and status.\n"
      "# TYPE anlan_requests_total counter\n";
  for (const auto& [key, count] : answers_) {
    text += fmt::format("anlan_requests_total{{operation=\"{}\",status=\"{}\"}} {}\n", key.first,
                        key.second, count);
  }
  text +=
      "# HELP anlan_request_seconds Time in the handler, waiting for a worker left out.\n"
      "# TYPE anlan_request_seconds histogram\n";
  for (const auto& [operation, times] : times_) {
    for (std::size_t i = 0; i < limits.size(); ++i) {
      text += fmt::format("anlan_request_seconds_bucket{{operation=\"{}\",le=\"{}\"}} {}\n",
                          operation, limits[i], times.below[i]);
    }
    text += fmt::format(
        "anlan_request_seconds_bucket{{operation=\"{0}\",le=\"+Inf\"}} {1}\n"
        "anlan_request_seconds_sum{{operation=\"{0}\"}} {2:.6f}\n"
        "anlan_request_seconds_count{{operation=\"{0}\"}} {1}\n",
        operation, times.all, times.seconds);
  }
  for (const auto& [name, count] : counts_) {
    text += fmt::format("# TYPE anlan_{0}_total counter\nanlan_{0}_total {1}\n", name, count);
  }
  for (const auto& gauge : others) {
    text += fmt::format("# HELP anlan_{0} {1}\n# TYPE anlan_{0} {2}\nanlan_{0} {3}\n", gauge.name,
                        gauge.help, gauge.counter ? "counter" : "gauge", gauge.value);
  }
  return text;
}

}  // namespace anlan::server
