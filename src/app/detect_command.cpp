#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/count_text.hpp"
#include "app/desk.hpp"
#include "app/error_words.hpp"
#include "app/journal_acts.hpp"
#include "app/session.hpp"
#include "app/stop_on_signal.hpp"
#include "app/take_in_leads.hpp"
#include "base/fen.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "detect/hit_reader.hpp"
#include "detect/run.hpp"
#include "leads/list.hpp"
#include "leads/run_leads.hpp"
#include "leads/sentence.hpp"
#include "rules/check_catalog.hpp"

namespace anlan::app {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Options {
  std::string folder;
  std::vector<std::string> only;
  std::string as_of;
  unsigned threads = 0;
  bool force = false;
};

/// What is said on standard error while the detections run: one line that changes on a terminal,
/// plain lines otherwise.
class Progress {
 public:
  Progress(const detect::Jobs& jobs, Session& session)
      : jobs_(jobs),
        lang_(session.lang),
        pipe_(session.progress),
        terminal_(::isatty(STDERR_FILENO) == 1) {}

  void start(std::size_t model) {
    const auto& detection = *jobs_.models[model].model;
    line_ = fmt::format("[{}/{}] {} {}", model + 1, jobs_.size(), detection.code,
                        detection.title.in(lang_));
    ended_ = model;
    pipe_.tell(detection.code, static_cast<std::int64_t>(model),
               static_cast<std::int64_t>(jobs_.size()));
    show(line_);
  }

  void end(const detect::DetectionRun& run) {
    if (run.is_rule) {
      line_ = fmt::format("[{}/{}] {} {}", ++ended_, jobs_.size(), run.code,
                          rule_title(run.code).in(lang_));
    } else {
      ended_ = static_cast<std::size_t>(ended_) + 1;
    }
    pipe_.tell(run.code, static_cast<std::int64_t>(ended_),
               static_cast<std::int64_t>(jobs_.size()));
    const bool spoke = run.state != detect::RunState::done;
    if (terminal_ && !spoke) return;
    const char* state = run.state == detect::RunState::done     ? ""
                        : run.state == detect::RunState::failed ? "  !"
                                                                : "  -";
    fmt::print(stderr, "{}{}  {:.2f} s{}\n", terminal_ ? "\r\033[K" : "", line_,
               static_cast<double>(run.ms) / 1000.0, state);
  }

  /// One step of the pass over the dossiers of a kind.
  void rules(const detect::RuleProgress& progress) {
    const auto& kind = progress.kind->title.in(lang_);
    std::string line;
    if (progress.building) {
      const auto list = progress.kind->find(progress.list);
      line = fmt::format("{}: {}  [{}/{}] {}", say(lang_, "生成档案卷", "building dossiers"), kind,
                         progress.done + 1, progress.total,
                         list ? progress.kind->lists[*list].title.in(lang_)
                              : std::string(say(lang_, "写入", "writing")));
    } else {
      line =
          fmt::format(fmt::runtime(say(lang_, "{} 条规则：{}  [{}/{}]", "{} rules: {}  [{}/{}]")),
                      progress.rules, kind, progress.done, progress.total);
    }
    // The detections of one pass all end with it: until then, their share of the pass.
    const auto share = progress.building || progress.total == 0
                           ? std::size_t{0}
                           : progress.rules * progress.done / progress.total;
    pipe_.tell((progress.building ? "dossiers/" : "rules/") + progress.kind->subject,
               static_cast<std::int64_t>(ended_ + share), static_cast<std::int64_t>(jobs_.size()));
    const bool first = progress.done == 0;
    const bool last = !progress.building && progress.done == progress.total;
    if (terminal_) {
      show(line);
    } else if (first || last) {
      fmt::print(stderr, "{}\n", line);
    }
  }

