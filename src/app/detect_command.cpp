#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/commands.hpp"
#include "app/count_text.hpp"
#include "app/error_words.hpp"
#include "app/session.hpp"
#include "base/fen.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "detect/hit_reader.hpp"
#include "detect/run.hpp"
#include "leads/list.hpp"
#include "leads/run_leads.hpp"

namespace anlan::app {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Turns Ctrl-C and a polite kill into a stop request. Made before any other thread, so that they
/// all leave these signals to its own.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    waiter_ = std::jthread([this](const std::stop_token& end) {
      const timespec pause{0, 100'000'000};
      while (!end.stop_requested()) {
        if (sigtimedwait(&signals_, nullptr, &pause) > 0) stop_.request_stop();
      }
    });
  }
  ~StopOnSignal() {
    waiter_.request_stop();
    waiter_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  sigset_t signals_{};
  sigset_t before_{};
  std::stop_source stop_;
  std::jthread waiter_;
};

struct Options {
  std::string folder;
  std::vector<std::string> only;
  std::string as_of;
  unsigned threads = 0;
  bool force = false;
};

/// What is said on standard error while the models run: one line that changes on a terminal, plain
/// lines otherwise.
class Progress {
 public:
  Progress(const std::vector<detect::ModelJob>& jobs, Lang lang)
      : jobs_(jobs), lang_(lang), terminal_(::isatty(STDERR_FILENO) == 1) {}

  void start(std::size_t job) {
    const auto& model = *jobs_[job].model;
    line_ = fmt::format("[{}/{}] {} {}", job + 1, jobs_.size(), model.code, model.title.in(lang_));
    if (terminal_) fmt::print(stderr, "\r\033[K{}  {:.0f} s", line_, seconds_since(started_));
    std::fflush(stderr);
  }

  void end(const detect::ModelRun& run) {
    const bool spoke = run.state != detect::ModelState::done;
    if (terminal_ && !spoke) return;
    const char* state = run.state == detect::ModelState::done     ? ""
                        : run.state == detect::ModelState::failed ? "  !"
                                                                  : "  -";
    fmt::print(stderr, "{}{}  {:.2f} s{}\n", terminal_ ? "\r\033[K" : "", line_,
               static_cast<double>(run.ms) / 1000.0, state);
  }

