#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace anlan::server {

// Requests and responses as plain values: what handles them knows neither sockets nor threads.

/// One header field; the name in lower case.
using Field = std::pair<std::string, std::string>;

/// Takes a large body piece by piece while it arrives, so that no request is held in memory whole.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Runs on a worker. Errors end the request.
  virtual Status take(std::string_view piece) = 0;
  /// Of all that was taken, in hex.
  virtual const std::string& sha256() = 0;
};

struct Request {
  std::string id;      ///< given by the server; what a user quotes when something went wrong
  std::string method;  ///< "GET"
  std::string target;  ///< as received: "/api/leads?limit=5"
  std::vector<Field> fields;
  std::string body;
  std::shared_ptr<BodySink> sink;  ///< has the body instead, if this is an upload
  std::string peer;     ///< address of the other side, for rate limits only; never logged
  bool secure = false;  ///< came over TLS

  /// The value of a header field, "" if there is none.
  std::string_view field(std::string_view name) const;
  std::string_view path() const;   ///< the target up to the question mark
  std::string_view query() const;  ///< behind it
};

/// Text that is sent to one listener piece by piece as it comes about. Thread-safe.
class Feed {
 public:
  /// False if the listener is too slow or gone: the text was dropped and the feed is closed.
  bool push(std::string_view text);
  void close();
  bool closed() const;

  // For the network only.
  /// What came since, "" if nothing did; nothing at the end.
  std::optional<std::string> take();
  /// Called from any thread after each push and after close.
  void on_news(std::function<void()> wake);

 private:
  static constexpr std::size_t waiting_bytes_max = 256 * 1024;
  mutable std::mutex mutex_;
  std::string waiting_;
  bool closed_ = false;
  std::function<void()> wake_;
};

/// Gives the next piece of a long body, an empty one at its end; an error cuts the connection.
using Pieces = std::function<Result<std::string>()>;

struct Response {
  int status = 200;
  std::vector<Field> fields;
  std::string body;
  Pieces pieces;               ///< if given, called for the body until it ends
  std::shared_ptr<Feed> feed;  ///< if given, an event stream until one side ends it
};

/// The words of HTTP for a status: "Not Found".
std::string_view reason_of(int status);

}  // namespace anlan::server
