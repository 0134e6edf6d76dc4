#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "catalog/detection_reader.hpp"
#include "catalog/near_name.hpp"
#include "catalog/readers.hpp"
#include "catalog/sentence.hpp"
#include "catalog/sql_names.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

const std::set<std::string> given_params = {"as_of", "as_of_month"};

void read_params(const YamlMap& top, Model& model, const Source& source) {
  if (!top.has("params")) return;
  const auto node = top.map("params");
  if (!node) return;
  const YamlMap each(*node, source, "params", {});  // reports a name that stands twice
  for (const auto& pair : *node) {
    if (!pair.first.IsScalar()) continue;
    const std::string name = pair.first.Scalar();
    const int line = line_of(pair.first);
    if (!is_snake_case(name))
      source.problem(line, "parameter " + name + ", expected a snake_case name");
    if (given_params.contains(name))
      source.problem(line, name + " is always there, it cannot be declared");
    const YamlMap entry(pair.second, source, "parameter " + name,
                        {"type", "value", "zh", "en", "unit", "sure"});
    model.params.push_back(read_param(name, entry));
  }
}

void read_amount(const YamlMap& top, Model& model, const Source& source) {
  const auto node = top.map("amount");
  if (!node) return;
  const YamlMap amount(*node, source, "amount", {"kind", "rule"});
  const auto kind = amount.word("kind", {"recoverable", "difference", "exposure"});
  model.amount_rule = amount.word("rule", {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"});
  model.amount_kind = kind == "recoverable"  ? AmountKind::recoverable
                      : kind == "difference" ? AmountKind::difference
                                             : AmountKind::exposure;
  const std::string fitting = model.amount_rule == "A6"   ? "exposure"
                              : model.amount_rule == "A7" ? "difference"
                                                          : "recoverable";
  if (amount.has("kind") && amount.has("rule") && kind != fitting) {
    amount.problem("kind", fmt::format("amount kind is {}, expected {}, as rule {} says", kind,
                                       fitting, model.amount_rule));
  }
}

void check_sentence(const YamlMap& because, const std::string& key, const std::string& sentence,
                    const Source& source, ReadSql& uses) {
  const auto pieces = parse_sentence(sentence);
  if (!pieces) {
    because.problem(key, "because: " + pieces.error().detail);
    return;
  }
  for (const auto& piece : *pieces) {
    for (const auto& value : {piece.value, piece.last}) {
      if (value.find('.') != std::string::npos)
        because.problem(key, "because: {" + value + "}, expected the name of a column");
    }
    if (!piece.list.empty()) uses.lists.push_back({piece.list, because.line(key), source});
  }
}

/// One SELECT and nothing else.
void check_select(const SqlNames& names, const Source& source) {
  if (names.first_word != "select" && names.first_word != "with") {
    source.problem(names.first_line, "expected one SELECT, found " +
                                         (names.first_word.empty() ? "none" : names.first_word));
  }
  if (names.second_statement != 0) {
    source.problem(names.second_statement, "text after `;`, expected one SELECT");
  }
  if (names.open_quote != 0) source.problem(names.open_quote, "a quote or comment that never ends");
}

void check_params(const Model& model, const YamlMap& top, const SqlNames& names,
                  const Source& sql_source) {
  std::vector<std::string> declared;
  for (const auto& param : model.params) declared.push_back(param.name);
  std::set<std::string> used;
  for (const auto& use : names.params) {
    if (!used.insert(use.name).second || given_params.contains(use.name)) continue;
    if (std::find(declared.begin(), declared.end(), use.name) == declared.end()) {
      sql_source.problem(use.line, fmt::format(":{} is not a declared parameter{}", use.name,
                                               did_you_mean(use.name, declared)));
    }
  }
  for (const auto& name : declared) {
    if (!used.contains(name))
      top.problem("params", "parameter " + name + " is not used in the SQL");
  }
}

/// Without a last `;`, which would end a CREATE VIEW around it too early; always with a last line
/// end.
std::string tidy_sql(const std::string& sql) {
  auto text = trim(sql);
  if (text.ends_with(';')) text = trim(text.substr(0, text.size() - 1));
  return std::string(text) + "\n";
}

}  // namespace

ReadView read_view(const std::string& text, const std::string& name, const Source& source) {
  ReadView out;
  out.view.name = name;
  out.view.sql = tidy_sql(text);
  if (!is_snake_case(name)) source.problem(1, "view " + name + ", expected a snake_case name");

  int line = 0;
  bool declared = false;
  for (const auto raw : split(text, '\n')) {
    ++line;
    const auto content = trim(raw);
    if (content.empty()) continue;
    if (!content.starts_with("--")) break;
    auto comment = trim(content.substr(2));
    if (!comment.starts_with("reads:")) continue;
    if (declared) source.problem(line, "a second `-- reads:`, expected one");
    declared = true;
    for (const auto piece : split(comment.substr(6), ',')) {
      const std::string word(trim(piece));
      if (word.empty()) continue;
      if (!is_snake_case(word)) {
        source.problem(line, fmt::format("reads {}, expected names separated by commas", word));
        continue;
      }
      out.view.reads.push_back(word);
      out.uses.reads.push_back({word, line, source});
    }
  }
  if (!declared || out.view.reads.empty()) {
    source.problem(1, "expected `-- reads: table, view, …` above the SELECT");
  }

  const auto names = names_in(text);
  check_select(names, source);
  for (const auto& use : names.params) {
    source.problem(use.line, ":" + use.name + ": a view has no parameters");
  }
  for (const auto& use : names.sources) out.uses.sources.push_back({use.name, use.line, source});
  return out;
}

ReadModel read_model(const std::string& name, const std::string& yaml, const std::string& sql,
                     const Source& yaml_source, const Source& sql_source) {
  ReadModel out;
  Model& model = out.model;
  model.name = name;
  model.yaml = yaml;
  model.sql = tidy_sql(sql);
  if (!is_snake_case(name))
    yaml_source.problem(1, "model " + name + ", expected a snake_case name");

  const auto names = names_in(sql);
  check_select(names, sql_source);
  for (const auto& use : names.sources)
    out.uses.sources.push_back({use.name, use.line, sql_source});

  const auto document = parse_yaml(yaml, yaml_source);
  if (!document) return out;
  const YamlMap top(*document, yaml_source, "the model",
                    {"code", "title", "about", "phases", "severity", "amount", "needs", "reads",
                     "params", "because", "exclude", "measures", "basis", "false_alarms"});
  model.code = top.text("code");
  out.code_line = top.line("code");
  if (!model.code.empty() && !is_item_code(model.code)) {
    top.problem("code", "code is " + model.code + ", expected one such as EP-15");
  }
  model.title = top.title("title");
  model.about = top.word("about", {"person", "employer", "account", "case", "operator",
                                   "institution", "fund", "region", "document"});
  model.phases = read_words(top, "phases", yaml_source, is_phase, "before, during or after");
  if (model.phases.empty())
    top.problem("phases", "the model has no phases, expected before, during or after");
  model.severity = read_severity(top);
  read_amount(top, model, yaml_source);
  model.needs = read_words(top, "needs", yaml_source, is_snake_case, "the name of a table");
  if (model.needs.empty()) top.problem("needs", "the model needs no table, expected at least one");
  model.reads = read_words(top, "reads", yaml_source, is_snake_case, "the name of a view or table");
  for (const auto& use : top.texts("needs"))
    out.uses.tables.push_back({use.text, use.line, yaml_source});
  for (const auto& use : top.texts("reads"))
    out.uses.reads.push_back({use.text, use.line, yaml_source});
  read_params(top, model, yaml_source);
  check_params(model, top, names, sql_source);

  model.because = top.title("because");
  if (const auto node = top.has("because") ? top.map("because") : std::nullopt) {
    const YamlMap because(*node, yaml_source, "because", {});
    check_sentence(because, "zh", model.because.zh, yaml_source, out.uses);
    check_sentence(because, "en", model.because.en, yaml_source, out.uses);
  }
  model.exclude = read_words(top, "exclude", yaml_source, is_exclusion, "E1 to E12");
  model.measures = read_words(top, "measures", yaml_source, is_item_code, "a code such as BU-06");
  for (const auto& entry : top.required_texts("basis")) model.basis.push_back(entry.text);
  model.false_alarms = top.title("false_alarms");
  return out;
}

}  // namespace anlan::catalog
