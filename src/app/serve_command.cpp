#include <fmt/format.h>
#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "access/login.hpp"
#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/error_words.hpp"
#include "app/job_runner.hpp"
#include "app/people.hpp"
#include "app/session.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "jobs/job_json.hpp"
#include "journal/outbox.hpp"
#include "lake/workspace.hpp"
#include "server/server.hpp"

namespace anlan::app {
namespace {

struct Options {
  std::string folder;
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string certificate;
  std::string key;
  unsigned workers = 8;
  double rate = 100;
  double login_rate = 0.5;
  bool plain = false;
  bool check_answers = false;
  bool quiet = false;
};

/// Moves what requests told into the journal soon after, and lets the journal's lock go in between:
/// so that imports and runs started by hand can tell theirs while the server stands.
class DeskSettler {
 public:
  DeskSettler(const lake::Workspace& workspace, store::Database& desk)
      : workspace_(workspace),
        desk_(desk),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void notify() {
    {
      const std::lock_guard lock(mutex_);
      notified_ = true;
    }
    news_.notify_one();
  }
  std::vector<std::string> troubles() {
    const std::lock_guard lock(mutex_);
    return trouble_.empty() ? std::vector<std::string>{} : std::vector<std::string>{trouble_};
  }

 private:
  void run(const std::stop_token& stop) {
    // Also what other processes told; a group gathers while the one before is written.
    constexpr auto poll = std::chrono::seconds(2);
    while (!stop.stop_requested()) {
      const auto settled = settle_desk(workspace_, desk_);
      std::unique_lock lock(mutex_);
      trouble_ = settled ? "" : settled.error().code;
      if (!settled) notified_ = false;  // tried again after a pause
      news_.wait_for(lock, stop, poll, [this] { return notified_; });
      notified_ = false;
    }
    // What the last requests told.
    (void)settle_desk(workspace_, desk_).has_value();
  }

