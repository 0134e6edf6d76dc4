#include "server/worker_pool.hpp"

#include <utility>

namespace anlan::server {

WorkerPool::WorkerPool(unsigned workers, std::size_t waiting_max) : waiting_max_(waiting_max) {
  for (unsigned i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  news_.notify_all();
}

bool WorkerPool::post(std::function<void()> job, bool always) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || (!always && jobs_.size() >= waiting_max_)) return false;
    jobs_.push_back(std::move(job));
  }
  news_.notify_one();
  return true;
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void WorkerPool::work() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      news_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace anlan::server
