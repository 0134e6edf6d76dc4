#include "catalog/rule_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "catalog/detection_reader.hpp"
#include "catalog/near_name.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

const std::vector<std::string> subjects = {"person", "employer", "account",
                                           "case",   "operator", "institution"};

/// Names with a meaning of their own in expressions or sentences.
const std::set<std::string> reserved = {
    "dossier", "as_of",  "as_of_month", "rule_code", "row",        "true",       "false",
    "in",      "n_hits", "month_from",  "month_to",  "amount_fen", "subject_id", "null"};

LocatedText located(const YAML::Node& node, const std::string& yaml) {
  const auto mark = node.Mark();
  std::size_t line_begin = 0;
  for (int line = 0; line < mark.line; ++line) line_begin = yaml.find('\n', line_begin) + 1;
  return locate_scalar(yaml, line_begin + static_cast<std::size_t>(mark.column), node.Scalar());
}

class RuleReader {
 public:
  RuleReader(Rule& rule, const Source& source) : rule_(rule), source_(source) {}

  void read(const YamlMap& top) {
    rule_.code = top.text("code");
    if (!rule_.code.empty() && !is_item_code(rule_.code)) {
      top.problem("code", "code is " + rule_.code + ", expected one such as EP-01");
    }
    rule_.title = top.title("title");
    rule_.about = top.word("about", subjects);
    if (top.optional_text("about") != rule_.about) rule_.about.clear();  // told already
    read_phases(top);
    rule_.severity = read_severity(top);
    read_each(top);
    rule_.where = expression(top, "where");
    if (!rule_.where.empty() && rule_.each.empty())
      top.problem("where", "where without each; expected each, or the condition in when");
    read_lets(top);
    rule_.when = expression(top, "when");
    if (rule_.when.empty() && !top.has("when")) source_.problem(1, "the rule has no when");
    rule_.month = expression(top, "month");
    rule_.amount = expression(top, "amount");
    read_amount_kind(top);
    read_params(top);
    rule_.evidence = expressions(top, "evidence");
    rule_.has_evidence = top.has("evidence");
    read_because(top);
    rule_.exclude = expressions(top, "exclude");
    read_validity(top);
    rule_.measures = read_words(top, "measures", source_, is_item_code, "a code such as BU-06");
    for (const auto& entry : top.required_texts("basis")) rule_.basis.push_back(entry.text);
    rule_.false_alarms = top.title("false_alarms");
  }

 private:
  LocatedText expression(const YamlMap& map, const std::string& key) const {
    if (!map.has(key)) return {};
    const auto node = map.scalar_node(key);
    return node ? located(*node, rule_.yaml) : LocatedText{};
  }

  std::vector<LocatedText> expressions(const YamlMap& top, const std::string& key) const {
    std::vector<LocatedText> out;
    for (const auto& node : top.list(key)) {
      if (node.IsScalar() && !node.Scalar().empty()) {
        out.push_back(located(node, rule_.yaml));
      } else {
        source_.problem(line_of(node), "an entry of " + key + " is not a text");
      }
    }
    return out;
  }

  void read_phases(const YamlMap& top) {
    rule_.phases = read_words(top, "phases", source_, is_phase, "before, during or after");
    if (rule_.phases.empty())
      top.problem("phases", "the rule has no phases, expected before, during or after");
    for (const auto& phase : rule_.phases) {
      if (phase == "after") rule_.on_hit[phase] = "lead";
    }
    if (const auto node = top.has("on_hit") ? top.map("on_hit") : std::nullopt) {
      const YamlMap acts(*node, source_, "on_hit", {"before", "during", "after"});
      for (const auto* phase : {"before", "during", "after"}) {
        if (!acts.has(phase)) continue;
        const auto act = acts.word(phase, {"block", "hold", "lead"});
        const auto& phases = rule_.phases;
        if (std::find(phases.begin(), phases.end(), phase) == phases.end())
          acts.problem(phase,
                       fmt::format("on_hit says what {} does, which is not among phases", phase));
        rule_.on_hit[phase] = act;
      }
    }
    for (const auto& phase : rule_.phases) {
      if (rule_.on_hit.contains(phase)) continue;
      top.problem("phases", fmt::format("on_hit does not say what happens {0}, expected "
                                        "on_hit: {{{0}: block}}, hold or lead",
                                        phase));
    }
  }

