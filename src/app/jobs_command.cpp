#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/at_desk.hpp"
#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/error_words.hpp"
#include "app/job_runner.hpp"
#include "app/session.hpp"
#include "app/stop_on_signal.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "jobs/job_json.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using store::Transaction;

struct Options {
  std::string folder;
  std::int64_t id = 0;
  std::string state;
  std::string kind;
  int limit = 20;
  jobs::Work work;
  bool wait = false;
  bool output = false;
};

std::string state_words(const jobs::Job& job, const Session& session) {
  switch (job.state) {
    case jobs::State::waiting:
      return session.say("排队", "waiting");
    case jobs::State::running:
      return job.cancel_at ? session.say("正在停止", "stopping") : session.say("运行中", "running");
    case jobs::State::done:
      return job.exit_code == 0 ? session.say("完成", "done")
                                : session.say("完成，有拒收或未能运行", "done, not all of it");
    case jobs::State::failed:
      return session.say("失败", "failed");
    case jobs::State::cancelled:
      return session.say("已取消", "cancelled");
    case jobs::State::lost:
      break;
  }
  return session.say("丢失（运行它的程序已不在）", "lost: who ran it is gone");
}

std::string kind_words(jobs::Kind kind, const Session& session) {
  return kind == jobs::Kind::import ? session.say("接收", "import") : session.say("检测", "detect");
}

int exit_code_of(const jobs::Job& job) {
  if (job.state == jobs::State::done) return job.exit_code.value_or(exit_done);
  return job.exit_code == exit_usage ? exit_usage : exit_failed;
}

class Verbs {
 public:
  Verbs(AtDesk& desk, Options& options, Session& session)
      : desk_(desk), options_(options), session_(session) {}

  Status list() {
    jobs::JobFilter filter{.limit = options_.limit};
    if (!options_.state.empty()) filter.state = jobs::state_named(options_.state);
    if (!options_.kind.empty()) filter.kind = jobs::kind_named(options_.kind);
    const auto all =
        desk_.database.read([&](Transaction& tx) { return jobs::list(tx, desk_.actor, filter); });
    if (!all) return fail(all.error());
    if (session_.json) {
      Json list = Json::array();
      for (const auto& one : *all) list.push_back(jobs::json_of(one));
      fmt::print("{}\n", list.dump(2));
      return {};
    }
    for (const auto& one : *all) print_line(one);
    return {};
  }

  Status show() {
    const auto found = load({options_.id});
    if (!found) return fail(found.error());
    if (session_.json) {
      fmt::print("{}\n", jobs::json_of(*found).dump(2));
      return {};
    }
    print_line(*found);
    print_details(*found);
    if (options_.output) print_output(*found);
    return {};
  }

  Status ask() {
    const auto id = desk_.database.write([&](Transaction& tx) -> Result<jobs::JobId> {
      if (options_.id != 0) {
        return jobs::ask_again(tx, desk_.actor, desk_.catalog, desk_.workspace, {options_.id},
                               Instant::now());
      }
      return jobs::ask(tx, desk_.actor, desk_.catalog, desk_.workspace, options_.work,
                       Instant::now());
    });
    if (!id) return fail(id.error());
    if (!options_.wait) {
      if (auto settled = settle(); !settled) return settled;
      if (session_.json) {
        fmt::print("{}\n", Json{{"job_id", id->value}}.dump());
      } else {
        fmt::print("{} {}\n", session_.say("已排队，编号", "asked for, number"), id->value);
      }
      return {};
    }
    if (auto done = wait_for(*id); !done) return done;
    if (auto settled = settle(); !settled) return settled;
    const auto over = load(*id);
    if (!over) return fail(over.error());
    session_.exit_code = exit_code_of(*over);
    if (session_.json) {
      fmt::print("{}\n", jobs::json_of(*over).dump(2));
      return {};
    }
    print_line(*over);
    print_details(*over);
    return {};
  }

  Status cancel() {
    const auto done = desk_.database.write([&](Transaction& tx) -> Status {
      const auto found = jobs::find(tx, desk_.actor, {options_.id});
      if (!found) return fail(found.error());
      return jobs::cancel(tx, desk_.actor, found->id, found->version, Instant::now());
    });
    if (!done) return done;
    return settle();
  }

  Status settle() { return settle_desk(desk_.workspace, desk_.database); }