  void clear() const {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  void show(const std::string& line) const {
    if (terminal_) fmt::print(stderr, "\r\033[K{}  {:.0f} s", line, seconds_since(started_));
    std::fflush(stderr);
  }

  const Title& rule_title(const std::string& code) const {
    const auto found = std::find_if(jobs_.rules.begin(), jobs_.rules.end(),
                                    [&](const auto& job) { return job.rule->code == code; });
    return found->rule->title;
  }

  const detect::Jobs& jobs_;
  Lang lang_;
  ProgressPipe& pipe_;
  bool terminal_;
  Clock::time_point started_ = Clock::now();
  std::size_t ended_ = 0;
  std::string line_;
};

/// Leads out of the hits of every detection that ran.
Status make_leads(const catalog::Catalog& catalog, const detect::RunRecord& record,
                  const std::filesystem::path& run_folder) {
  for (const auto& run : record.detections) {
    if (run.state != detect::RunState::done) continue;
    leads::LeadOrigin origin;
    origin.run_id = record.id;
    origin.snapshot_id = record.snapshot_id;
    origin.as_of = format_date(record.as_of);
    for (const auto& param : run.params) origin.params[param.name] = param.value;
    const auto file = detect::hits_file(run_folder, run.code);
    const auto written = leads::write_leads(
        run_folder, *catalog.detection(run.name), catalog, origin,
        [&](const auto& take) { return detect::read_hits(file, catalog, take); });
    if (!written) return fail(written.error());
  }
  return {};
}

std::vector<std::string> codes_done(const detect::RunRecord& record) {
  std::vector<std::string> codes;
  for (const auto& run : record.detections) {
    if (run.state == detect::RunState::done) codes.push_back(run.code);
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
      {session.say("编号", "code"), session.say("检测", "detection"), session.say("疑点", "leads"),
       session.say("命中", "hits"), session.say("可追回（元）", "recoverable, yuan"),
       session.say("差额（元）", "difference, yuan"), session.say("涉及（元）", "exposure, yuan"),
       session.say("已排除", "excluded"), session.say("用时（秒）", "seconds")}};
  std::int64_t hits = 0;
  std::int64_t excluded = 0;
  for (const auto& one : run.record.detections) {
    const auto summary = summaries.find(one.code);
    if (summary == summaries.end()) continue;
    const auto& detection = *catalog.detection(one.name);
    const std::string amount = format_yuan(Fen{summary->second.amount_fen});
    const auto of_kind = [&](catalog::AmountKind kind) {
      return detection.amount_kind == kind ? amount : std::string();
    };
    rows.push_back(
        {detection.code, detection.title.in(session.lang), count_text(summary->second.leads),
         count_text(one.hits), of_kind(catalog::AmountKind::recoverable),
         of_kind(catalog::AmountKind::difference), of_kind(catalog::AmountKind::exposure),
         count_text(one.excluded), fmt::format("{:.2f}", static_cast<double>(one.ms) / 1000.0)});
    hits += one.hits;
    excluded += one.excluded;
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
  for (const auto& one : run.record.detections) {
    const auto& title = catalog.detection(one.name)->title.in(session.lang);
    if (one.state == detect::RunState::not_run) {
      std::string tables;
      for (const auto& name : one.missing_tables) {
        const auto* table = catalog.table(name);
        tables += fmt::format("{}{} {}", tables.empty() ? "" : session.say("、", ", "), name,
                              table == nullptr ? "" : table->title.in(session.lang));
      }
      fmt::print("{}  {}  {}  {}{}\n", session.say("未运行", "not run"), one.code, title,
                 session.say("未收到：", "no delivery of: "), tables);
    } else if (one.state == detect::RunState::failed) {
      fmt::print("{}  {}  {}  {}: {}\n", session.say("失败", "failed"), one.code, title,
                 error_words(one.error->code, session.lang), one.error->detail);
    }
    if (one.faults > 0) {
      fmt::print(
          "{}\n",
          fmt::format(
              fmt::runtime(session.say("出错  {}  {}  {} 处未能判断，例如 {}：{}",
                                       "errors  {}  {}  {} places not judged, such as {}: {}")),
              one.code, title, count_text(one.faults),
              leads::shown_subject(catalog.detection(one.name)->about, one.fault_subject),
              one.fault_words));
    }
  }
}

void print_json(const detect::FinishedRun& run, const Summaries& summaries,
                const leads::Totals& totals) {
  auto json = ordered_json::parse(detect::run_json(run.record));
  for (auto& detection : json["detections"]) {
    const auto summary = summaries.find(detection["code"].get<std::string>());
    if (summary == summaries.end()) continue;
    detection["leads"] = summary->second.leads;
    detection["amount_fen"] = summary->second.amount_fen;
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

/// The desk learns of the new leads. What fails here undoes nothing of the run: it is said, and
/// `anlan cases DIR take-in` does it again.
void tell_desk(const lake::Workspace& workspace, const catalog::Catalog& catalog,
               const Session& session) {
  if (!has_desk(workspace)) return;
  const auto done = [&]() -> Status {
    if (auto whole = check_desk_catalog(catalog); !whole) return whole;
    auto desk = open_desk(workspace, session);
    if (!desk) return fail(desk.error());
    const auto taken = take_in_leads(workspace, *desk, catalog, session, Instant::now());
    if (taken && !session.json) fmt::print("{}\n", taken_in_text(*taken, session));
    const auto settled = settle_desk(workspace, *desk);
    if (!taken) return fail(taken.error());
    return settled;
  }();
  if (done) return;
  fmt::print(stderr, "{}{}  {}\n  {}\n",
             session.say("办公库的疑点未能更新：", "the desk's leads are not up to date: "),
             error_words(done.error().code, session.lang), done.error().detail,
             session.say("运行结果不受影响；可用 anlan cases DIR take-in 再做",
                         "the run stands; anlan cases DIR take-in does it again"));
}

Status run_detect(const Options& options, Session& session) {
  const StopOnSignal stop;
  const auto catalog = rules::load_catalog(session.catalog);
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

  auto told = VerbJournal::begin(*workspace, "detect", *catalog);
  if (!told) return fail(told.error());

  Progress progress(*jobs, session);
  detect::RunOptions run_options;
  run_options.as_of = *as_of;
  run_options.threads = options.threads;
  run_options.again = options.force;
  run_options.stop = stop.token();
  run_options.on_model = [&](std::size_t model) { progress.start(model); };
  run_options.on_rules = [&](const detect::RuleProgress& step) { progress.rules(step); };
  run_options.on_end = [&](const detect::DetectionRun& run) { progress.end(run); };
  run_options.finish = [&](const detect::RunRecord& record,
                           const std::filesystem::path& run_folder) {
    return make_leads(*catalog, record, run_folder);
  };
  const auto run = detect::run_detections(*workspace, *catalog, *snapshot, *jobs, run_options);
  progress.clear();
  if (!run) {
    told->failed("", run.error());
    if (auto ended = told->end(); !ended) return ended;
    return fail(run.error());
  }
  if (auto current = leads::make_current(*workspace, run->record.id, codes_done(run->record));
      !current) {
    return current;
  }
  told->detected(run->record, run->was_there);
  if (auto ended = told->end(); !ended) return ended;
  if (auto printed = print_run(*workspace, *run, *catalog, session); !printed) return printed;
  tell_desk(*workspace, *catalog, session);
  const auto& detections = run->record.detections;
  const bool all_ran = std::all_of(detections.begin(), detections.end(), [](const auto& one) {
    return one.state == detect::RunState::done && one.faults == 0;
  });
  session.exit_code = all_ran ? exit_done : exit_rejected;
  return {};
}

}  // namespace

void add_detect_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "detect",
      session.say("对当前快照运行规则和模型", "run the detections over the current snapshot"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option(
      "--only", options->only,
      session.say("只运行这些规则或模型（名称或编号）", "run only these (names or codes)"));
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
