#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/rules_explain.hpp"
#include "app/rules_fields.hpp"
#include "app/rules_new.hpp"
#include "app/session.hpp"
#include "app/spec_report.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "rules/check_catalog.hpp"
#include "rules/spec_run.hpp"

namespace anlan::app {
namespace {

using catalog::Catalog;
using catalog::Rule;
using nlohmann::ordered_json;

/// An expression on one line, as the YAML reader joined it.
std::string one_line(const catalog::LocatedText& text) {
  std::string out;
  for (const char c : text.text) out += c == '\n' ? ' ' : c;
  return std::string(trim(out));
}

std::vector<std::string> names_of(const std::vector<catalog::LocatedText>& texts) {
  std::vector<std::string> names;
  for (const auto& text : texts) names.push_back(text.text);
  return names;
}

ordered_json brief_json(const Rule& rule) {
  return {{"code", rule.code},
          {"name", rule.name},
          {"title", {{"zh", rule.title.zh}, {"en", rule.title.en}}},
          {"about", rule.about},
          {"severity", severity_name(rule.severity, Lang::en)},
          {"phases", rule.phases},
          {"on_hit", rule.on_hit},
          {"amount_kind", amount_name(rule.amount_kind, Lang::en)},
          {"cases", case_count(rule.spec)},
          {"version", rule.version}};
}

void list_rules(const Catalog& catalog, const Session& session) {
  if (session.json) {
    auto all = ordered_json::array();
    for (const auto& rule : catalog.rules) all.push_back(brief_json(rule));
    return fmt::print("{}\n", all.dump(2));
  }
  std::vector<std::vector<std::string>> rows = {
      {session.say("编号", "code"), session.say("标题", "title"), session.say("级别", "severity"),
       session.say("阶段", "phase"), session.say("金额", "amount"), session.say("用例", "cases"),
       session.say("名称", "name")}};
  for (const auto& rule : catalog.rules) {
    rows.push_back(
        {rule.code, rule.title.in(session.lang), severity_name(rule.severity, session.lang),
         phase_names(rule.phases, session.lang), amount_name(rule.amount_kind, session.lang),
         std::to_string(case_count(rule.spec)), rule.name});
  }
  print_table(rows);
}

/// What the rule says, part by part: "when" → the expression.
std::vector<std::vector<std::string>> expressions(const Rule& rule) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& name, const catalog::LocatedText& text) {
    if (!text.empty()) rows.push_back({name, one_line(text)});
  };
  add("each", rule.each);
  add("where", rule.where);
  for (const auto& let : rule.lets) add("let " + let.name, let.text);
  add("when", rule.when);
  add("month", rule.month);
  add("amount", rule.amount);
  for (const auto& text : rule.evidence) add("evidence", text);
  return rows;
}

void show_json(const Rule& rule) {
  auto all = brief_json(rule);
  auto says = ordered_json::array();
  for (const auto& row : expressions(rule))
    says.push_back({{"part", row[0]}, {"expression", row[1]}});
  all["expressions"] = std::move(says);
  auto params = ordered_json::array();
  for (const auto& one : rule.params) {
    params.push_back({{"name", one.param.name},
                      {"value", one.param.value},
                      {"policy", one.policy},
                      {"scheme", one.scheme},
                      {"unit", one.param.unit},
                      {"sure", one.param.sure},
                      {"title", {{"zh", one.param.title.zh}, {"en", one.param.title.en}}}});
  }
  all["params"] = std::move(params);
  all["because"] = {{"zh", rule.because.zh}, {"en", rule.because.en}};
  all["exclude"] = names_of(rule.exclude);
  all["measures"] = rule.measures;
  all["basis"] = rule.basis;
  all["false_alarms"] = {{"zh", rule.false_alarms.zh}, {"en", rule.false_alarms.en}};
  if (rule.valid_from) all["valid_from"] = format_date(*rule.valid_from);
  if (rule.valid_to) all["valid_to"] = format_date(*rule.valid_to);
  fmt::print("{}\n", all.dump(2));
}

