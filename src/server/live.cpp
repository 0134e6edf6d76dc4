#include "server/live.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace anlan::server {

std::shared_ptr<Feed> Live::listen(const std::string& who, const std::string& session, Time now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const Listener& one) { return one.feed->closed(); });
  const auto own = std::count_if(listeners_.begin(), listeners_.end(),
                                 [&](const Listener& one) { return one.who == who; });
  if (ended_ || listeners_.size() >= listeners_max ||
      static_cast<std::size_t>(own) >= listeners_of_one_max) {
    return nullptr;
  }
  auto feed = std::make_shared<Feed>();
  // The first bytes let the other side know at once that it is heard.
  feed->push("retry: 3000\n\n");
  listeners_.push_back({who, session, now, feed});
  return feed;
}

void Live::tell(std::string_view topic, const Json& data) {
  std::vector<std::shared_ptr<Feed>> feeds;
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    text = fmt::format("id: {}\nevent: {}\ndata: {}\n\n", ++last_, topic, json_text(data));
    for (const auto& one : listeners_) feeds.push_back(one.feed);
  }
  // Without the lock: a feed wakes the network.
  for (const auto& feed : feeds) feed->push(text);
}

template <class Which>
void Live::end_if(Which which) {
  std::vector<std::shared_ptr<Feed>> feeds;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [&](const Listener& one) {
      if (!which(one)) return one.feed->closed();
      feeds.push_back(one.feed);
      return true;
    });
  }
  for (const auto& feed : feeds) feed->close();
}

void Live::end_session(const std::string& session) {
  end_if([&](const Listener& one) { return !session.empty() && one.session == session; });
}

void Live::end_account(const std::string& who) {
  end_if([&](const Listener& one) { return one.who == who; });
}

void Live::end_old(Time now) {
  end_if([&](const Listener& one) { return now - one.since >= longest; });
}

void Live::end_all() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  end_if([](const Listener&) { return true; });
}

std::size_t Live::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

}  // namespace anlan::server