  void check_new_name(const std::string& name, int line, const std::string& what) const {
    if (!is_snake_case(name)) {
      source_.problem(line, fmt::format("{} {}, expected a snake_case name", what, name));
    } else if (reserved.contains(name)) {
      source_.problem(line, fmt::format("{} {}, a name that has a meaning already", what, name));
    }
  }

  void read_each(const YamlMap& top) {
    rule_.each = expression(top, "each");
    if (rule_.each.empty()) return;
    std::vector<std::string> words;
    for (const auto piece : split(rule_.each.text, ' ')) {
      if (!trim(piece).empty()) words.emplace_back(trim(piece));
    }
    if (words.size() != 3 || words[1] != "in" || !words[2].starts_with("dossier.")) {
      top.problem("each", fmt::format("each is {}, expected such as payment in dossier.payments",
                                      rule_.each.text));
      return;
    }
    rule_.each_name = words[0];
    rule_.each_list = words[2].substr(8);
    check_new_name(rule_.each_name, rule_.each.line, "each calls its row");
  }

  void read_lets(const YamlMap& top) {
    if (!top.has("let")) return;
    const auto node = top.map("let");
    if (!node) return;
    const YamlMap each(*node, source_, "let", {});  // reports a name that stands twice
    for (const auto& pair : *node) {
      if (!pair.first.IsScalar()) continue;
      const auto name = pair.first.Scalar();
      check_new_name(name, line_of(pair.first), "let");
      if (name == rule_.each_name)
        source_.problem(line_of(pair.first), "let " + name + " is called as the row of each");
      rule_.lets.push_back({name, expression(each, name)});
    }
  }

  void read_amount_kind(const YamlMap& top) {
    const bool given = !rule_.amount.empty();
    if (!top.has("amount_kind")) {
      rule_.amount_kind = given ? AmountKind::recoverable : AmountKind::exposure;
      return;
    }
    const auto kind = top.word("amount_kind", {"recoverable", "difference", "exposure"});
    rule_.amount_kind = kind == "recoverable"  ? AmountKind::recoverable
                        : kind == "difference" ? AmountKind::difference
                                               : AmountKind::exposure;
    if (!given && kind != "exposure")
      top.problem("amount_kind", "amount_kind is " + kind + " but the rule has no amount");
  }

  void read_params(const YamlMap& top) {
    if (!top.has("params")) return;
    const auto node = top.map("params");
    if (!node) return;
    const YamlMap each(*node, source_, "params", {});
    for (const auto& pair : *node) {
      if (!pair.first.IsScalar()) continue;
      const auto name = pair.first.Scalar();
      if (!is_snake_case(name))
        source_.problem(line_of(pair.first), "parameter " + name + ", expected a snake_case name");
      const YamlMap entry(pair.second, source_, "parameter " + name,
                          {"type", "value", "zh", "en", "unit", "sure", "policy", "scheme"});
      RuleParam param;
      param.policy = entry.optional_text("policy");
      param.scheme = entry.optional_text("scheme");
      if (!param.scheme.empty() && param.policy.empty())
        entry.problem("scheme", "a scheme without policy, the code in policy_param");
      param.param = read_param(name, entry, param.policy.empty());
      if (!param.policy.empty() && param.param.type == ParamType::text)
        entry.problem("type", "a policy parameter of type text, expected another type");
      rule_.params.push_back(std::move(param));
    }
  }

