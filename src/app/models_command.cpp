#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/session.hpp"
#include "base/fen.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "catalog/near_name.hpp"
#include "catalog/spec.hpp"
#include "detect/spec_run.hpp"

namespace anlan::app {
namespace {

using catalog::Catalog;
using catalog::Model;
using nlohmann::ordered_json;

std::size_t case_count(const Model& model) {
  const auto spec = catalog::parse_spec(model.spec, model.name);
  return spec ? spec->cases.size() : 0;
}

/// The model called so, or an error that names the nearest.
Result<const Model*> find_model(const Catalog& catalog, const std::string& name) {
  if (const auto* model = catalog.model(name); model != nullptr) return model;
  std::vector<std::string> names;
  for (const auto& model : catalog.models) {
    names.push_back(model.name);
    names.push_back(model.code);
  }
  return fail(ErrorKind::not_found, "model.missing", name + catalog::did_you_mean(name, names));
}

ordered_json brief_json(const Model& model) {
  return {
      {"code", model.code},
      {"name", model.name},
      {"title", {{"zh", model.title.zh}, {"en", model.title.en}}},
      {"about", model.about},
      {"severity", severity_name(model.severity, Lang::en)},
      {"phases", model.phases},
      {"amount", {{"kind", amount_name(model.amount_kind, Lang::en)}, {"rule", model.amount_rule}}},
      {"needs", model.needs},
      {"reads", model.reads},
      {"cases", case_count(model)},
      {"version", model.version}};
}

void list_models(const Catalog& catalog, const Session& session) {
  if (session.json) {
    auto all = ordered_json::array();
    for (const auto& model : catalog.models) all.push_back(brief_json(model));
    return fmt::print("{}\n", all.dump(2));
  }
  std::vector<std::vector<std::string>> rows = {
      {session.say("编号", "code"), session.say("名称", "title"), session.say("级别", "severity"),
       session.say("阶段", "phase"), session.say("金额", "amount"), session.say("用例", "cases"),
       session.say("所需表", "needs")}};
  for (const auto& model : catalog.models) {
    rows.push_back(
        {model.code, model.title.in(session.lang), severity_name(model.severity, session.lang),
         phase_names(model.phases, session.lang), amount_name(model.amount_kind, session.lang),
         std::to_string(case_count(model)), joined(model.needs)});
  }
  print_table(rows);
}

void show_model(const Model& model, const Session& session) {
  if (session.json) {
    auto all = brief_json(model);
    auto params = ordered_json::array();
    for (const auto& param : model.params) {
      params.push_back({{"name", param.name},
                        {"value", param.value},
                        {"unit", param.unit},
                        {"sure", param.sure},
                        {"title", {{"zh", param.title.zh}, {"en", param.title.en}}}});
    }
    all["params"] = std::move(params);
    all["because"] = {{"zh", model.because.zh}, {"en", model.because.en}};
    all["exclude"] = model.exclude;
    all["measures"] = model.measures;
    all["basis"] = model.basis;
    all["false_alarms"] = {{"zh", model.false_alarms.zh}, {"en", model.false_alarms.en}};
    all["sql"] = model.sql;
    return fmt::print("{}\n", all.dump(2));
  }
  const auto lang = session.lang;
  fmt::print("{}  {}  ({})\n\n", model.code, model.title.in(lang), model.name);
  std::vector<std::vector<std::string>> rows = {
      {session.say("对象", "about"), model.about},
      {session.say("级别", "severity"), severity_name(model.severity, lang)},
      {session.say("阶段", "phases"), phase_names(model.phases, lang)},
      {session.say("金额", "amount"),
       fmt::format("{} ({})", amount_name(model.amount_kind, lang), model.amount_rule)},
      {session.say("所需表", "needs"), joined(model.needs)},
      {session.say("另读取", "reads"), joined(model.reads)},
      {session.say("说明", "because"), model.because.in(lang)},
      {session.say("排除", "exclude"), joined(model.exclude)},
      {session.say("防控措施", "measures"), joined(model.measures)},
      {session.say("易误报", "false alarms"), model.false_alarms.in(lang)},
      {session.say("用例", "cases"), std::to_string(case_count(model))},
      {session.say("版本", "version"), model.version}};
  for (const auto& basis : model.basis) rows.push_back({session.say("依据", "basis"), basis});
  print_table(rows);
  if (!model.params.empty()) {
    fmt::print("\n{}\n", session.say("参数（默认值；anlan.yaml 的 params 可改）：",
                                     "Parameters (defaults; params in anlan.yaml override them):"));
    std::vector<std::vector<std::string>> params;
    for (const auto& param : model.params) {
      params.push_back(
          {"  " + param.name, param_text(param), param.unit, param.sure, param.title.in(lang)});
    }
    print_table(params);
  }
  fmt::print("\n{}", model.sql);
}

void print_result(const Model& model, const detect::SpecResult& result, const Session& session) {
  const auto passed = std::count_if(result.cases.begin(), result.cases.end(),
                                    [](const detect::CaseResult& one) { return one.passed(); });
  fmt::print("{}  {}  {}  {}/{}\n",
             result.passed() ? session.say("通过", "ok  ") : session.say("失败", "FAIL"),
             model.code, model.name, passed, result.cases.size());
  if (result.error) fmt::print("{}  [{}]\n", result.error->detail, result.error->code);
  for (const auto& one : result.cases) {
    if (one.passed()) continue;
    fmt::print("  {}/model.spec:{}: {}\n", model.name, one.line, one.name);
    for (const auto line : split(one.difference, '\n')) {
      if (!line.empty()) fmt::print("    {}\n", line);
    }
  }
}

ordered_json result_json(const Model& model, const detect::SpecResult& result) {
  ordered_json out = {{"code", model.code}, {"name", model.name}, {"passed", result.passed()}};
  if (result.error) out["error"] = {{"code", result.error->code}, {"detail", result.error->detail}};
  auto cases = ordered_json::array();
  for (const auto& one : result.cases) {
    cases.push_back({{"name", one.name},
                     {"line", one.line},
                     {"passed", one.passed()},
                     {"difference", one.difference}});
  }
  out["cases"] = std::move(cases);
  return out;
}

void test_models(const Catalog& catalog, const std::vector<const Model*>& models,
                 Session& session) {
  auto runner = detect::SpecRunner::open(catalog);
  if (!runner) return session.report(runner.error());
  auto all = ordered_json::array();
  std::size_t failed = 0;
  std::size_t cases = 0;
  for (const auto* model : models) {
    const auto result = runner->run(*model);
    if (!result.passed()) ++failed;
    cases += result.cases.size();
    if (session.json) {
      all.push_back(result_json(*model, result));
    } else {
      print_result(*model, result, session);
    }
  }
  if (session.json) {
    fmt::print("{}\n", all.dump(2));
  } else {
    fmt::print(
        "{}\n",
        session.lang == Lang::zh
            ? fmt::format("{} 个模型，{} 个用例，{} 个模型未通过", models.size(), cases, failed)
            : fmt::format("{} models, {} cases, {} models failed", models.size(), cases, failed));
  }
  if (failed > 0) session.exit_code = exit_failed;
}

}  // namespace

void add_models_command(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand(
      "models",
      session.say("疑点模型：列表、说明、用例检验", "the models: list, show one, run their specs"));
  verb->require_subcommand(1);
  auto* list = verb->add_subcommand("list", session.say("列出全部模型", "list all models"));
  list->callback([&session] {
    const auto catalog = Catalog::load(session.catalog);
    if (!catalog) return session.report(catalog.error());
    list_models(*catalog, session);
  });

  auto name = std::make_shared<std::string>();
  auto* show = verb->add_subcommand("show", session.say("说明一个模型", "show one model"));
  show->add_option("NAME", *name, session.say("模型名称或编号", "name or code of the model"))
      ->required();
  show->callback([name, &session] {
    const auto catalog = Catalog::load(session.catalog);
    if (!catalog) return session.report(catalog.error());
    const auto model = find_model(*catalog, *name);
    if (!model) return session.report(model.error());
    show_model(**model, session);
  });

  auto names = std::make_shared<std::vector<std::string>>();
  auto* test = verb->add_subcommand(
      "test", session.say("检验模型用例（model.spec）", "run the models' specs"));
  test->add_option("NAME", *names,
                   session.say("模型名称或编号，缺省为全部", "names or codes; all if none"));
  test->callback([names, &session] {
    const auto catalog = Catalog::load(session.catalog);
    if (!catalog) return session.report(catalog.error());
    std::vector<const Model*> models;
    for (const auto& wanted : *names) {
      const auto model = find_model(*catalog, wanted);
      if (!model) return session.report(model.error());
      models.push_back(*model);
    }
    if (names->empty()) {
      for (const auto& model : catalog->models) models.push_back(&model);
    }
    test_models(*catalog, models, session);
  });
}

}  // namespace anlan::app
