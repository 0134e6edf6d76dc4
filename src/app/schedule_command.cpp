#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/at_desk.hpp"
#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "jobs/job_json.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using store::Transaction;

struct Options {
  std::string folder;
  std::string name;
  std::string kind = "detect";
  std::string rule;
  bool skip_missed = false;
  bool standard = false;
  jobs::Work work;
};

class Verbs {
 public:
  Verbs(AtDesk& desk, const Options& options, const Session& session)
      : desk_(desk), options_(options), session_(session) {}

  Status list() {
    const auto all =
        desk_.database.read([&](Transaction& tx) { return jobs::list_schedules(tx, desk_.actor); });
    if (!all) return fail(all.error());
    if (session_.json) {
      Json list = Json::array();
      for (const auto& one : *all) list.push_back(jobs::json_of(one));
      fmt::print("{}\n", list.dump(2));
      return {};
    }
    if (all->empty()) {
      fmt::print("{}\n", session_.say("没有日程；采用标准日程：anlan schedule DIR set --standard",
                                      "no schedule; to take over the standard one: anlan schedule "
                                      "DIR set --standard"));
    }
    for (const auto& one : *all) {
      fmt::print("{}  {}  {}  {}{}  {}{}\n", pad_right(one.name, 20),
                 pad_right(std::string(jobs::name_of(one.work.kind)), 6),
                 pad_right(fund::text_of(one.rule), 20), session_.say("下次 ", "next "),
                 format_instant(one.next_due),
                 one.catch_up ? session_.say("错过则补", "missed: run once")
                              : session_.say("错过不补", "missed: skipped"),
                 jobs::text_of(one.work) == "{}" ? "" : "  " + jobs::text_of(one.work));
    }
    return {};
  }

  Status set() {
    if (options_.standard) return set_standard();
    if (options_.name.empty() || options_.rule.empty()) {
      return fail(ErrorKind::invalid_input, "schedule.rule",
                  session_.say("须给出 NAME 和 RULE，或 --standard",
                               "expected NAME and RULE, or --standard"));
    }
    const auto rule = fund::parse_recurrence(options_.rule);
    if (!rule) return fail(rule.error());
    jobs::NewSchedule schedule{options_.name, options_.work, *rule, !options_.skip_missed};
    schedule.work.kind = *jobs::kind_named(options_.kind);
    return write([&](Transaction& tx) { return put(tx, schedule); });
  }

  Status remove() {
    return write([&](Transaction& tx) -> Status {
      const auto found = jobs::find_schedule(tx, desk_.actor, options_.name);
      if (!found) return fail(found.error());
      return jobs::remove_schedule(tx, desk_.actor, options_.name, found->version, Instant::now());
    });
  }

 private:
  /// Whatever has one of these names stands as the catalog has it afterwards.
  Status set_standard() {
    return write([&](Transaction& tx) -> Status {
      for (const auto& one : desk_.catalog.monitoring.schedules) {
        jobs::NewSchedule schedule{one.name, {}, one.rule, one.catch_up};
        schedule.work.kind = *jobs::kind_named(one.kind);
        if (auto done = put(tx, schedule); !done) return done;
      }
      return {};
    });
  }

  Status put(Transaction& tx, const jobs::NewSchedule& schedule) {
    const auto there = jobs::find_schedule(tx, desk_.actor, schedule.name);
    if (!there && there.error().kind != ErrorKind::not_found) return fail(there.error());
    return jobs::set_schedule(tx, desk_.actor, desk_.catalog, desk_.workspace, schedule,
                              there ? there->version : 0, Instant::now());
  }

  template <class Work>
  Status write(Work&& work) {
    if (auto done = desk_.database.write(std::forward<Work>(work)); !done) return done;
    if (auto settled = settle_desk(desk_.workspace, desk_.database); !settled) return settled;
    return list();
  }

  AtDesk& desk_;
  const Options& options_;
  const Session& session_;
};

Status run(const Options& options, const Session& session, Status (*verb)(Verbs&)) {
  return at_desk(options.folder, "", session, [&](AtDesk& desk) {
    Verbs verbs(desk, options, session);
    return verb(verbs);
  });
}

}  // namespace

void add_schedule_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "schedule", session.say("日程：什么作业何时自动运行", "the schedule: which job runs when"));
  add_desk_options(*verb, options->folder, nullptr, session);
  verb->require_subcommand(1);
  const auto add = [&](const char* name, std::string words, Status (*work)(Verbs&)) {
    auto* one = verb->add_subcommand(name, std::move(words));
    one->callback([options, work, &session] {
      if (auto done = run(*options, session, work); !done) session.report(done.error());
    });
    return one;
  };
  add("list", session.say("列出日程", "list it"), [](Verbs& verbs) { return verbs.list(); });
  auto* setting =
      add("set", session.say("设定一项，或采用标准日程", "set one, or the standard one"),
          [](Verbs& verbs) { return verbs.set(); });
  auto* name = setting->add_option("NAME", options->name,
                                   session.say("名称：小写字母、数字、_", "its name: a-z, 0-9, _"));
  auto* rule = setting->add_option(
      "RULE", options->rule,
      session.say("“daily 02:30”“working_days 01:00”“weekly mon 02:00”或“monthly 5 02:00”（第 5 "
                  "个工作日），北京时间",
                  "'daily 02:30', 'working_days 01:00', 'weekly mon 02:00' or 'monthly 5 02:00' "
                  "(fifth working day), China's time"));
  setting
      ->add_flag("--standard", options->standard,
                 session.say("目录 monitoring/schedule.yaml 中的标准日程（本系统拟定）",
                             "what the catalog's monitoring/schedule.yaml has (our template)"))
      ->excludes(name)
      ->excludes(rule);
  setting->add_option("--kind", options->kind, session.say("作业种类", "kind of job"))
      ->check(CLI::IsMember({"import", "detect"}))
      ->capture_default_str();
  setting->add_flag("--skip-missed", options->skip_missed,
                    session.say("错过的不补", "what was missed is left out"));
  setting->add_option("--only", options->work.only,
                      session.say("检测：只运行这些", "detect: only these"));
  setting->add_option("--table", options->work.table,
                      session.say("接收：标准表", "import: canonical table"));
  add("remove", session.say("取消一项", "remove one"), [](Verbs& verbs) { return verbs.remove(); })
      ->add_option("NAME", options->name, session.say("名称", "its name"))
      ->required();
}

}  // namespace anlan::app
