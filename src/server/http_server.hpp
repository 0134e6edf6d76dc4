#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "server/http.hpp"

namespace anlan::server {

struct HttpOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;   ///< 0: a free one
  std::string certificate;  ///< PEM file of the certificate chain; empty: without TLS
  std::string key;          ///< PEM file of its private key
  bool plain = false;       ///< without TLS also on an address that other machines reach

  std::size_t head_bytes_max = 16 * 1024;
  /// How many bytes of body a request may have, known from its head.
  std::function<std::size_t(std::string_view method, std::string_view path)> body_bytes_max;

  /// Whether the body goes to a sink while it arrives; see Handlers::receive.
  std::function<bool(std::string_view method, std::string_view path)> is_upload;

  std::chrono::milliseconds head_wait{10'000};  ///< from a request's first byte to its whole head
  std::chrono::milliseconds body_wait{30'000};  ///< from there to its whole body
  std::chrono::milliseconds upload_wait{600'000};  ///< for the whole of an upload; and body_wait
                                                   ///< for each of its pieces (64 KiB)
  std::chrono::milliseconds idle_wait{75'000};     ///< for the next request on a connection
  std::chrono::milliseconds write_wait{60'000};    ///< for the other side to take one piece
  std::chrono::milliseconds stop_wait{10'000};     ///< for work at hand when told to stop
  std::size_t connections_max = 20'000;
  unsigned workers = 8;
  std::size_t waiting_max = 512;  ///< requests that wait for a worker; more are told to come again
};

/// What the network has seen, for metrics.
struct HttpCounts {
  std::uint64_t connections_now = 0;
  std::uint64_t connections = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t waiting = 0;  ///< requests that wait for a worker now
  std::uint64_t refused = 0;  ///< requests that never reached the handler
};

/// HTTP/1.1 over TCP or TLS. One thread moves bytes; workers run the handler, which may block. All
/// waits are bounded; thousands of idle connections cost some kilobytes each. http_server.cpp is
/// the only file that knows Boost, whose headers are slow to compile.
class HttpServer {
 public:
  struct Handlers {
    /// Answers a whole request; runs on a worker, must not throw.
    std::function<Response(const Request&)> answer;
    /// Gives an upload, whose head has come, the sink for its body; or the answer, if the body is
    /// not wanted: nobody who is not known fills our disk. Runs on a worker.
    std::function<std::optional<Response>(Request&)> receive;
    /// Words for a request that went wrong before it was whole: `code` is "http.malformed",
    /// "http.head_too_large", "http.body_too_large", "http.too_slow", "file.unwritable" or
    /// "server.busy".
    std::function<Response(const Request&, int status, std::string_view code)> refuse;
    /// Runs on the network's thread once told to stop, before anything is closed.
    std::function<void()> on_stop;
  };

  /// Listens on return. Errors: unavailable "server.address" (taken, or not ours);
  /// invalid_input "server.certificate", "server.needs_tls".
  static Result<std::unique_ptr<HttpServer>> open(HttpOptions options, Handlers handlers);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  /// Serves until stop(), SIGTERM or SIGINT: then accepts nothing new, ends what is idle, lets what
  /// has begun end, and returns.
  void run();
  void stop();  ///< from any thread
  HttpCounts counts() const;

 private:
  class Network;
  explicit HttpServer(std::unique_ptr<Network> network);
  std::unique_ptr<Network> network_;
};

}  // namespace anlan::server
