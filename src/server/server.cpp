#include "server/server.hpp"

#include <condition_variable>
#include <mutex>

#include "server/docs_page.hpp"
#include "server/lead_present.hpp"
#include "server/oidc.hpp"
#include "server/upload.hpp"

namespace anlan::server {

Desk::Desk(Parts given)
    : parts(std::move(given)), titles(titles_of(parts.catalog)), leads(parts.workspace) {
  const auto& settings = parts.workspace.settings().oidc;
  if (settings) {
    oidc = std::make_unique<Oidc>(*settings, parts.oidc_secret, fetch_over_http(settings->ca_file));
  }
}
Desk::~Desk() = default;

Result<std::unique_ptr<Server>> Server::open(Parts parts, ServerOptions options) {
  auto contract = Contract::built_in();
  if (!contract) return fail(contract.error());
  std::unique_ptr<Server> server(new Server());
  server->desk_ = std::make_unique<Desk>(std::move(parts));
  Desk& desk = *server->desk_;
  desk.words = options.words;
  server->docs_ = docs_page(*contract);
  server->contract_ = json_text(contract->document());

  Handlers handlers;
  server->add_own_routes(handlers);
  add_session_routes(handlers, desk);
  add_lead_routes(handlers, desk);
  add_run_routes(handlers, desk);
  add_grant_routes(handlers, desk);
  add_job_routes(handlers, desk);
  add_journal_routes(handlers, desk);
  add_oidc_routes(handlers, desk);
  add_file_routes(handlers, desk);
  add_desk_lead_routes(handlers, desk);
  add_case_routes(handlers, desk);
  add_follow_routes(handlers, desk);
  add_referral_routes(handlers, desk);
  add_matter_routes(handlers, desk);
  add_ledger_routes(handlers, desk);
  add_organisation_routes(handlers, desk);
  add_person_routes(handlers, desk);
  add_account_routes(handlers, desk);

  ApiOptions api{.words = options.words,
                 .identify = [&desk](const Request& request,
                                     Instant at) { return identify(request, desk, at); },
                 .database = &desk.parts.database,
                 .on_written = desk.parts.on_written,
                 .make_sink =
                     [&desk](std::size_t bytes_max) {
                       return make_upload(desk.parts.workspace.files(), bytes_max);
                     },
                 .check_answers = options.check_answers,
                 .actor_burst = options.actor_per_second * 4,
                 .actor_per_second = options.actor_per_second,
                 .login_burst = options.login_per_second * 40,
                 .login_per_second = options.login_per_second,
                 .log = options.log};
  auto made = Api::make(std::move(*contract), std::move(handlers), std::move(api));
  if (!made) return fail(made.error());
  server->api_ = std::move(*made);
  Api* front = server->api_.get();

  options.http.body_bytes_max = [front](std::string_view method, std::string_view path) {
    return front->body_bytes_max(method, path);
  };
  options.http.is_upload = [front](std::string_view method, std::string_view path) {
    return front->is_upload(method, path);
  };
  auto http = HttpServer::open(
      std::move(options.http),
      {.answer = [front](const Request& request) { return front->answer(request); },
       .receive = [front](Request& request) { return front->receive(request); },
       .refuse = [front](const Request& request, int status,
                         std::string_view code) { return front->refuse(request, status, code); },
       .on_stop =
           [&desk] {
             desk.stopping = true;
             desk.live.end_all();
           }});
  if (!http) return fail(http.error());
  server->http_ = std::move(*http);
  return server;
}

Server::~Server() = default;

void Server::run() {
  watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  http_->run();
  watcher_ = {};
}

/// Sees what other processes did to the workspace, and forgets what has grown old.
void Server::watch(const std::stop_token& stop) {
  using std::chrono::steady_clock;
  std::mutex mutex;
  std::condition_variable_any pause;
  std::string seen = desk_->leads.stamp();
  auto forget_at = steady_clock::now();
  while (!stop.stop_requested()) {
    const auto now = steady_clock::now();
    if (const auto stamp = desk_->leads.stamp(); stamp != seen) {
      seen = stamp;
      desk_->live.tell("leads", Json::object());
    }
    desk_->live.end_old(now);
    if (now >= forget_at) {
      forget_at = now + std::chrono::hours(1);
      // Nothing depends on it: what fails now is tried again in an hour.
      (void)forget_old_answers(desk_->parts.database, Instant::now()).has_value();
    }
    std::unique_lock lock(mutex);
    pause.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
  }
}

void Server::add_own_routes(Handlers& handlers) {
  handlers["get_health"] = [](Call&) -> Result<Answer> {
    return Answer{.body = {{"state", "alive"}}};
  };
  handlers["get_readiness"] = [this](Call& call) -> Result<Answer> {
    Json failing = Json::array();
    const auto read = call.read([](store::Transaction& transaction) -> Result<Answer> {
      const auto one = transaction.query_one("SELECT count(*) AS n FROM api_answer");
      if (!one) return fail(one.error());
      return Answer{};
    });
    if (!read) failing.push_back(read.error().code);
    if (desk_->parts.troubles) {
      for (const auto& code : desk_->parts.troubles()) failing.push_back(code);
    }
    if (desk_->stopping) return Answer{.status = 503, .body = {{"state", "stopping"}}};
    if (failing.empty()) return Answer{.body = {{"state", "ready"}}};
    return Answer{.status = 503, .body = {{"state", "failing"}, {"failing", std::move(failing)}}};
  };
  handlers["get_metrics"] = [this](Call&) -> Result<Answer> {
    const auto counts = http_->counts();
    return Answer{
        .media = "text/plain; version=0.0.4; charset=utf-8",
        .text = api_->metrics().text(
            {{"connections", "Open connections.", counts.connections_now},
             {"connections_total", "Connections accepted.", counts.connections, true},
             {"connections_refused_total", "Connections closed at once: too many were open.",
              counts.connections_refused, true},
             {"timeouts_total", "Connections that were too slow.", counts.timeouts, true},
             {"requests_waiting", "Requests that wait for a worker.", counts.waiting},
             {"requests_refused_total", "Requests that never reached a handler.", counts.refused,
              true},
             {"listeners", "Listeners to live changes.", desk_->live.listeners()}})};
  };
  handlers["get_contract"] = [this](Call&) -> Result<Answer> {
    return Answer{.media = "application/json", .text = contract_};
  };
  handlers["get_docs"] = [this](Call&) -> Result<Answer> {
    Answer answer{.media = "text/html; charset=utf-8", .text = docs_};
    answer.fields.emplace_back("content-security-policy",
                               "default-src 'none'; style-src " + docs_style_hash() +
                                   "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    return answer;
  };
  handlers["listen"] = [this](Call& call) -> Result<Answer> {
    auto feed = desk_->live.listen(call.actor().who(), call.caller->session,
                                   std::chrono::steady_clock::now());
    if (!feed) return fail(ErrorKind::unavailable, "server.too_many_listeners");
    return Answer{.feed = std::move(feed)};
  };
}

}  // namespace anlan::server
