#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "server/api.hpp"
#include "server/desk.hpp"
#include "server/http_server.hpp"

namespace anlan::server {

struct ServerOptions {
  HttpOptions http;
  WordsOf words;
  bool check_answers = false;  ///< see ApiOptions
  double actor_per_second = 100;
  double login_per_second = 0.5;
  std::function<void(const std::string& line)> log;
};

/// The desk over HTTP: the contract, its handlers, and the network, put together.
class Server {
 public:
  /// Listens on return. Errors: those of Contract::built_in, Api::make and HttpServer::open.
  static Result<std::unique_ptr<Server>> open(Parts parts, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return http_->port(); }
  /// Until SIGTERM, SIGINT or stop(); see HttpServer::run.
  void run();
  void stop() { http_->stop(); }
  /// Tells those who listen that something changed.
  void tell(std::string_view topic, const Json& data) { desk_->live.tell(topic, data); }

 private:
  Server() = default;
  void add_own_routes(Handlers& handlers);
  void watch(const std::stop_token& stop);

  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> http_;
  std::string docs_;
  std::string contract_;
  std::jthread watcher_;
};

/// The tables of this folder.
const store::Schema& schema();

}  // namespace anlan::server
