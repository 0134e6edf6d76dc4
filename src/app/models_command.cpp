#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/session.hpp"
#include "app/spec_report.hpp"
#include "base/fen.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "detect/spec_run.hpp"

namespace anlan::app {
namespace {

using catalog::Catalog;
using catalog::Model;
using nlohmann::ordered_json;

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
      {"cases", case_count(model.spec)},
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
         std::to_string(case_count(model.spec)), joined(model.needs)});
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
      {session.say("用例", "cases"), std::to_string(case_count(model.spec))},
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

void test_models(const Catalog& catalog, const std::vector<const Model*>& models,
                 Session& session) {
  auto runner = detect::SpecRunner::open(catalog);
  if (!runner) return session.report(runner.error());
  std::vector<Tested> tested;
  for (const auto* model : models) tested.push_back({model->code, model->name, "model.spec"});
  test_specs(
      tested, {"个模型", "models"}, [&](std::size_t i) { return runner->run(*models[i]); },
      session);
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
    const auto models = chosen(catalog->models, {*name}, "model.missing");
    if (!models) return session.report(models.error());
    show_model(*models->front(), session);
  });

  auto names = std::make_shared<std::vector<std::string>>();
  auto* test = verb->add_subcommand(
      "test", session.say("检验模型用例（model.spec）", "run the models' specs"));
  test->add_option("NAME", *names,
                   session.say("模型名称或编号，缺省为全部", "names or codes; all if none"));
  test->callback([names, &session] {
    const auto catalog = Catalog::load(session.catalog);
    if (!catalog) return session.report(catalog.error());
    const auto models = chosen(catalog->models, *names, "model.missing");
    if (!models) return session.report(models.error());
    test_models(*catalog, *models, session);
  });
}

}  // namespace anlan::app
