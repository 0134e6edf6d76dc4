#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/session.hpp"
#include "catalog/catalog.hpp"
#include "catalog/coverage.hpp"
#include "catalog/near_name.hpp"

namespace anlan::app {
namespace {

using catalog::Catalog;
using catalog::classification_title;
using catalog::Coverage;
using catalog::CoverageNote;
using catalog::Measure;
using catalog::MeasureCover;
using nlohmann::ordered_json;

ordered_json titled(const Title& title) {
  return {{"zh", title.zh}, {"en", title.en}};
}

ordered_json cover_json(const MeasureCover& cover) {
  const Measure& measure = *cover.measure;
  auto checks = ordered_json::array();
  for (const auto& check : measure.checks)
    checks.push_back({{"kind", check.kind}, {"title", titled(check.title)}});
  ordered_json out = {{"code", measure.code},           {"aspect", measure.aspect},
                      {"title", titled(measure.title)}, {"meaning", titled(measure.meaning)},
                      {"owners", measure.owners},       {"control", measure.control},
                      {"official", measure.official()}, {"sure", measure.sure},
                      {"source", measure.source},       {"nodes", cover.nodes},
                      {"detections", cover.detections}, {"planned", cover.planned},
                      {"checks", std::move(checks)}};
  if (!measure.no_node.zh.empty()) out["no_node"] = titled(measure.no_node);
  return out;
}

std::string word(const std::string& name, Lang lang) {
  return classification_title(name).in(lang);
}

std::string words(const std::vector<std::string>& names, Lang lang) {
  std::vector<std::string> out;
  for (const auto& name : names) out.push_back(word(name, lang));
  return joined(out);
}

/// Said below every list that holds measures nobody has decreed.
std::string not_official(const Session& session) {
  return session.say("以上措施除注明来源的以外均由本系统拟定（assumed），不是部颁48项措施的原文。",
                     "Unless a source is named, these measures are designed here (assumed); they "
                     "are not the ministry's text of its 48 measures.");
}

void list_measures(const Catalog& catalog, const Coverage& coverage, const Session& session) {
  if (session.json) {
    auto all = ordered_json::array();
    for (const auto& cover : coverage.measures) all.push_back(cover_json(cover));
    return fmt::print("{}\n", all.dump(2));
  }
  std::vector<std::vector<std::string>> rows = {
      {session.say("编号", "code"), session.say("措施", "measure"), session.say("责任方", "owners"),
       session.say("风险节点", "nodes"), session.say("检测", "detections"),
       session.say("依据程度", "sure")}};
  for (const auto& aspect : catalog.aspects) {
    rows.push_back({aspect.code, aspect.title.in(session.lang), "", "", "", ""});
    for (const auto& cover : coverage.measures) {
      if (cover.measure->aspect != aspect.code) continue;
      rows.push_back({cover.measure->code, cover.measure->title.in(session.lang),
                      words(cover.measure->owners, session.lang),
                      std::to_string(cover.nodes.size()), std::to_string(cover.detections.size()),
                      cover.measure->sure});
    }
  }
  print_table(rows);
  fmt::print("\n{}\n", not_official(session));
}

void show_measure(const Catalog& catalog, const MeasureCover& cover, const Session& session) {
  if (session.json) return fmt::print("{}\n", cover_json(cover).dump(2));
  const Measure& measure = *cover.measure;
  const auto lang = session.lang;
  fmt::print("{}  {}\n\n", measure.code, measure.title.in(lang));
  std::vector<std::vector<std::string>> rows = {
      {session.say("含义", "meaning"), measure.meaning.in(lang)},
      {session.say("责任方", "owners"), words(measure.owners, lang)},
      {session.say("控制方式", "control"), measure.control == "finance"
                                               ? session.say("财务控制", "finance control")
                                               : word(measure.control, lang)},
      {session.say("依据程度", "sure"),
       fmt::format("{}（{}）", measure.sure, word(measure.sure, lang))}};
  if (!measure.source.empty()) rows.push_back({session.say("来源", "source"), measure.source});
  const auto detection_row = [&](const std::string& heading, const std::string& code) {
    const auto* detection = catalog.detection(code);
    rows.push_back(
        {heading, code + (detection == nullptr ? "" : "  " + detection->title.in(lang))});
  };
  for (const auto& code : cover.detections) detection_row(session.say("检测", "detection"), code);
  for (const auto& check : measure.checks)
    rows.push_back({word(check.kind, lang), check.title.in(lang)});
  for (const auto& code : cover.planned)
    detection_row(session.say("检测（尚无）", "detection, not there yet"), code);
  for (const auto& code : cover.nodes)
    rows.push_back(
        {session.say("风险节点", "node"), code + "  " + catalog.node(code)->title.in(lang)});
  if (!measure.no_node.zh.empty())
    rows.push_back({session.say("无节点的理由", "why no node"), measure.no_node.in(lang)});
  print_table(rows);
}

std::string note_words(const CoverageNote& note, const Session& session) {
  if (note.kind == "node_without_measure")
    return session.say("风险节点没有防控措施，也未说明理由",
                       "a risk node without a measure or a reason");
  if (note.kind == "measure_without_node")
    return session.say("措施没有对应的风险节点，也未说明理由",
                       "a measure without a risk node or a reason");
  if (note.kind == "measure_unchecked")
    return session.say("措施没有任何检测或核对", "nothing checks this measure");
  return session.say("计划中的检测已有，但未写明此措施：",
                     "a planned detection is there and does not name the measure: ") +
         note.detail;
}

void print_coverage(const Coverage& coverage, Session& session) {
  int by_detection = 0;
  int by_other = 0;
  for (const auto& cover : coverage.measures) {
    if (!cover.detections.empty()) {
      ++by_detection;
    } else if (!cover.measure->checks.empty()) {
      ++by_other;
    }
  }
  if (session.json) {
    auto notes = ordered_json::array();
    for (const auto& note : coverage.notes)
      notes.push_back({{"kind", note.kind},
                       {"gap", note.gap()},
                       {"code", note.code},
                       {"detail", note.detail},
                       {"file", note.file},
                       {"line", note.line}});
    const ordered_json all = {{"measures", coverage.measures.size()},
                              {"checked_by_detection", by_detection},
                              {"checked_otherwise", by_other},
                              {"nodes", coverage.nodes},
                              {"nodes_by_phase", coverage.nodes_by_phase},
                              {"detections_by_phase", coverage.detections_by_phase},
                              {"gaps", coverage.gaps()},
                              {"notes", std::move(notes)}};
    fmt::print("{}\n", all.dump(2));
  } else {
    std::vector<std::vector<std::string>> rows = {{session.say("阶段", "phase"),
                                                   session.say("风险节点", "risk nodes"),
                                                   session.say("检测", "detections")}};
    const auto count = [](const std::map<std::string, int>& of, const std::string& phase) {
      const auto found = of.find(phase);
      return std::to_string(found == of.end() ? 0 : found->second);
    };
    for (const auto& phase : catalog::node_phases())
      rows.push_back({word(phase, session.lang), count(coverage.nodes_by_phase, phase),
                      count(coverage.detections_by_phase, phase)});
    print_table(rows);
    fmt::print(
        "{}\n",
        fmt::format(
            fmt::runtime(session.say("\n措施 {} 项：{} 项有检测，{} 项有其他核对或佐证。风险节点 "
                                     "{} 个，缺口 {} 处。",
                                     "\n{} measures: {} checked by detections, {} by other checks "
                                     "or evidence. {} risk nodes, {} gaps.")),
            coverage.measures.size(), by_detection, by_other, coverage.nodes, coverage.gaps()));
    for (const auto& note : coverage.notes)
      fmt::print("{}:{}: {} {}\n", note.file, note.line, note.code, note_words(note, session));
  }
  if (coverage.gaps() > 0) session.exit_code = exit_failed;
}

}  // namespace

void add_measures_command(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand(
      "measures", session.say("风险防控措施：列表、说明、覆盖检查",
                              "the measures against risks: list, show one, check coverage"));
  verb->require_subcommand(1);
  auto* list = verb->add_subcommand("list", session.say("列出全部措施", "list all measures"));
  list->callback([&session] {
    const auto catalog = Catalog::load(session.catalog);
    if (!catalog) return session.report(catalog.error());
    list_measures(*catalog, coverage_of(*catalog), session);
  });

  auto code = std::make_shared<std::string>();
  auto* show = verb->add_subcommand("show", session.say("说明一项措施", "show one measure"));
  show->add_option("CODE", *code, session.say("措施编号，如 BU-06", "code, such as BU-06"))
      ->required();
  show->callback([code, &session] {
    const auto catalog = Catalog::load(session.catalog);
    if (!catalog) return session.report(catalog.error());
    std::vector<std::string> codes;
    const auto coverage = coverage_of(*catalog);
    for (const auto& cover : coverage.measures) {
      if (cover.measure->code == *code) return show_measure(*catalog, cover, session);
      codes.push_back(cover.measure->code);
    }
    session.report(
        {ErrorKind::not_found, "measure.missing", *code + catalog::did_you_mean(*code, codes)});
  });

  auto* covering = verb->add_subcommand(
      "coverage", session.say("检查风险节点与措施是否对应；有缺口时以 1 结束",
                              "check that risk nodes and measures fit; exit 1 if there are gaps"));
  covering->callback([&session] {
    const auto catalog = Catalog::load(session.catalog);
    if (!catalog) return session.report(catalog.error());
    print_coverage(coverage_of(*catalog), session);
  });
}

}  // namespace anlan::app