  void read_because(const YamlMap& top) {
    rule_.because = top.title("because");
    const auto node = top.has("because") ? top.map("because") : std::nullopt;
    if (!node) return;
    Problems told;  // title() has reported what is missing
    const Source quiet{source_.file, source_.code, &told};
    const YamlMap both(*node, quiet, "because", {});
    rule_.because_zh = expression(both, "zh");
    rule_.because_en = expression(both, "en");
  }

  std::optional<Date> day(const YamlMap& top, const std::string& key) const {
    if (!top.has(key)) return std::nullopt;
    const auto text = top.text(key);
    const auto date = parse_date(text);
    if (date) return *date;
    top.problem(key, fmt::format("{} is {}, expected a date such as 2018-11-30", key, text));
    return std::nullopt;
  }

  void read_validity(const YamlMap& top) {
    rule_.valid_from = day(top, "valid_from");
    rule_.valid_to = day(top, "valid_to");
    if (rule_.valid_from && rule_.valid_to && *rule_.valid_to < *rule_.valid_from)
      top.problem("valid_to", "valid_to is before valid_from");
  }

  Rule& rule_;
  const Source& source_;
};

}  // namespace

const RuleExclusion* RuleExclusions::find(const std::string& about, const std::string& name) const {
  const auto found = std::find_if(all.begin(), all.end(), [&](const RuleExclusion& one) {
    return one.about == about && one.name == name;
  });
  return found == all.end() ? nullptr : &*found;
}

Rule read_rule(const std::string& name, const std::string& yaml, const Source& source) {
  Rule rule;
  rule.name = name;
  rule.file = source.file;
  rule.yaml = yaml;
  if (!is_snake_case(name)) source.problem(1, "rule " + name + ", expected a snake_case name");
  const auto document = parse_yaml(yaml, source);
  if (!document) return rule;
  const YamlMap top(*document, source, "the rule",
                    {"code",     "title",    "about",   "phases",      "on_hit",  "severity",
                     "each",     "where",    "let",     "when",        "month",   "amount",
                     "params",   "evidence", "because", "amount_kind", "exclude", "valid_from",
                     "valid_to", "measures", "basis",   "false_alarms"});
  RuleReader(rule, source).read(top);
  return rule;
}

RuleExclusions read_exclusions(const std::string& yaml, const Source& source) {
  RuleExclusions out;
  out.file = source.file;
  out.yaml = yaml;
  const auto document = parse_yaml(yaml, source);
  if (!document) return out;
  const YamlMap top(*document, source, "the file", {"exclusions"});
  for (const auto& node : top.list("exclusions")) {
    const YamlMap entry(node, source, "an exclusion", {"name", "code", "title", "about", "when"});
    RuleExclusion one;
    one.name = entry.name("name");
    one.code = entry.text("code");
    if (!one.code.empty() && !is_exclusion(one.code))
      entry.problem("code", "code is " + one.code + ", expected E1 to E12");
    one.title = entry.title("title");
    one.about = entry.word("about", subjects);
    if (const auto when = entry.scalar_node("when")) one.when = located(*when, yaml);
    if (out.find(one.about, one.name) != nullptr)
      entry.problem("name", fmt::format("exclusion {} of {} stands twice", one.name, one.about));
    out.all.push_back(std::move(one));
  }
  return out;
}

std::string version_of(const Rule& rule, const RuleExclusions& exclusions,
                       const std::string& dossier_version) {
  Sha256 hash;
  const auto add = [&](const std::string& text) {
    hash.add(std::to_string(text.size()) + ":" + text);
  };
  add(rule.yaml);
  add(dossier_version);
  for (const auto& word : rule.exclude) {
    const auto* one = exclusions.find(rule.about, word.text);
    if (one == nullptr) continue;
    add(one->name);
    add(one->code);
    add(one->when.text);
  }
  return hash.hex().substr(0, 16);
}

}  // namespace anlan::catalog
