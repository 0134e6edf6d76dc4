#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/http.hpp"
#include "server/json_text.hpp"

namespace anlan::server {

/// Tells those who listen that some kind of data has changed. Events carry ids at most: whoever
/// wants to see more asks, and is asked who they are. Thread-safe.
class Live {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t listeners_max = 1000;
  static constexpr std::size_t listeners_of_one_max = 8;
  /// After that the other side comes again, and must still be logged in.
  static constexpr std::chrono::minutes longest{15};

  /// Null if there are too many. `who` is "account:7".
  std::shared_ptr<Feed> listen(const std::string& who, const std::string& session, Time now);
  /// "leads", "runs", "jobs" … with data of one line.
  void tell(std::string_view topic, const Json& data);
  void end_session(const std::string& session);
  void end_account(const std::string& who);
  void end_old(Time now);
  void end_all();
  std::size_t listeners() const;

 private:
  struct Listener {
    std::string who;
    std::string session;
    Time since;
    std::shared_ptr<Feed> feed;
  };
  template <class Which>
  void end_if(Which which);

  mutable std::mutex mutex_;
  std::vector<Listener> listeners_;
  std::uint64_t last_ = 0;
  bool ended_ = false;
};

}  // namespace anlan::server
