#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace anlan::server {

/// One bucket of tokens for each key: it fills by itself, and each request takes one. Thread-safe.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `burst` at once, then `per_second` for ever.
  RateLimit(double burst, double per_second) : burst_(burst), per_second_(per_second) {}

  /// Zero if a token was taken; else how long to wait for one.
  std::chrono::milliseconds take(const std::string& key, Time now);
  /// Gives a token back, for what turned out not to count.
  void give_back(const std::string& key);
  std::size_t keys() const;

 private:
  struct Bucket {
    double tokens;
    Time at;
  };
  void forget_full(Time now);

  const double burst_;
  const double per_second_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::size_t forget_at_ = 1024;
};

}  // namespace anlan::server
