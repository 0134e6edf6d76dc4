#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/duties_check.hpp"
#include "app/session.hpp"
#include "catalog/duties.hpp"
#include "catalog/near_name.hpp"

namespace anlan::app {
namespace {

using catalog::Chain;
using catalog::ChainStep;
using catalog::Duties;
using catalog::DutyPair;
using catalog::PairLevel;
using catalog::PairScope;
using catalog::PersonFact;
using catalog::Post;
using catalog::StepLimit;
using nlohmann::ordered_json;

std::string level_letter(PairLevel level) {
  return level == PairLevel::hard ? "H" : "S";
}

std::string scope_name(PairScope scope) {
  return scope == PairScope::any_holding         ? "any_holding"
         : scope == PairScope::same_organisation ? "same_organisation"
                                                 : "same_matter";
}

std::string scope_words(PairScope scope, const Session& session) {
  return scope == PairScope::any_holding ? session.say("不得兼任", "not at once")
         : scope == PairScope::same_organisation
             ? session.say("同一机构内不得兼任", "not in one organisation")
             : session.say("同一事项内不得兼办", "not in one matter");
}

std::string pair_words(const DutyPair& pair, const Session& session) {
  if (pair.fact == PersonFact::subject_or_kin)
    return session.say("本人或亲属的事项 – 任何步骤", "own or kin's matter – any step");
  if (pair.fact == PersonFact::outside_staff) {
    return session.say("外包人员 – ", "outside staff – ") + joined(pair.fact_posts) +
           session.say("；无工单不得 ", "; without a ticket ") + joined(pair.ticket_posts);
  }
  return joined(pair.written);
}

std::string limit_words(const StepLimit& within, const Session& session) {
  if (within.count == 0) return "";
  const auto unit = within.unit == StepLimit::Unit::working_days
                        ? session.say("个工作日", " working days")
                    : within.unit == StepLimit::Unit::days ? session.say("日", " days")
                                                           : session.say("小时", " hours");
  return std::to_string(within.count) + unit;
}

std::string step_words(const ChainStep& step, const Session& session) {
  std::string words = step.posts.empty() ? session.say("不限岗位", "any post") : joined(step.posts);
  if (step.quorum > 1) words += fmt::format(" ×{}", step.quorum);
  if (step.above) words += session.say("（本级或上级）", " (here or above)");
  return words;
}

ordered_json json_of(const Title& title) {
  return {{"zh", title.zh}, {"en", title.en}};
}

ordered_json json_of(const Post& post) {
  return {{"code", post.code},
          {"title", json_of(post.title)},
          {"family", post.family},
          {"side", post.side},
          {"sensitive", post.sensitive},
          {"rotation_years", post.rotation_years ? ordered_json(*post.rotation_years) : nullptr},
          {"sure", post.sure}};
}

ordered_json json_of(const DutyPair& pair) {
  auto posts = ordered_json::array();
  for (const auto& [one, other] : pair.posts) posts.push_back({one, other});
  return {{"code", pair.code},
          {"level", level_letter(pair.level)},
          {"scope", scope_name(pair.scope)},
          {"written", pair.written},
          {"facts", pair.fact == PersonFact::none            ? ordered_json()
                    : pair.fact == PersonFact::outside_staff ? ordered_json("outside_staff")
                                                             : ordered_json("subject_or_kin")},
          {"posts", posts},
          {"fact_posts", pair.fact_posts},
          {"only_with_ticket", pair.ticket_posts},
          {"why", json_of(pair.why)},
          {"basis", pair.basis},
          {"sure", pair.sure}};
}

ordered_json json_of(const Chain& chain) {
  auto steps = ordered_json::array();
  for (const auto& step : chain.steps) {
    const auto unit = step.within.unit == StepLimit::Unit::working_days ? "working_days"
                      : step.within.unit == StepLimit::Unit::days       ? "days"
                                                                        : "hours";
    steps.push_back({{"name", step.name},
                     {"title", json_of(step.title)},
                     {"posts", step.posts},
                     {"quorum", step.quorum},
                     {"where", step.above ? "above" : "same"},
                     {"within", {{unit, step.within.count}}},
                     {"late", step.lapses ? "lapse" : "record"},
                     {"outside_staff", step.outside_staff}});
  }
  return {{"name", chain.name},
          {"title", json_of(chain.title)},
          {"maker_posts", chain.maker_posts},
          {"subject", chain.subject_required ? "required" : "allowed"},
          {"steps", steps},
          {"basis", chain.basis},
          {"sure", chain.sure}};
}

template <class Entries>
ordered_json json_list(const Entries& entries) {
  auto list = ordered_json::array();
  for (const auto& entry : entries) list.push_back(json_of(entry));
  return list;
}

void list_duties(const Duties& duties, const Session& session) {
  if (session.json) {
    const ordered_json all = {{"posts", json_list(duties.posts)},
                              {"pairs", json_list(duties.pairs)}};
    return fmt::print("{}\n", all.dump(2));
  }
  std::vector<std::vector<std::string>> posts = {
      {session.say("岗位", "post"), session.say("名称", "name"), session.say("类别", "family"),
       session.say("侧", "side"), session.say("敏感", "sensitive"),
       session.say("轮岗（年）", "rotation, years"), session.say("确定程度", "sure")}};
  for (const auto& post : duties.posts) {
    posts.push_back({post.code, post.title.in(session.lang), post.family, post.side,
                     post.sensitive ? session.say("是", "yes") : "",
                     post.rotation_years ? std::to_string(*post.rotation_years) : "", post.sure});
  }
  print_table(posts);
  fmt::print("\n");
  std::vector<std::vector<std::string>> pairs = {
      {session.say("编号", "code"), session.say("级", "level"), session.say("范围", "scope"),
       session.say("不相容", "pair"), session.say("原因", "why")}};
  for (const auto& pair : duties.pairs) {
    pairs.push_back({pair.code, level_letter(pair.level), scope_words(pair.scope, session),
                     pair_words(pair, session), pair.why.in(session.lang)});
  }
  print_table(pairs);
}

void show_pair(const Duties& duties, const DutyPair& pair, const Session& session) {
  if (session.json) return fmt::print("{}\n", json_of(pair).dump(2));
  fmt::print("{}  {}  {}\n\n", pair.code, level_letter(pair.level), pair.why.in(session.lang));
  std::vector<std::vector<std::string>> rows = {
      {session.say("不相容", "pair"), pair_words(pair, session)},
      {session.say("范围", "scope"), scope_words(pair.scope, session)},
      {session.say("级别", "level"),
       pair.level == PairLevel::hard
           ? session.say("H：禁止", "H: forbidden")
           : fmt::format(
                 fmt::runtime(session.say(
                     "S：仅限小单位，{0} 于 {1} 个工作日内全部复查，最长 {2} 个月",
                     "S: small offices only; {0} checks all of it within {1} working days, for {2} "
                     "months at most")),
                 duties.limits.soft_check_post, duties.limits.soft_check_working_days,
                 duties.limits.soft_months_max)},
      {session.say("依据", "basis"), fmt::format("{}", fmt::join(pair.basis, "; "))},
      {session.say("确定程度", "sure"), pair.sure}};
  print_table(rows);
  if (pair.posts.empty()) return;
  fmt::print("\n");
  std::vector<std::vector<std::string>> posts;
  for (const auto& [one, other] : pair.posts) {
    posts.push_back({"  " + one, duties.post(one)->title.in(session.lang), "–", other,
                     duties.post(other)->title.in(session.lang)});
  }
  print_table(posts);
}

/// Everything that names the post.
void show_post(const Duties& duties, const Post& post, const Session& session) {
  if (session.json) return fmt::print("{}\n", json_of(post).dump(2));
  fmt::print("{}  {}\n\n", post.code, post.title.in(session.lang));
  const auto has = [&](const std::vector<std::string>& posts) {
    return std::find(posts.begin(), posts.end(), post.code) != posts.end();
  };
  std::vector<std::vector<std::string>> rows;
  for (const auto& pair : duties.pairs) {
    std::vector<std::string> others;
    for (const auto& [one, other] : pair.posts) {
      if (one == post.code) others.push_back(other);
      if (other == post.code) others.push_back(one);
    }
    if (has(pair.fact_posts)) others.push_back(session.say("外包人员", "outside staff"));
    if (!others.empty())
      rows.push_back(
          {pair.code, level_letter(pair.level), joined(others), pair.why.in(session.lang)});
  }
  for (const auto& chain : duties.chains) {
    for (const auto& step : chain.steps) {
      if (has(step.posts))
        rows.push_back({session.say("审批", "step"), "", chain.title.in(session.lang),
                        step.title.in(session.lang)});
    }
  }
  for (const auto& right : duties.rights) {
    if (has(right.posts))
      rows.push_back({session.say("权限", "right"), "", right.name, right.title.in(session.lang)});
  }
  print_table(rows);
}

void list_chains(const Duties& duties, const std::string& name, Session& session) {
  std::vector<const Chain*> chosen;
  std::vector<std::string> known;
  for (const auto& chain : duties.chains) {
    known.push_back(chain.name);
    if (name.empty() || chain.name == name) chosen.push_back(&chain);
  }
  if (chosen.empty()) {
    return session.report(
        {ErrorKind::not_found, "duties.unknown", name + catalog::did_you_mean(name, known)});
  }
  if (session.json) {
    auto list = ordered_json::array();
    for (const auto* chain : chosen) list.push_back(json_of(*chain));
    return fmt::print("{}\n", list.dump(2));
  }
  for (const auto* chain : chosen) {
    fmt::print("{}  {}\n", chain->title.in(session.lang), chain->name);
    std::vector<std::vector<std::string>> rows = {{"  0", session.say("经办", "maker"),
                                                   chain->maker_posts.empty()
                                                       ? session.say("不限岗位", "any post")
                                                       : joined(chain->maker_posts),
                                                   "", ""}};
    int number = 0;
    for (const auto& step : chain->steps) {
      rows.push_back({fmt::format("  {}", ++number), step.title.in(session.lang),
                      step_words(step, session), limit_words(step.within, session),
                      step.lapses ? session.say("逾期失效", "lapses")
                                  : session.say("逾期记录", "late is noted")});
    }
    print_table(rows);
    fmt::print("\n");
  }
}

}  // namespace

void add_duties_command(CLI::App& app, Session& session) {
  auto name = std::make_shared<std::string>();
  auto* verb = app.add_subcommand(
      "duties", session.say("岗位制约：岗位、不相容岗位、审批链",
                            "duties kept apart: posts, pairs, chains of approval"));
  verb->require_subcommand(1);

  const auto with_duties = [&session](auto act) {
    return [&session, act] {
      const auto duties = catalog::load_duties(session.catalog);
      if (!duties) return session.report(duties.error());
      act(*duties);
    };
  };

  auto* list = verb->add_subcommand(
      "list", session.say("列出岗位和不相容岗位", "list posts and what may not be held at once"));
  list->callback(with_duties([&session](const Duties& duties) { list_duties(duties, session); }));

  auto* show = verb->add_subcommand(
      "show", session.say("说明一组不相容岗位或一个岗位", "show one pair or one post"));
  show->add_option("CODE", *name, session.say("编号，如 S5 或 SP", "code, such as S5 or SP"))
      ->required();
  show->callback(with_duties([&session, name](const Duties& duties) {
    if (const auto* pair = duties.pair(*name)) return show_pair(duties, *pair, session);
    if (const auto* post = duties.post(*name)) return show_post(duties, *post, session);
    std::vector<std::string> known;
    for (const auto& pair : duties.pairs) known.push_back(pair.code);
    for (const auto& post : duties.posts) known.push_back(post.code);
    session.report(
        {ErrorKind::not_found, "duties.unknown", *name + catalog::did_you_mean(*name, known)});
  }));

  auto* chains = verb->add_subcommand(
      "chains", session.say("各类事项的审批链", "chains of approval, by kind of matter"));
  chains->add_option("NAME", *name, session.say("审批链名称，缺省为全部", "name; all if none"));
  chains->callback(
      with_duties([&session, name](const Duties& duties) { list_chains(duties, *name, session); }));

  add_duties_check_command(*verb, session);
}

}  // namespace anlan::app
