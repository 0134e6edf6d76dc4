#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "server/call.hpp"
#include "server/contract.hpp"
#include "server/http.hpp"
#include "server/metrics.hpp"
#include "server/problem.hpp"
#include "server/rate_limit.hpp"

namespace anlan::server {

/// Finds out who sent a request. Nothing: it carries neither cookie nor token. Errors: forbidden
/// "access.not_logged_in…" when what it carries is not, or no longer, good; of the database.
using Identify = std::function<Result<std::optional<Caller>>(const Request&, Instant at)>;

struct ApiOptions {
  WordsOf words;
  Identify identify;
  store::Database* database = nullptr;
  std::function<void()> on_written;  ///< after each write that was committed
  /// A fresh sink for the body of an upload of so many bytes at most.
  std::function<Result<std::shared_ptr<BodySink>>(std::size_t bytes_max)> make_sink;
  std::function<Instant()> clock = Instant::now;
  /// Holds every answer against the contract: one that does not fit becomes a 500. For tests.
  bool check_answers = false;
  double actor_burst = 400;
  double actor_per_second = 100;
  double login_burst = 20;  ///< by the address of the other side
  double login_per_second = 0.5;
  std::function<void(const std::string& line)> log;  ///< one line of JSON
};

/// From a request to its answer: finds the operation, who asks and whether they may, checks all
/// that came in against the contract, runs the handler, and presents what it gave. Thread-safe.
class Api {
 public:
  /// Errors: invalid_input "server.operations", naming each operation that has no handler and each
  /// handler that has no operation.
  static Result<std::unique_ptr<Api>> make(Contract contract, Handlers handlers,
                                           ApiOptions options);

  /// Never throws.
  Response answer(const Request& request);
  /// Gives an upload its sink, or says why its body is not wanted; see HttpServer::Handlers.
  std::optional<Response> receive(Request& request);
  /// For a request that never became whole; see HttpServer::Handlers.
  Response refuse(const Request& request, int status, std::string_view code);
  std::size_t body_bytes_max(std::string_view method, std::string_view path) const;
  bool is_upload(std::string_view method, std::string_view path) const;

  Metrics& metrics() { return metrics_; }
  const Contract& contract() const { return contract_; }

 private:
  Api(Contract contract, Handlers handlers, ApiOptions options);
  struct Outcome;
  Outcome answer_to(const Request& request, Lang lang);
  /// The way of every request up to its handler; then `then`.
  template <class Then>
  Outcome on_the_way(const Request& request, Lang lang, Then&& then);
  template <class Work>
  std::optional<Response> timed(const Request& request, Work&& work);
  std::optional<Problem> admit(const Request& request, const Operation& operation, Instant at,
                               std::optional<Caller>& caller);
  Response presented(const Request& request, const Operation& operation, Answer answer) const;
  std::optional<Problem> unfit(const Operation& operation, const Answer& answer) const;
  void finish(const Request& request, Response& response) const;
  void log(const Request& request, const Outcome& outcome, std::chrono::microseconds took) const;

  Contract contract_;
  Handlers handlers_;
  ApiOptions options_;
  Metrics metrics_;
  RateLimit actor_limit_;
  RateLimit login_limit_;
};

/// Reads path, query, header and body of a request as its operation describes them; all that is
/// wrong is told at once.
struct ReadRequest {
  Arguments arguments;
  Json body;
  std::optional<Problem> problem;
};
ReadRequest read_request(const Request& request, const Operation& operation,
                         const std::map<std::string, std::string, std::less<>>& path);

}  // namespace anlan::server