  void clear() const {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  const std::vector<detect::ModelJob>& jobs_;
  Lang lang_;
  bool terminal_;
  Clock::time_point started_ = Clock::now();
  std::string line_;
};

/// Leads out of the hits of every model that ran.
Status make_leads(const catalog::Catalog& catalog, const detect::RunRecord& record,
                  const std::filesystem::path& run_folder) {
  for (const auto& run : record.models) {
    if (run.state != detect::ModelState::done) continue;
    leads::LeadOrigin origin;
    origin.run_id = record.id;
    origin.snapshot_id = record.snapshot_id;
    origin.as_of = format_date(record.as_of);
    for (const auto& param : run.params) origin.params[param.name] = param.value;
    const auto file = detect::hits_file(run_folder, run.code);
    const auto written = leads::write_leads(
        run_folder, *catalog.model(run.name), catalog, origin,
        [&](const auto& take) { return detect::read_hits(file, catalog, take); });
    if (!written) return fail(written.error());
  }
  return {};
}

std::vector<std::string> codes_done(const detect::RunRecord& record) {
  std::vector<std::string> codes;
  for (const auto& run : record.models) {
    if (run.state == detect::ModelState::done) codes.push_back(run.code);
  }
  return codes;
}

using Summaries = std::map<std::string, leads::DetectionSummary>;

void print_rows(const std::vector<std::vector<std::string>>& rows) {
  // Code and title stand at the left, figures at the right.
  constexpr std::size_t words = 2;
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], display_width(row[c]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += c < words ? pad_right(row[c], widths[c] + 2) : pad_left(row[c], widths[c]) + "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  }
}

void print_table(const detect::FinishedRun& run, const catalog::Catalog& catalog,
                 const Summaries& summaries, const leads::Totals& totals, const Session& session) {
  std::vector<std::vector<std::string>> rows = {
      {session.say("编号", "code"), session.say("疑点模型", "detection"),
       session.say("疑点", "leads"), session.say("命中", "hits"),
       session.say("可追回（元）", "recoverable, yuan"),
       session.say("差额（元）", "difference, yuan"), session.say("涉及（元）", "exposure, yuan"),
       session.say("已排除", "excluded"), session.say("用时（秒）", "seconds")}};
  std::int64_t hits = 0;
  std::int64_t excluded = 0;
  for (const auto& model_run : run.record.models) {
    const auto summary = summaries.find(model_run.code);
    if (summary == summaries.end()) continue;
    const auto& model = *catalog.model(model_run.name);
    const std::string amount = format_yuan(Fen{summary->second.amount_fen});
    const auto of_kind = [&](catalog::AmountKind kind) {
      return model.amount_kind == kind ? amount : std::string();
    };
    rows.push_back({model.code, model.title.in(session.lang), count_text(summary->second.leads),
                    count_text(model_run.hits), of_kind(catalog::AmountKind::recoverable),
                    of_kind(catalog::AmountKind::difference),
                    of_kind(catalog::AmountKind::exposure), count_text(model_run.excluded),
                    fmt::format("{:.2f}", static_cast<double>(model_run.ms) / 1000.0)});
    hits += model_run.hits;
    excluded += model_run.excluded;
  }
  rows.push_back({session.say("合计", "total"),
                  session.say("（同一笔钱只计一次）", "(the same money once)"),
                  count_text(totals.leads), count_text(hits),
                  format_yuan(Fen{totals.recoverable_fen}), format_yuan(Fen{totals.difference_fen}),
                  format_yuan(Fen{totals.exposure_fen}), count_text(excluded), ""});
  print_rows(rows);
}

void print_unrun(const detect::FinishedRun& run, const catalog::Catalog& catalog,
                 const Session& session) {
  for (const auto& model_run : run.record.models) {
    const auto& title = catalog.model(model_run.name)->title.in(session.lang);
    if (model_run.state == detect::ModelState::not_run) {
      std::string tables;
      for (const auto& name : model_run.missing_tables) {
        const auto* table = catalog.table(name);
        tables += fmt::format("{}{} {}", tables.empty() ? "" : session.say("、", ", "), name,
                              table == nullptr ? "" : table->title.in(session.lang));
      }
      fmt::print("{}  {}  {}  {}{}\n", session.say("未运行", "not run"), model_run.code, title,
                 session.say("未收到：", "no delivery of: "), tables);
    } else if (model_run.state == detect::ModelState::failed) {
      fmt::print("{}  {}  {}  {}: {}\n", session.say("失败", "failed"), model_run.code, title,
                 error_words(model_run.error->code, session.lang), model_run.error->detail);
    }
  }
}

void print_json(const detect::FinishedRun& run, const Summaries& summaries,
                const leads::Totals& totals) {
  auto json = ordered_json::parse(detect::run_json(run.record));
  for (auto& model : json["models"]) {
    const auto summary = summaries.find(model["code"].get<std::string>());
    if (summary == summaries.end()) continue;
    model["leads"] = summary->second.leads;
    model["amount_fen"] = summary->second.amount_fen;
  }
  json["folder"] = run.folder.string();
  json["was_there"] = run.was_there;
  json["totals"] = {{"leads", totals.leads},
                    {"recoverable_fen", totals.recoverable_fen},
                    {"difference_fen", totals.difference_fen},
                    {"exposure_fen", totals.exposure_fen}};
  fmt::print("{}\n", json.dump(2));
}

Status print_run(const lake::Workspace& workspace, const detect::FinishedRun& run,
                 const catalog::Catalog& catalog, const Session& session) {
  Summaries summaries;
  const auto codes = codes_done(run.record);
  for (const auto& code : codes) {
    const auto summary = leads::read_summary(workspace, run.record.id, code);
    if (!summary) return fail(summary.error());
    summaries[code] = *summary;
  }
  leads::Totals totals;
  if (!codes.empty()) {
    auto list = leads::LeadList::open(workspace, {.codes = codes});
    if (!list) return fail(list.error());
    const auto counted = list->totals();
    if (!counted) return fail(counted.error());
    totals = *counted;
  }
  if (session.json) {
    print_json(run, summaries, totals);
    return {};
  }
  print_table(run, catalog, summaries, totals, session);
  print_unrun(run, catalog, session);
  if (run.was_there) {
    fmt::print(
        "{}\n",
        session.say("相同的运行已存在，未重复执行（--force 可重新执行）。",
                    "An equal run was there already; nothing was done (--force runs it again)."));
  }
  fmt::print("{}{}\n", session.say("结果：", "results: "), run.folder.string());
  fmt::print("{}anlan leads {}\n", session.say("查看疑点：", "see the leads: "),
             workspace.folder().string());
  return {};
}

Status run_detect(const Options& options, Session& session) {
  const StopOnSignal stop;
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  const auto workspace = lake::Workspace::open(std::filesystem::absolute(options.folder));
  if (!workspace) return fail(workspace.error());
  const auto jobs = detect::jobs_of(*catalog, options.only, workspace->settings().params);
  if (!jobs) return fail(jobs.error());
  const auto lock = workspace->lock_for_writing();
  if (!lock) return fail(lock.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) return fail(snapshot.error());

  const auto as_of =
      options.as_of.empty() ? detect::newest_day(*catalog, *snapshot) : parse_date(options.as_of);
  if (!as_of) return fail(as_of.error());
  if (!session.json) {
    fmt::print("{}{}  {}{}{}\n", session.say("快照 ", "snapshot "), snapshot->id,
               session.say("截至 ", "as of "), format_date(*as_of),
               options.as_of.empty()
                   ? session.say("（最新业务月份的最后一天，可用 --as-of 指定）",
                                 " (last day of the newest month; --as-of sets another)")
                   : "");
    std::fflush(stdout);
  }

  Progress progress(*jobs, session.lang);
  detect::RunOptions run_options;
  run_options.as_of = *as_of;
  run_options.threads = options.threads;
  run_options.again = options.force;
  run_options.stop = stop.token();
  run_options.on_start = [&](std::size_t job) { progress.start(job); };
  run_options.on_end = [&](const detect::ModelRun& run) { progress.end(run); };
  run_options.finish = [&](const detect::RunRecord& record,
                           const std::filesystem::path& run_folder) {
    return make_leads(*catalog, record, run_folder);
  };
  const auto run = detect::run_detections(*workspace, *catalog, *snapshot, *jobs, run_options);
  progress.clear();
  if (!run) return fail(run.error());
  if (auto current = leads::make_current(*workspace, run->record.id, codes_done(run->record));
      !current) {
    return current;
  }
  if (auto printed = print_run(*workspace, *run, *catalog, session); !printed) return printed;
  const bool all_ran = codes_done(run->record).size() == run->record.models.size();
  session.exit_code = all_ran ? exit_done : exit_rejected;
  return {};
}

}  // namespace

void add_detect_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "detect",
      session.say("对当前快照运行疑点模型", "run the detections over the current snapshot"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("--only", options->only,
                   session.say("只运行这些模型（名称或编号）", "run only these (names or codes)"));
  verb->add_option("--as-of", options->as_of,
                   session.say("以哪一天为“今天”；缺省为待遇支付和缴费数据中最新月份的最后一天",
                               "the day taken as today; without it, the last day of the newest "
                               "month of benefit payments "
                               "and contributions"));
  verb->add_option("--threads", options->threads,
                   session.say("线程数，0 为全部", "threads; 0: all cores"));
  verb->add_flag(
      "--force", options->force,
      session.say("相同的运行已存在时也重新执行", "run again even if an equal run is there"));
  verb->callback([options, &session] {
    if (auto done = run_detect(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
