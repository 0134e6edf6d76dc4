#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/commands.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "lake/workspace.hpp"
#include "leads/list.hpp"
#include "leads/truth_check.hpp"

namespace anlan::app {
namespace {

struct Options {
  std::string folder;
  std::string truth;
  std::string thresholds;
};

void print_json(const std::vector<leads::Score>& scores) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auto& score : scores) {
    json.push_back({{"code", score.code},
                    {"planted", score.planted},
                    {"found", score.found},
                    {"missed", score.planted - score.found},
                    {"lookalikes", score.lookalikes},
                    {"lookalikes_hit", score.lookalikes_hit},
                    {"others_hit", score.others_hit},
                    {"recall", score.recall()},
                    {"precision", score.precision()}});
  }
  fmt::print("{}\n", json.dump(2));
}

/// A rate of nothing is not shown as a perfect one.
std::string rate(bool any, double value) {
  return any ? fmt::format("{:.3f}", value) : "-";
}

void print_table(const std::vector<leads::Score>& scores, const Session& session) {
  fmt::print(
      "{}\n",
      session.say("检测     埋设  查到  漏查  相似无辜  误报相似  误报其他  查全率  查准率",
                  "code   planted found missed lookalikes look-hit others-hit recall precision"));
  for (const auto& score : scores) {
    fmt::print("{}  {:>5} {:>5} {:>5} {:>9} {:>9} {:>9} {:>7} {:>7}\n", pad_right(score.code, 6),
               score.planted, score.found, score.planted - score.found, score.lookalikes,
               score.lookalikes_hit, score.others_hit, rate(score.planted > 0, score.recall()),
               rate(score.found + score.lookalikes_hit + score.others_hit > 0, score.precision()));
    for (const auto& missed : score.missed)
      fmt::print("        {}{}\n", session.say("漏 ", "missed "), missed);
    for (const auto& wrong : score.wrong)
      fmt::print("        {}{}\n", session.say("误 ", "wrong "), wrong);
  }
}

void run(const Options& options, Session& session) {
  const auto workspace = lake::Workspace::open(options.folder);
  if (!workspace) return session.report(workspace.error());
  auto list = leads::LeadList::open(*workspace, {});
  if (!list) return session.report(list.error());
  const auto scores = leads::check_truth(*list, options.truth);
  if (!scores) return session.report(scores.error());
  if (session.json) {
    print_json(*scores);
  } else {
    print_table(*scores, session);
  }
  if (options.thresholds.empty()) return;
  const auto thresholds = leads::read_thresholds(options.thresholds);
  if (!thresholds) return session.report(thresholds.error());
  for (const auto& score : *scores) {
    auto threshold = thresholds->find(score.code);
    if (threshold == thresholds->end()) threshold = thresholds->find("default");
    if (threshold == thresholds->end()) continue;
    if (score.recall() >= threshold->second.recall &&
        score.precision() >= threshold->second.precision)
      continue;
    fmt::print(
        stderr, "{}\n",
        fmt::format(fmt::runtime(session.say(
                        "{} 未达标：查全率 {:.3f}（至少 {:.3f}），查准率 {:.3f}（至少 {:.3f}）",
                        "{} below its thresholds: recall {:.3f} (at least {:.3f}), "
                        "precision {:.3f} (at least {:.3f})")),
                    score.code, score.recall(), threshold->second.recall, score.precision(),
                    threshold->second.precision));
    session.exit_code = exit_failed;
  }
}

}  // namespace

void add_score_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "score", session.say("对照合成城市的真实答案计算查全率、查准率",
                           "precision and recall against the true answers of a synthetic city"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("--truth", options->truth,
                   session.say("真实答案 truth.csv", "the true answers, truth.csv"))
      ->required();
  verb->add_option("--thresholds", options->thresholds,
                   session.say("最低要求（YAML）；未达到则退出码为 1",
                               "least to reach (YAML); below it the exit code is 1"));
  verb->callback([options, &session] { run(*options, session); });
}

}  // namespace anlan::app