  const lake::Workspace& workspace_;
  store::Database& desk_;
  std::mutex mutex_;
  std::condition_variable_any news_;
  bool notified_ = false;
  std::string trouble_;
  std::jthread thread_;
};

/// The secret under which the desk is known to its provider of logins.
Result<std::string> secret_of(const lake::Settings& settings) {
  if (!settings.oidc || settings.oidc->secret_file.empty()) return std::string();
  const auto& file = settings.oidc->secret_file;
  struct stat about {};
  if (::stat(file.c_str(), &about) == 0 && (about.st_mode & 077) != 0) {
    return fail(ErrorKind::forbidden, "oidc.secret_rights", file);
  }
  const auto text = read_file(file);
  if (!text) return text;
  return std::string(trim(*text));
}

/// One whole line at a time, from many threads.
void write_log(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  fmt::print(stderr, "{}\n", line);
}

void serve(const Options& options, Session& session) {
  const auto workspace = lake::Workspace::open(options.folder);
  if (!workspace) return session.report(workspace.error());
  const auto oidc_secret = secret_of(workspace->settings());
  if (!oidc_secret) return session.report(oidc_secret.error());
  // One server for a workspace: it alone runs jobs, and knows that nobody else does.
  const auto serving = workspace->lock_for_serving();
  if (!serving) return session.report(serving.error());
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return session.report(catalog.error());
  if (auto whole = check_desk_catalog(*catalog); !whole) return session.report(whole.error());
  auto desk = open_desk(*workspace, session);
  if (!desk) return session.report(desk.error());
  const auto people = prepare_people(*workspace, *desk, session, Instant::now());
  if (!people) return session.report(people.error());
  if (people->first) print_first_administrator(stderr, *people->first, session);

  access::PasswordHasher hasher;
  const auto follows = desk_follows(*catalog);
  DeskSettler settler(*workspace, *desk);
  // Told when there is a server to tell it to: the runner starts after it, and stops before it.
  server::Server* live = nullptr;
  auto running = runner_options(session);
  running.on_written = [&settler] { settler.notify(); };
  running.on_change = [&live](const jobs::Job& job) {
    // No step: of an import that is the name of a file, and everybody logged in may listen.
    server::Json news = {{"job_id", job.id.value}, {"state", jobs::name_of(job.state)}};
    if (job.progress) {
      news["done"] = job.progress->done;
      news["total"] = job.progress->total;
    }
    live->tell("jobs", news);
  };
  jobs::Runner runner(*workspace, *desk, *catalog, console_actor(), std::move(running));
  const auto lost = runner.begin();
  if (!lost) return session.report(lost.error());
  for (const auto id : *lost) {
    fmt::print(stderr, "{} {}{}\n", session.say("作业", "job"), id.value,
               session.say(" 在上一次服务中断时丢失，可重做：anlan jobs DIR run again",
                           " was lost with the server before; to run it again: anlan jobs DIR run "
                           "again"));
  }
  server::Parts parts{.workspace = *workspace,
                      .catalog = *catalog,
                      .database = *desk,
                      .hasher = hasher,
                      .key = people->key,
                      .follows = follows,
                      .journal = workspace->journal(),
                      .rights = access::post_rights(catalog->duties),
                      .sessions = {},
                      .oidc_secret = *oidc_secret,
                      .troubles =
                          [&settler, &runner] {
                            auto troubles = settler.troubles();
                            if (auto trouble = runner.trouble(); !trouble.empty())
                              troubles.push_back(std::move(trouble));
                            return troubles;
                          },
                      .on_written =
                          [&settler, &runner] {
                            settler.notify();
                            runner.notify();
                          }};
  server::ServerOptions how;
  how.http.address = options.address;
  how.http.port = options.port;
  how.http.certificate = options.certificate;
  how.http.key = options.key;
  how.http.plain = options.plain;
  how.http.workers = options.workers;
  how.words = [](std::string_view code, Lang lang) { return error_words(code, lang); };
  how.check_answers = options.check_answers;
  how.actor_per_second = options.rate;
  how.login_per_second = options.login_rate;
  if (!options.quiet) how.log = write_log;
  auto server = server::Server::open(std::move(parts), std::move(how));
  if (!server) return session.report(server.error());
  const std::string url = fmt::format("{}://{}:{}", options.certificate.empty() ? "http" : "https",
                                      options.address, (*server)->port());
  if (session.json) {
    fmt::print("{{\"url\":\"{}\"}}\n", url);
  } else {
    fmt::print("{}{}   {}{}/api/docs\n", session.say("安澜已启动：", "Anlan serves "), url,
               session.say("接口说明：", "its API: "), url);
  }
  std::fflush(stdout);
  live = server->get();
  runner.start();
  (*server)->run();
  runner.stop();
}

}  // namespace

void add_serve_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb =
      app.add_subcommand("serve", session.say("启动服务：文档化的 REST 接口，至 SIGTERM 为止",
                                              "serve the documented REST API until SIGTERM"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("--port", options->port,
                   session.say("端口，0 为任选空闲的", "port; 0: any free one"))
      ->capture_default_str();
  verb->add_option("--address", options->address,
                   session.say("监听地址；非本机地址须同时给出证书",
                               "address to listen on; other than loopback needs a certificate"))
      ->capture_default_str();
  auto* certificate = verb->add_option("--tls-certificate", options->certificate,
                                       session.say("证书链文件（PEM），给出则用 TLS",
                                                   "certificate chain (PEM); then TLS is spoken"));
  auto* key = verb->add_option("--tls-key", options->key,
                               session.say("私钥文件（PEM）", "private key (PEM)"));
  certificate->needs(key);
  key->needs(certificate);
  verb->add_flag("--plain", options->plain,
                 session.say("监听非本机地址而不用 TLS：由前置代理加密",
                             "no TLS beyond this machine: a proxy in front encrypts"));
  verb->add_option("--workers", options->workers,
                   session.say("处理请求的线程数", "threads that handle requests"))
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  verb->add_option("--rate", options->rate,
                   session.say("每个账号每秒的请求数（可突发 4 秒的量）",
                               "requests a second of one account (four seconds' worth at once)"))
      ->check(CLI::Range(0.1, 1e9))
      ->capture_default_str();
  verb->add_option("--login-rate", options->login_rate,
                   session.say("每个来源地址每秒的登录次数", "logins a second from one address"))
      ->check(CLI::Range(0.001, 1e9))
      ->capture_default_str();
  verb->add_flag("--check-answers", options->check_answers,
                 session.say("测试用：每个回答也按接口合同核对",
                             "for tests: hold every answer against the contract, too"));
  verb->add_flag("--quiet", options->quiet,
                 session.say("不写请求日志", "no log of requests on standard error"));
  verb->callback([options, &session] { serve(*options, session); });
}

}  // namespace anlan::app
