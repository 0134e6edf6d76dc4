#include "app/duties_check.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/catalog_words.hpp"
#include "app/desk.hpp"
#include "app/session.hpp"
#include "base/instant.hpp"
#include "catalog/catalog.hpp"
#include "duties/breaches.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {
namespace {

using duties::Breach;
using nlohmann::ordered_json;

struct Words {
  std::string_view code;
  std::string_view zh;
  std::string_view en;
};

// What is not a pair of the catalog.
constexpr Words kinds[] = {
    {"maker", "经办人审批自己的事项", "decided a matter of their own making"},
    {"handler", "办理过的人审批", "decided what they had worked on"},
    {"decided", "一轮中决定两次", "decided twice in one round"},
    {"subject", "审批本人的事项", "decided a matter about themselves"},
    {"kin", "审批亲属的事项", "decided a matter about their kin"},
    {"outside_staff", "外包人员审批", "outside staff decided"},
    {"post_not_held", "审批时并不担任该岗位", "did not hold the post when they decided"},
    {"content", "审批的内容与事项不符", "decided other content than the matter has"},
    {"incomplete", "已通过的事项缺少审批", "an approved matter lacks decisions"},
};

std::string why(const catalog::Duties& duties, const Breach& breach, const Session& session) {
  if (const auto* pair = duties.pair(breach.code)) return pair->why.in(session.lang);
  for (const auto& kind : kinds) {
    if (kind.code == breach.code) return session.say(kind.zh, kind.en);
  }
  return breach.code;
}

std::string level(const Breach& breach, const Session& session) {
  if (breach.level == catalog::PairLevel::hard) return "H";
  return breach.controlled ? session.say("S（有补偿措施）", "S (controlled)") : "S";
}

/// A soft pair under its control is shown and is no finding.
bool is_finding(const Breach& breach) {
  return breach.level == catalog::PairLevel::hard || !breach.controlled;
}

void print_json(const std::vector<Breach>& breaches) {
  auto all = ordered_json::array();
  for (const auto& breach : breaches) {
    all.push_back({{"person", access::word_of(breach.person)},
                   {"code", breach.code},
                   {"level", breach.level == catalog::PairLevel::hard ? "H" : "S"},
                   {"controlled", breach.controlled},
                   {"matter", breach.matter.empty() ? ordered_json() : ordered_json(breach.matter)},
                   {"detail", breach.detail}});
  }
  fmt::print("{}\n", all.dump(2));
}

void print(const catalog::Duties& duties, const std::vector<Breach>& breaches,
           const Session& session) {
  const auto findings = std::count_if(breaches.begin(), breaches.end(), is_finding);
  if (session.json) return print_json(breaches);
  if (!breaches.empty()) {
    std::vector<std::vector<std::string>> rows = {
        {session.say("人员", "person"), session.say("编号", "code"), session.say("级", "level"),
         session.say("事项", "matter"), session.say("情形", "what"), session.say("原因", "why")}};
    for (const auto& breach : breaches) {
      rows.push_back({access::word_of(breach.person), breach.code, level(breach, session),
                      breach.matter, breach.detail, why(duties, breach, session)});
    }
    print_table(rows);
  }
  fmt::print("{}\n",
             fmt::format(fmt::runtime(session.say("岗位制约：{} 项不符", "duties: {} findings")),
                         findings));
}

Result<std::vector<Breach>> look(store::Database& desk, const duties::Rules& rules) {
  return desk.read([&](store::Transaction& transaction) -> Result<std::vector<Breach>> {
    auto held = duties::breaches_held(transaction, rules, Instant::now());
    if (!held) return held;
    auto decided = duties::breaches_decided(transaction, rules);
    if (!decided) return decided;
    held->insert(held->end(), decided->begin(), decided->end());
    return held;
  });
}

void check(const std::filesystem::path& folder, Session& session) {
  const auto duties = catalog::load_duties(session.catalog);
  if (!duties) return session.report(duties.error());
  const auto calendar = catalog::load_work_calendar(session.catalog);
  if (!calendar) return session.report(calendar.error());
  const auto workspace = lake::Workspace::open(folder);
  if (!workspace) return session.report(workspace.error());
  auto desk = open_desk(*workspace, session);
  if (!desk) return session.report(desk.error());
  const auto breaches = look(*desk, {*duties, *calendar});
  if (!breaches) return session.report(breaches.error());
  print(*duties, *breaches, session);
  if (std::any_of(breaches->begin(), breaches->end(), is_finding))
    session.exit_code = exit_rejected;
}

}  // namespace

void add_duties_check_command(CLI::App& verb, Session& session) {
  auto folder = std::make_shared<std::filesystem::path>();
  auto* command = verb.add_subcommand(
      "check",
      session.say("核查现有岗位和已作的审批是否违反岗位制约（有不符则返回 3）",
                  "look at all posts held and all decisions; ends with 3 if some break the rules"));
  command->add_option("DIR", *folder, session.say("工作区", "the workspace"))->required();
  command->callback([folder, &session] { check(*folder, session); });
}

}  // namespace anlan::app
