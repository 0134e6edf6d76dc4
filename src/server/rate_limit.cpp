#include "server/rate_limit.hpp"

#include <algorithm>

namespace anlan::server {

std::chrono::milliseconds RateLimit::take(const std::string& key, Time now) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= forget_at_) forget_full(now);
  const auto [one, made] = buckets_.try_emplace(key, Bucket{burst_, now});
  Bucket& bucket = one->second;
  const double seconds = std::chrono::duration<double>(now - bucket.at).count();
  bucket.tokens = std::min(burst_, bucket.tokens + std::max(0.0, seconds) * per_second_);
  bucket.at = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::chrono::milliseconds(0);
  }
  const double wait_ms = (1 - bucket.tokens) / per_second_ * 1000;
  return std::chrono::milliseconds(static_cast<std::int64_t>(wait_ms) + 1);
}

void RateLimit::give_back(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(key);
  if (found != buckets_.end()) found->second.tokens = std::min(burst_, found->second.tokens + 1);
}

std::size_t RateLimit::keys() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

void RateLimit::forget_full(Time now) {
  std::erase_if(buckets_, [&](const auto& one) {
    const double seconds = std::chrono::duration<double>(now - one.second.at).count();
    return one.second.tokens + seconds * per_second_ >= burst_;
  });
  // So that a flood of new keys does not look through all of them for each.
  forget_at_ = std::max<std::size_t>(1024, buckets_.size() * 2);
}

}  // namespace anlan::server
