#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace anlan::server {

/// A fixed number of threads that run what may block, in the order it came.
class WorkerPool {
 public:
  WorkerPool(unsigned workers, std::size_t waiting_max);
  /// Runs what is still waiting, then ends.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False if too much waits already: the job is not taken. `always`: taken all the same, for the
  /// next piece of an answer that has begun.
  bool post(std::function<void()> job, bool always = false);
  std::size_t waiting() const;

 private:
  void work();

  const std::size_t waiting_max_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace anlan::server