void show_rule(const Rule& rule, const Session& session) {
  if (session.json) return show_json(rule);
  const auto lang = session.lang;
  fmt::print("{}  {}  ({})\n\n", rule.code, rule.title.in(lang), rule.name);
  std::vector<std::vector<std::string>> rows = {
      {session.say("对象", "about"), rule.about},
      {session.say("级别", "severity"), severity_name(rule.severity, lang)},
      {session.say("阶段", "phases"), phase_names(rule.phases, lang)},
      {session.say("金额", "amount"), amount_name(rule.amount_kind, lang)},
      {session.say("说明", "because"), rule.because.in(lang)},
      {session.say("排除", "exclude"), joined(names_of(rule.exclude))},
      {session.say("防控措施", "measures"), joined(rule.measures)},
      {session.say("易误报", "false alarms"), rule.false_alarms.in(lang)},
      {session.say("用例", "cases"), std::to_string(case_count(rule.spec))},
      {session.say("版本", "version"), rule.version}};
  if (rule.valid_from || rule.valid_to) {
    rows.push_back({session.say("有效期", "valid"),
                    (rule.valid_from ? format_date(*rule.valid_from) : "") + " – " +
                        (rule.valid_to ? format_date(*rule.valid_to) : "")});
  }
  for (const auto& basis : rule.basis) rows.push_back({session.say("依据", "basis"), basis});
  print_table(rows);
  fmt::print("\n");
  auto says = expressions(rule);
  for (auto& row : says) row[0] = "  " + row[0];
  print_table(says);
  if (rule.params.empty()) return;
  fmt::print("\n{}\n", session.say("参数（默认值；anlan.yaml 的 params 可改）：",
                                   "Parameters (defaults; params in anlan.yaml override them):"));
  std::vector<std::vector<std::string>> params;
  for (const auto& one : rule.params) {
    params.push_back({"  " + one.param.name, param_text(one.param), one.param.unit, one.param.sure,
                      one.policy.empty() ? "" : "policy_param " + one.policy,
                      one.param.title.in(lang)});
  }
  print_table(params);
}

void test_rules(const Catalog& catalog, const std::vector<const Rule*>& all, Session& session) {
  auto runner = rules::SpecRunner::open(catalog);
  if (!runner) return session.report(runner.error());
  std::vector<Tested> tested;
  for (const auto* rule : all) tested.push_back({rule->code, rule->name, "rule.spec"});
  test_specs(
      tested, {"条规则", "rules"}, [&](std::size_t i) { return runner->run(*all[i]); }, session);
}

/// The rule called so, its expressions checked too.
Result<const Rule*> find_good_rule(const Catalog& catalog, const std::string& name) {
  const auto found = chosen(catalog.rules, {name}, "rule.missing");
  if (!found) return fail(found.error());
  if (const auto checked = rules::check_rule_of(catalog, *found->front()); !checked)
    return fail(checked.error());
  return found->front();
}

void add_list_command(CLI::App& verb, Session& session) {
  auto* list = verb.add_subcommand("list", session.say("列出全部规则", "list all rules"));
  list->callback([&session] {
    const auto catalog = rules::load_catalog(session.catalog);
    if (!catalog) return session.report(catalog.error());
    if (const auto checked = rules::check_catalog(*catalog); !checked)
      return session.report(checked.error());
    list_rules(*catalog, session);
  });
}

void add_show_command(CLI::App& verb, Session& session) {
  auto name = std::make_shared<std::string>();
  auto* show = verb.add_subcommand("show", session.say("说明一条规则", "show one rule"));
  show->add_option("NAME", *name, session.say("规则名称或编号", "name or code of the rule"))
      ->required();
  show->callback([name, &session] {
    const auto catalog = rules::load_catalog(session.catalog);
    if (!catalog) return session.report(catalog.error());
    const auto rule = find_good_rule(*catalog, *name);
    if (!rule) return session.report(rule.error());
    show_rule(**rule, session);
  });
}

void add_test_command(CLI::App& verb, Session& session) {
  auto names = std::make_shared<std::vector<std::string>>();
  auto* test =
      verb.add_subcommand("test", session.say("检验规则用例（rule.spec）", "run the rules' specs"));
  test->add_option("NAME", *names,
                   session.say("规则名称或编号，缺省为全部", "names or codes; all if none"));
  test->callback([names, &session] {
    const auto catalog = rules::load_catalog(session.catalog);
    if (!catalog) return session.report(catalog.error());
    const auto all = chosen(catalog->rules, *names, "rule.missing");
    if (!all) return session.report(all.error());
    test_rules(*catalog, *all, session);
  });
}

}  // namespace

void add_rules_command(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand(
      "rules", session.say("规则：列表、说明、新建、用例检验、可引用的字段、逐项解释",
                           "the rules: list, show one, begin a new one, run their specs, what they "
                           "may name, explain"));
  verb->require_subcommand(1);
  add_list_command(*verb, session);
  add_show_command(*verb, session);
  add_test_command(*verb, session);
  add_rules_new_command(*verb, session);
  add_rules_fields_command(*verb, session);
  add_rules_explain_command(*verb, session);
}

}  // namespace anlan::app