 private:
  Result<jobs::Job> load(jobs::JobId id) {
    return desk_.database.read([&](Transaction& tx) { return jobs::find(tx, desk_.actor, id); });
  }

  /// Until it is over: a server runs it, or this process does if there is none.
  Status wait_for(jobs::JobId id) {
    const StopOnSignal stop;
    bool passed_on = false;
    for (;;) {
      const auto now = load(id);
      if (!now) return fail(now.error());
      if (jobs::is_over(now->state)) return {};
      if (stop.token().stop_requested() && !passed_on) {
        passed_on = true;
        if (auto cancelled = cancel_it(id); !cancelled) return cancelled;
        continue;
      }
      auto lock = desk_.workspace.lock_for_serving();
      if (lock) {
        if (auto worked = run_here(stop.token()); !worked) return worked;
        continue;
      }
      if (lock.error().code != "workspace.served") return fail(lock.error());
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  Status cancel_it(jobs::JobId id) {
    return desk_.database.write([&](Transaction& tx) -> Status {
      const auto found = jobs::find(tx, desk_.actor, id);
      if (!found) return fail(found.error());
      if (jobs::is_over(found->state)) return {};
      return jobs::cancel(tx, desk_.actor, id, found->version, Instant::now());
    });
  }

  /// All that waits, one after another: this one may stand behind others.
  Status run_here(const std::stop_token& stop) {
    auto options = runner_options(session_);
    options.on_change = [this](const jobs::Job& job) {
      if (session_.json) return;
      std::string line =
          fmt::format("{} {}  {}  {}", session_.say("作业", "job"), job.id.value,
                      kind_words(job.work.kind, session_), state_words(job, session_));
      if (job.progress && job.state == jobs::State::running) {
        line +=
            fmt::format("  {}/{}  {}", job.progress->done, job.progress->total, job.progress->step);
      }
      fmt::print(stderr, "{}\n", line);
    };
    jobs::Runner runner(desk_.workspace, desk_.database, desk_.catalog, desk_.actor,
                        std::move(options));
    if (const auto lost = runner.begin(); !lost) return fail(lost.error());
    return runner.work(stop);
  }

  void print_line(const jobs::Job& job) const {
    fmt::print("{}  {}  {}  {}  {}{}\n", pad_left(std::to_string(job.id.value), 6),
               pad_right(kind_words(job.work.kind, session_), 8), format_instant(job.asked_at),
               pad_right(state_words(job, session_), 12),
               job.schedule.empty() ? job.asked_by : job.schedule,
               job.error.empty() ? "" : "  " + error_words(job.error, session_.lang));
  }

  void print_details(const jobs::Job& job) const {
    const auto say = [&](const char* zh, const char* en, const std::string& value) {
      if (!value.empty()) fmt::print("  {}{}\n", session_.say(zh, en), value);
    };
    say("内容 ", "work ", jobs::text_of(job.work));
    if (job.due_at) {
      say("应于 ", "was due at ",
          format_instant(*job.due_at) +
              (job.missed == 0
                   ? std::string()
                   : fmt::format(fmt::runtime(session_.say("（并补此前错过的 {} 次）",
                                                           " (and stands for {} missed before)")),
                                 job.missed)));
    }
    if (job.again_of) say("重做的是 ", "again, of job ", std::to_string(job.again_of->value));
    if (job.started_at) say("开始 ", "started ", format_instant(*job.started_at));
    if (job.ended_at) say("结束 ", "ended ", format_instant(*job.ended_at));
    if (job.exit_code) say("退出码 ", "exit code ", std::to_string(*job.exit_code));
    if (job.cancel_at) say("取消者 ", "cancelled by ", job.cancel_by);
    if (job.progress && !jobs::is_over(job.state)) {
      say("进度 ", "progress ",
          fmt::format("{}/{}  {}", job.progress->done, job.progress->total, job.progress->step));
    }
    say("结果 ", "result ", job.result);
  }

  void print_output(const jobs::Job& job) const {
    const auto folder = desk_.workspace.jobs() / std::to_string(job.id.value);
    for (const char* name : {"errors", "output"}) {
      if (const auto text = read_file(folder / name)) fmt::print("{}", *text);
    }
  }

  AtDesk& desk_;
  Options& options_;
  Session& session_;
};

Status run(Options& options, Session& session, Status (*verb)(Verbs&)) {
  return at_desk(options.folder, "", session, [&](AtDesk& desk) {
    Verbs verbs(desk, options, session);
    return verb(verbs);
  });
}

/// Every path as it is meant here and now: the job runs elsewhere and later.
void make_absolute(std::vector<std::string>& paths) {
  for (auto& path : paths) path = std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

void add_jobs_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "jobs", session.say("作业：排队接收和检测，查看进度，取消",
                          "jobs: ask for imports and detections, see how far they are, cancel"));
  add_desk_options(*verb, options->folder, nullptr, session);
  verb->require_subcommand(1);
  const auto does = [options, &session](CLI::App* one, Status (*work)(Verbs&)) {
    one->callback([options, work, &session] {
      if (auto done = run(*options, session, work); !done) session.report(done.error());
    });
    return one;
  };
  const auto add = [&](const char* name, std::string words, Status (*work)(Verbs&)) {
    return does(verb->add_subcommand(name, std::move(words)), work);
  };
  const auto with_id = [&](CLI::App* one) {
    one->add_option("ID", options->id, session.say("作业编号（list 列出）", "number, from list"))
        ->required();
    return one;
  };

  auto* listing = add("list", session.say("列出作业，新的在前", "list jobs, the newest first"),
                      [](Verbs& verbs) { return verbs.list(); });
  listing
      ->add_option("--state", options->state,
                   session.say("只看此状态：waiting running done failed cancelled lost",
                               "only of this state: waiting, running, done, failed, cancelled, "
                               "lost"))
      ->check(CLI::IsMember({"waiting", "running", "done", "failed", "cancelled", "lost"}));
  listing
      ->add_option("--kind", options->kind,
                   session.say("只看此类：import detect", "only of this kind: import, detect"))
      ->check(CLI::IsMember({"import", "detect"}));
  listing->add_option("--limit", options->limit, session.say("条数", "how many"))
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();

  with_id(
      add("show", session.say("一个作业", "one job"), [](Verbs& verbs) { return verbs.show(); }))
      ->add_flag("--output", options->output,
                 session.say("连同它输出的内容", "with what it printed"));

  auto* running = verb->add_subcommand("run", session.say("排队一个作业", "ask for a job"));
  running->require_subcommand(1);
  const auto asks = [&](const char* name, std::string words) {
    auto* one = does(running->add_subcommand(name, std::move(words)),
                     [](Verbs& verbs) { return verbs.ask(); });
    one->add_flag("--wait", options->wait,
                  session.say("等到结束；没有服务在运行时，就在这里运行所有排队的作业",
                              "wait for its end; if no server runs, run here what waits"));
    return one;
  };
  auto* importing = asks("import", session.say("接收文件；不写路径为整个收件夹 inbox/",
                                               "import files; without one, the whole inbox/"));
  importing->add_option("PATH", options->work.paths,
                        session.say("文件或文件夹", "files or folders"));
  importing->add_option("--table", options->work.table, session.say("标准表", "canonical table"));
  importing->add_option("--period", options->work.period,
                        session.say("所属期 YYYY-MM", "period, YYYY-MM"));
  importing->add_option("--map", options->work.map,
                        session.say("映射文件（YAML）", "mapping file (YAML)"));
  importing->add_flag(
      "--replace-period", options->work.replace_period,
      session.say("替换同表同期的全部", "replace all of the same table and period"));
  importing->parse_complete_callback([options] {
    options->work.kind = jobs::Kind::import;
    make_absolute(options->work.paths);
    if (!options->work.map.empty())
      options->work.map = std::filesystem::absolute(options->work.map).string();
  });
  auto* detecting = asks("detect", session.say("运行检测", "run detections"));
  detecting->add_option("--only", options->work.only,
                        session.say("只运行这些（名称或编号）", "only these (names or codes)"));
  detecting->add_option("--as-of", options->work.as_of,
                        session.say("以哪一天为“今天”", "the day taken as today"));
  detecting->add_flag("--force", options->work.force,
                      session.say("相同的运行已存在也重新执行", "also if an equal run is there"));
  with_id(asks("again", session.say("重做一个已结束的作业", "once more, of one that is over")));

  with_id(add("cancel", session.say("取消一个作业", "cancel a job"),
              [](Verbs& verbs) { return verbs.cancel(); }));
}

}  // namespace anlan::app
