#include "journal/journal.hpp"

#include <algorithm>

namespace anlan::journal {
namespace {

constexpr std::size_t group_max = 16'384;  // our choice: about 8 MB in one write

}  // namespace

/// One caller of record(): what it wants written, and what became of it.
struct Journal::Waiting {
  std::vector<PreparedAct> acts;
  std::vector<Receipt> receipts;
  Status result;
  bool done = false;
};

Journal::Journal(Log log, JournalOptions options)
    : folder_(log.folder()),
      settings_(log.settings()),
      options_([&] {
        if (!options.clock) {
          options.clock = [] {
            return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
          };
        }
        return std::move(options);
      }()),
      log_(std::move(log)) {
  if (options_.publish_after.count() > 0) {
    publisher_ = std::jthread([this](const std::stop_token& stop) { publish_by_itself(stop); });
  }
}

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& folder,
                                               JournalOptions options) {
  auto log = Log::open(folder, options.wait);
  if (!log) return fail(log.error());
  // What a crash left behind is put under a checkpoint before anything else happens.
  if (log->has_unpublished()) {
    if (auto published = log->publish(); !published) return fail(published.error());
  }
  std::unique_ptr<Journal> journal(new Journal(std::move(*log), std::move(options)));
  if (auto finished = journal->finish_erasure(); !finished) return fail(finished.error());
  return journal;
}

Journal::~Journal() {
  if (publisher_.joinable()) {
    publisher_.request_stop();
    publisher_.join();
  }
  (void)publish_now().has_value();
}

Result<Receipt> Journal::record(const Act& act) {
  const auto receipts = record(std::span(&act, 1));
  if (!receipts) return fail(receipts.error());
  return receipts->front();
}

Result<std::vector<Receipt>> Journal::record(std::span<const Act> acts) {
  if (acts.empty()) return std::vector<Receipt>{};
  Waiting mine;
  mine.acts.reserve(acts.size());
  for (const auto& act : acts) {
    auto prepared = prepare(settings_.suite, act);
    if (!prepared) return fail(prepared.error());
    mine.acts.push_back(std::move(*prepared));
  }
  std::unique_lock lock(mutex_);
  queue_.push_back(&mine);
  while (!mine.done) {
    if (leading_) {
      group_done_.wait(lock);
    } else {
      write_group(lock);
    }
  }
  if (!mine.result) return fail(mine.result.error());
  return std::move(mine.receipts);
}

/// Writes all that waits, or as much as makes one group, and tells those whose acts they are.
void Journal::write_group(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  std::vector<Waiting*> group;
  for (std::size_t acts = 0; !queue_.empty() && acts < group_max; queue_.pop_front()) {
    group.push_back(queue_.front());
    acts += queue_.front()->acts.size();
  }
  std::uint64_t index = log_.next();
  const WallTime wall = options_.clock();
  const WallTime at = std::max(wall, log_.last_time());
  lock.unlock();

  const std::string at_text = time_text(at);
  const std::string wall_text = wall == at ? std::string() : time_text(wall);
  std::vector<Placed> records;
  for (Waiting* waiting : group) {
    waiting->receipts.reserve(waiting->acts.size());
    for (auto& act : waiting->acts) {
      waiting->receipts.push_back({index, at});
      records.push_back({index++, act.entry(at_text, wall_text), std::move(act.personal)});
    }
  }
  const auto appended = log_.append(std::move(records), at);

  lock.lock();
  for (Waiting* waiting : group) {
    waiting->result = appended;
    waiting->done = true;
  }
  leading_ = false;
  group_done_.notify_all();
  something_unpublished_.notify_one();
}

std::uint64_t Journal::size() {
  std::unique_lock lock(mutex_);
  group_done_.wait(lock, [&] { return !leading_; });
  return log_.next();
}

Status Journal::publish() {
  return publish_now();
}

Status Journal::publish_now() {
  const std::lock_guard one_publisher(publishing_);
  {
    std::unique_lock lock(mutex_);
    group_done_.wait(lock, [&] { return !leading_; });
    if (!log_.has_unpublished()) return {};
    log_.begin_publication();
  }
  if (auto written = log_.write_publication(); !written) return written;
  return log_.end_publication();
}

void Journal::publish_by_itself(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      something_unpublished_.wait(lock, stop, [&] { return !leading_ && log_.has_unpublished(); });
      if (stop.stop_requested()) return;
      something_unpublished_.wait_for(lock, stop, options_.publish_after, [] { return false; });
    }
    // An error, as a full disk, may pass: what was recorded stays durable and is tried again.
    (void)publish_now().has_value();
  }
}

}  // namespace anlan::journal
