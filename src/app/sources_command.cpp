#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/at_desk.hpp"
#include "app/commands.hpp"
#include "app/count_text.hpp"
#include "app/people.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "jobs/job_json.hpp"
#include "lake/deliveries.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using store::Transaction;

struct Options {
  std::string folder;
  std::string as_of;
  bool late = false;
  jobs::NewAgreement agreement;
  std::string agreed_on;
};

std::string freshness_words(const jobs::Source& source, const Session& session) {
  switch (source.freshness) {
    case jobs::Freshness::none:
      return session.say("从未收到", "never received");
    case jobs::Freshness::fresh:
      return session.say("及时", "fresh");
    case jobs::Freshness::due:
      return session.say("应收（宽限中）", "due, in grace");
    case jobs::Freshness::late:
      break;
  }
  return fmt::format(fmt::runtime(session.say("逾期 {} 天", "{} days late")), source.days_late);
}

std::string frequency_words(const std::string& frequency, const Session& session) {
  const struct {
    const char* word;
    const char* zh;
  } all[] = {{"daily", "每日"},
             {"weekly", "每周"},
             {"monthly", "每月"},
             {"quarterly", "每季"},
             {"yearly", "每年"}};
  for (const auto& one : all) {
    if (frequency == one.word) return session.say(one.zh, one.word);
  }
  return frequency;
}

Status list(const Options& options, const Session& session, const lake::Workspace& workspace,
            const catalog::Catalog& catalog, store::Database& desk) {
  auto today = Instant::now().day();
  if (!options.as_of.empty()) {
    const auto day = parse_date(options.as_of);
    if (!day) return fail(day.error());
    today = *day;
  }
  const auto deliveries = lake::list_deliveries(workspace);
  if (!deliveries) return fail(deliveries.error());
  auto sources = desk.read([&](Transaction& tx) {
    return jobs::list_sources(tx, console_actor(), catalog, *deliveries, today);
  });
  if (!sources) return fail(sources.error());
  if (options.late) {
    std::erase_if(*sources, [](const auto& one) { return one.freshness != jobs::Freshness::late; });
  }
  if (session.json) {
    Json all = Json::array();
    for (const auto& one : *sources) all.push_back(jobs::json_of(one));
    fmt::print("{}\n", all.dump(2));
    return {};
  }
  for (const auto& one : *sources) {
    const bool assumed = one.agreement.sure == "assumed";
    fmt::print("{}  {}  {}  {}{}  {}\n", pad_right(one.agreement.table, 16),
               pad_right(freshness_words(one, session), 16),
               pad_right(frequency_words(one.agreement.frequency, session) +
                             (assumed ? session.say("（拟定）", " (assumed)") : std::string()),
                         19),
               one.received_on ? format_date(*one.received_on) : std::string("-         "),
               one.received_on
                   ? "  " + pad_left(count_text(one.rows_loaded), 10) + session.say(" 行", " rows")
                   : std::string(),
               one.departments.in(session.lang));
  }
  return {};
}

Status set(const Options& options, const Session& session, const lake::Workspace& workspace,
           const catalog::Catalog& catalog, store::Database& desk) {
  const auto now = Instant::now();
  auto agreement = options.agreement;
  agreement.agreed_on = now.day();
  if (!options.agreed_on.empty()) {
    const auto day = parse_date(options.agreed_on);
    if (!day) return fail(day.error());
    agreement.agreed_on = *day;
  }
  const auto done = desk.write([&](Transaction& tx) -> Status {
    const auto actor = console_actor();
    const auto sources = jobs::list_sources(tx, actor, catalog, {}, now.day());
    if (!sources) return fail(sources.error());
    std::int64_t version = 0;
    for (const auto& one : *sources) {
      if (one.agreement.table == agreement.table) version = one.agreement.version;
    }
    return jobs::set_agreement(tx, actor, catalog, agreement, version, now);
  });
  if (!done) return done;
  return list(options, session, workspace, catalog, desk);
}

using Verb = Status (*)(const Options&, const Session&, const lake::Workspace&,
                        const catalog::Catalog&, store::Database&);

Status run(const Options& options, const Session& session, Verb verb) {
  return at_desk(options.folder, "", session, [&](AtDesk& desk) {
    return verb(options, session, desk.workspace, desk.catalog, desk.database);
  });
}

}  // namespace

void add_sources_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "sources", session.say("外部数据来源：约定的频率、最近一次接收、谁逾期了",
                             "external sources: what was agreed, what came last, who is late"));
  add_desk_options(*verb, options->folder, nullptr, session);
  verb->add_option("--as-of", options->as_of,
                   session.say("以哪一天为“今天”", "the day taken as today"));
  verb->add_flag("--late", options->late, session.say("只列逾期的", "only the late ones"));
  verb->require_subcommand(0, 1);
  const auto does = [options, &session](CLI::App* one, Verb work) {
    one->callback([options, work, &session] {
      if (auto done = run(*options, session, work); !done) session.report(done.error());
    });
    return one;
  };
  auto* setting =
      does(verb->add_subcommand("set", session.say("登记约定", "enter what was agreed")), set);
  const auto with_table = [&](CLI::App* one) {
    one->add_option("TABLE", options->agreement.table, session.say("标准表", "canonical table"))
        ->required();
    return one;
  };
  with_table(setting);
  setting
      ->add_option("--frequency", options->agreement.frequency,
                   session.say("频率：daily weekly monthly quarterly yearly",
                               "daily, weekly, monthly, quarterly or yearly"))
      ->required()
      ->check(CLI::IsMember({"daily", "weekly", "monthly", "quarterly", "yearly"}));
  setting
      ->add_option("--grace-days", options->agreement.grace_days,
                   session.say("宽限天数", "days of grace"))
      ->capture_default_str();
  setting
      ->add_option("--document", options->agreement.document,
                   session.say("约定的文号或名称", "number or title of the agreement"))
      ->required();
  setting->add_option(
      "--agreed-on", options->agreed_on,
      session.say("约定日期，缺省今天", "day of the agreement; today if not given"));
  with_table(does(verb->add_subcommand(
                      "reset", session.say("恢复为目录中拟定的", "back to the catalog's template")),
                  set));
  verb->callback([options, verb, &session] {
    if (!verb->get_subcommands().empty()) return;
    if (auto done = run(*options, session, list); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
