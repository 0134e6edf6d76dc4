#include "catalog/measure_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "catalog/detection_reader.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

const std::vector<std::string> owner_words = {"policy", "agency",  "finance",    "information",
                                              "audit",  "archive", "supervision"};
const std::vector<std::string> sure_words = {"seed", "found", "known", "assumed"};

bool is_owner(std::string_view word) {
  return std::find(owner_words.begin(), owner_words.end(), word) != owner_words.end();
}

bool is_capitals(std::string_view text, std::size_t count) {
  return text.size() == count &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_node_code(std::string_view code, std::string_view process) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return code.size() == 6 && code.starts_with(process) && code[3] == '-' && digit(code[4]) &&
         digit(code[5]);
}

Measure read_measure(const YAML::Node& node, const Aspect& aspect, const std::string& file_source,
                     const Source& source) {
  Measure measure;
  const YamlMap entry(node, source, "a measure",
                      {"code", "title", "meaning", "owners", "control", "checks", "planned",
                       "no_node", "sure", "source"});
  measure.code = entry.text("code");
  measure.aspect = aspect.code;
  measure.file = source.file;
  measure.line = entry.line();
  if (!measure.code.empty() &&
      (!is_item_code(measure.code) || !measure.code.starts_with(aspect.code + "-"))) {
    entry.problem("code",
                  fmt::format("code is {}, expected one such as {}-01", measure.code, aspect.code));
  }
  measure.title = entry.title("title");
  measure.meaning = entry.title("meaning");
  measure.owners = read_words(entry, "owners", source, is_owner, one_of(owner_words));
  if (measure.owners.empty())
    entry.problem("owners", "the measure has no owners, expected " + one_of(owner_words));
  measure.control = entry.word("control", {"process", "finance", "system"});
  for (const auto& one : entry.list("checks")) {
    const YamlMap check(one, source, "a check", {"kind", "zh", "en"});
    measure.checks.push_back(
        {check.word("kind", {"gate", "query", "indicator", "finance_rule", "pairs", "evidence"}),
         {check.text("zh"), check.text("en")}});
  }
  measure.planned = read_words(entry, "planned", source, is_item_code, "a code such as EP-15");
  if (entry.has("no_node")) measure.no_node = entry.title("no_node");
  measure.sure = entry.has("sure") ? entry.word("sure", sure_words) : aspect.sure;
  measure.source = entry.has("source") ? entry.optional_text("source") : file_source;
  if (measure.official() && measure.source.empty()) {
    entry.problem("sure",
                  fmt::format("sure is {} without a source, expected the document", measure.sure));
  }
  return measure;
}

int read_score(const YamlMap& entry, const std::string& key) {
  const auto value = entry.integer(key);
  if (!entry.has(key)) entry.problem(key, "a node has no " + key + ", expected 1 to 5");
  if (!value) return 1;
  if (*value >= 1 && *value <= 5) return *value;
  entry.problem(key, fmt::format("{} is {}, expected 1 to 5", key, *value));
  return 1;
}

RiskNode read_node(const YAML::Node& node, const Source& source) {
  RiskNode risk;
  const YamlMap entry(node, source, "a node",
                      {"code", "title", "stage", "phase", "origin", "domain", "subject",
                       "likelihood", "impact", "measures", "no_measure"});
  risk.code = entry.text("code");
  risk.title = entry.title("title");
  risk.stage = entry.word("stage", node_stages());
  risk.phase = entry.word("phase", node_phases());
  risk.origin = entry.word("origin", node_origins());
  risk.domain = entry.word("domain", node_domains());
  risk.subject = entry.word("subject", node_subjects());
  risk.likelihood = read_score(entry, "likelihood");
  risk.impact = read_score(entry, "impact");
  risk.measures = read_words(entry, "measures", source, is_item_code, "a code such as BU-06");
  if (entry.has("no_measure")) risk.no_measure = entry.title("no_measure");
  if (!risk.measures.empty() && !risk.no_measure.zh.empty())
    entry.problem("no_measure", "the node has measures and a reason why it has none");
  risk.file = source.file;
  risk.line = entry.line();
  return risk;
}

}  // namespace

ReadAspect read_aspect(const std::string& text, const std::string& stem, const Source& source) {
  ReadAspect out;
  const auto document = parse_yaml(text, source);
  if (!document) return out;
  const YamlMap top(*document, source, "the aspect",
                    {"aspect", "title", "order", "sure", "source", "measures"});
  out.aspect.code = top.text("aspect");
  std::string small = out.aspect.code;
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (!out.aspect.code.empty() && (!is_capitals(out.aspect.code, 2) || small != stem)) {
    top.problem("aspect", fmt::format("aspect is {}, expected two capitals, the name of the file",
                                      out.aspect.code));
  }
  out.aspect.title = top.title("title");
  const auto order = top.integer("order");
  if (!order && !top.has("order")) source.problem(top.line(), "the aspect has no order");
  out.aspect.order = order.value_or(0);
  out.aspect.sure = top.word("sure", sure_words);
  const auto file_source = top.optional_text("source");
  if (!top.has("measures")) source.problem(top.line(), "the aspect has no measures");
  std::set<std::string> codes;
  for (const auto& node : top.list("measures")) {
    out.measures.push_back(read_measure(node, out.aspect, file_source, source));
    const auto& measure = out.measures.back();
    if (!codes.insert(measure.code).second)
      source.problem(measure.line, "code " + measure.code + " stands twice");
  }
  return out;
}

Process read_process(const std::string& text, const std::string& stem, const Source& source) {
  Process process;
  process.name = stem;
  const auto document = parse_yaml(text, source);
  if (!document) return process;
  const YamlMap top(*document, source, "the process",
                    {"process", "code", "title", "department", "sure", "steps"});
  const auto name = top.name("process");
  if (!name.empty() && name != stem)
    top.problem("process",
                fmt::format("process is {}, expected the name of the file, {}", name, stem));
  process.code = top.text("code");
  if (!process.code.empty() && !is_capitals(process.code, 3))
    top.problem("code", "code is " + process.code + ", expected three capitals such as PEN");
  process.title = top.title("title");
  process.department = top.title("department");
  process.sure = top.word("sure", sure_words);
  if (!top.has("steps")) source.problem(top.line(), "the process has no steps");
  std::set<std::string> codes;
  for (const auto& node : top.list("steps")) {
    const YamlMap entry(node, source, "a step", {"title", "post", "nodes"});
    ProcessStep step;
    step.title = entry.title("title");
    step.post = entry.optional_text("post");
    step.line = entry.line();
    for (const auto& one : entry.list("nodes")) {
      step.nodes.push_back(read_node(one, source));
      const auto& risk = step.nodes.back();
      if (!risk.code.empty() && !is_node_code(risk.code, process.code)) {
        source.problem(risk.line, fmt::format("code is {}, expected one such as {}-01", risk.code,
                                              process.code));
      }
      if (!codes.insert(risk.code).second)
        source.problem(risk.line, "code " + risk.code + " stands twice");
    }
    process.steps.push_back(std::move(step));
  }
  return process;
}

}  // namespace anlan::catalog
