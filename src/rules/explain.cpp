#include "rules/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/fen.hpp"
#include "base/text.hpp"
#include "catalog/sentence.hpp"
#include "rules/literals.hpp"

namespace anlan::rules {
namespace {

/// Of a list, this many elements are shown; our choice: enough to see what kind of rows they are.
constexpr std::size_t elements_max = 5;

class Explainer {
 public:
  Explainer(const CheckedRule& rule, Interpreter& interpreter)
      : rule_(rule), interpreter_(interpreter) {}

  Explanation explain(NodeId id) {
    const auto& node = rule_.nodes[id];
    Explanation out;
    out.text = std::string(rule_.written(node));
    if (out.text.empty()) out.text = rule_.sources[node.source].part;
    const auto value = interpreter_.evaluate(id);
    out.value = value_text(node.type, value);
    const bool body = node.op == Op::filter || node.op == Op::map || node.op == Op::all ||
                      node.op == Op::exists || node.op == Op::exists_one;
    if (body) {
      explain_body(node, out);
    } else if (node.op == Op::let) {
      // Shown on a line of its own.
    } else if (node.op != Op::field && node.op != Op::known) {
      for (const auto child : rule_.children_of(node)) {
        if (!is_constant(child)) out.parts.push_back(explain(child));
      }
    } else if (rule_.child(node, 0).op == Op::first || rule_.child(node, 0).op == Op::last ||
               rule_.child(node, 0).op == Op::index) {
      out.parts.push_back(explain(rule_.children_of(node)[0]));
    }
    return out;
  }

  std::string value_text(const Type& type, const Value& value) const {
    if (value.is_error()) return std::string("error: ") + fault_name(value.scalar.fault);
    if (type.kind == Kind::row) return value.row ? "a row" : "no row";
    if (type.kind == Kind::rows) return fmt::format("{} rows", value.rows.size());
    if (type.kind == Kind::values) {
      std::string out;
      for (std::size_t i = 0; i < value.values.size() && i < elements_max; ++i)
        out += (i > 0 ? ", " : "") + scalar_text(Type::scalar(type.element), value.values[i]);
      return "[" + out + (value.values.size() > elements_max ? ", …]" : "]");
    }
    return scalar_text(type, value.scalar);
  }

 private:
  /// A value, or a list of values, that stands so in the rule.
  bool is_constant(NodeId id) const {
    const auto& node = rule_.nodes[id];
    if (node.op != Op::list_of) return node.op == Op::constant;
    const auto items = rule_.children_of(node);
    return std::all_of(items.begin(), items.end(),
                       [&](NodeId item) { return rule_.nodes[item].op == Op::constant; });
  }

  static std::string scalar_text(const Type& type, const Scalar& value) {
    if (!value.known()) return type.kind == Kind::boolean ? "unknown" : "missing";
    if (type.kind == Kind::fen) return format_yuan(Fen{value.number});
    if (type.kind == Kind::text) return quoted(value.text);
    return canonical_text(value, type.kind);
  }

  /// The list, then the body for its first elements.
  void explain_body(const Node& node, Explanation& out) {
    const auto children = rule_.children_of(node);
    const auto list = interpreter_.evaluate(children[0]);
    out.parts.push_back(explain(children[0]));
    if (list.is_error()) return;
    const auto& type = rule_.nodes[children[0]].type;
    const auto size = Interpreter::count(type, list);
    for (std::size_t i = 0; i < size && i < elements_max; ++i) {
      interpreter_.bind(node.slot, Interpreter::element(type, list, i));
      auto element = explain(children[1]);
      element.text = fmt::format("[{}] {}", i, element.text);
      out.parts.push_back(std::move(element));
    }
  }

  const CheckedRule& rule_;
  Interpreter& interpreter_;
};

Verdict verdict_of(const Scalar& condition) {
  if (condition.is_error()) return Verdict::error;
  if (condition.is_missing()) return Verdict::unknown;
  return condition.is_true() ? Verdict::holds : Verdict::does_not;
}

/// A rule with a validity has its limits joined before its own condition.
bool is_limited(const CheckedRule& rule) {
  return rule.sources[rule.nodes[rule.when].source].part == "validity";
}

/// Whether the row's month, or without one the day of judging, lies inside valid_from and valid_to.
Explanation explain_validity(const CheckedRule& rule, Interpreter& interpreter,
                             const Explainer& explainer) {
  const auto limits = rule.children_of(rule.nodes[rule.when]);
  std::vector<Scalar> values;
  for (std::size_t i = 0; i + 1 < limits.size(); ++i)
    values.push_back(interpreter.evaluate(limits[i]).scalar);
  const auto& subject = rule.child(rule.nodes[limits.front()], 0);
  const auto subject_id = rule.children_of(rule.nodes[limits.front()]).front();
  std::string text(rule.written(subject));
  if (text.empty()) text = subject.op == Op::as_of ? "as_of" : "month";
  Explanation out;
  out.text = "validity";
  out.value = explainer.value_text(Type::scalar(Kind::boolean), Value{all_of(values)});
  out.parts.push_back(
      {std::move(text), explainer.value_text(subject.type, interpreter.evaluate(subject_id)), {}});
  return out;
}

/// The parts joined by && that are not true, through nested &&.
void add_failed(const CheckedRule& rule, Interpreter& interpreter, const Explainer& explainer,
                NodeId id, std::vector<std::string>& out) {
  const auto& node = rule.nodes[id];
  const auto value = interpreter.evaluate(id);
  if (value.scalar.is_true()) return;
  if (node.op == Op::logical_and) {
    for (const auto child : rule.children_of(node))
      add_failed(rule, interpreter, explainer, child, out);
    return;
  }
  std::string text(rule.written(node));
  if (text.empty()) text = rule.sources[node.source].part;
  out.push_back(text + " = " + explainer.value_text(node.type, value));
}

RowExplanation explain_row(const CheckedRule& rule, const dossier::Dossier& dossier,
                           const Moment& moment, std::optional<std::uint32_t> row) {
  Interpreter interpreter(rule, dossier, moment);
  Explainer explainer(rule, interpreter);
  RowExplanation out;
  out.row = row;
  if (row) {
    interpreter.set_row(*row);
    out.key = dossier::evidence_of(*dossier.bucket, *rule.each, *row).key;
  }
  std::vector<Scalar> conditions;
  if (rule.where) {
    out.where = explainer.explain(*rule.where);
    conditions.push_back(interpreter.evaluate(*rule.where).scalar);
    add_failed(rule, interpreter, explainer, *rule.where, out.failed);
  }
  for (const auto& let : rule.lets) {
    out.lets.push_back(explainer.explain(let.node));
    out.lets.back().text = let.name + ": " + out.lets.back().text;
  }
  const bool limited = is_limited(rule);
  const auto when = limited ? rule.children_of(rule.nodes[rule.when]).back() : rule.when;
  out.when = explainer.explain(when);
  conditions.push_back(interpreter.evaluate(rule.when).scalar);
  add_failed(rule, interpreter, explainer, when, out.failed);
  if (limited) {
    out.validity = explain_validity(rule, interpreter, explainer);
    if (out.validity.value != "true") out.failed.push_back("validity = " + out.validity.value);
  }
  out.verdict = verdict_of(all_of(conditions));
  if (out.verdict != Verdict::holds) return out;
  for (const auto& exclusion : rule.exclusions) {
    out.exclusions.push_back(explainer.explain(exclusion.when));
    out.exclusions.back().text = exclusion.name + ": " + out.exclusions.back().text;
    const auto excluded = interpreter.evaluate(exclusion.when).scalar;
    if (excluded.is_error()) out.verdict = Verdict::error;
    if (!excluded.is_true()) continue;
    out.excluded_by = exclusion.name;
    return out;
  }
  if (out.verdict != Verdict::holds) return out;
  // Month and amount may be errors still: then there is no hit.
  const auto outcome = interpret_row(rule, dossier, row, moment);
  if (!outcome.faults.empty()) {
    const auto& fault = outcome.faults.front();
    out.verdict = Verdict::error;
    out.failed.push_back(
        fmt::format("{} = error: {}", rule.written(rule.nodes[fault.at]), fault_name(fault.fault)));
  } else if (!outcome.hits.empty()) {
    out.hit = outcome.hits.front();
  }
  return out;
}

std::string applied(const catalog::SentencePiece& piece, const std::string& value, Lang lang,
                    const std::map<std::string, catalog::CodeList>& lists) {
  if (piece.function == "yuan") {
    const auto fen = canonical_value(Kind::fen, value);
    return fen ? format_yuan(Fen{*fen}) : value;
  }
  if (piece.function == "count") {
    const auto number = canonical_value(Kind::integer, value);
    if (!number) return value;
    const auto text = format_yuan(Fen{*number % 10'000'000'000'000'000 * 100});
    return text.substr(0, text.size() - 3);
  }
  if (piece.function == "month") return value.substr(0, 7);
  if (piece.function == "tail") return value.size() > 4 ? value.substr(value.size() - 4) : value;
  if (piece.function == "percent") {
    const auto ratio = canonical_value(Kind::ratio, value);
    if (!ratio) return value;
    const auto tenths = divide_half_up(*ratio, 1000).value;
    const auto size = tenths < 0 ? -tenths : tenths;
    return fmt::format("{}{}.{}%", tenths < 0 ? "-" : "", size / 10, size % 10);
  }
  if (piece.function == "label") {
    const auto list = lists.find(piece.list);
    if (list == lists.end()) return value;
    for (const auto& code : list->second.values) {
      if (code.code == value) return code.title.in(lang);
    }
  }
  return value;
}

}  // namespace

std::vector<RowExplanation> explain(const CheckedRule& rule, const dossier::Dossier& dossier,
                                    const Moment& moment) {
  std::vector<RowExplanation> out;
  if (!rule.each) {
    out.push_back(explain_row(rule, dossier, moment, std::nullopt));
    return out;
  }
  for (const auto row : Interpreter(rule, dossier, moment).rows_of(*rule.each))
    out.push_back(explain_row(rule, dossier, moment, row));
  return out;
}

std::string explanation_text(const Explanation& explanation, int indent) {
  std::string text;
  for (const char c : explanation.text) text += c == '\n' ? ' ' : c;
  std::string out = pad_right(explanation.value, 14) + " " +
                    std::string(static_cast<std::size_t>(indent) * 2, ' ') + text + "\n";
  for (const auto& part : explanation.parts) out += explanation_text(part, indent + 1);
  return out;
}

LeadSummary summary_of(std::span<const Hit> hits) {
  using Money = std::tuple<std::string, std::string, std::string, std::int32_t>;
  LeadSummary summary;
  std::map<Money, std::int64_t> once;
  const auto add = [&](std::int64_t fen) {
    summary.amount_fen = summary.amount_fen.value_or(0) + fen;
  };
  for (const auto& hit : hits) {
    if (hit.month != 0) {
      if (summary.month_from == 0 || hit.month < summary.month_from) summary.month_from = hit.month;
      summary.month_to = std::max(summary.month_to, hit.month);
    }
    if (!hit.amount_fen) continue;
    if (hit.person_id_no.empty()) {
      add(*hit.amount_fen);
      continue;
    }
    const auto [slot, fresh] =
        once.try_emplace({hit.person_id_no, hit.scheme, hit.item, hit.month}, *hit.amount_fen);
    if (!fresh) slot->second = std::max(slot->second, *hit.amount_fen);
  }
  for (const auto& [money, fen] : once) add(fen);
  return summary;
}

std::string sentence_of(const CheckedRule& rule, std::span<const Hit> hits, Lang lang,
                        const std::map<std::string, catalog::CodeList>& lists) {
  const auto pieces = catalog::parse_sentence(rule.rule->because.in(lang));
  if (!pieces) return rule.rule->because.in(lang);  // the checker has refused it already
  const auto& first = *std::min_element(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.month, a.evidence, a.values) < std::tie(b.month, b.evidence, b.values);
  });
  const auto summary = summary_of(hits);
  const auto month_text = [](std::int32_t month) {
    return month == 0 ? std::string() : format_month(Month{month});
  };
  const auto value_of = [&](const std::string& name) -> std::string {
    if (name == "n_hits") return std::to_string(hits.size());
    if (name == "subject_id") return first.subject_id;
    if (name == "amount_fen")
      return summary.amount_fen ? std::to_string(*summary.amount_fen) : std::string();
    if (name == "month_from") return month_text(summary.month_from);
    if (name == "month_to") return month_text(summary.month_to);
    for (const auto& [part, value] : first.values) {
      if (part == name) return value;
    }
    return {};
  };
  std::string out;
  for (const auto& piece : *pieces) {
    if (piece.value.empty()) {
      out += piece.text;
      continue;
    }
    const auto value = value_of(piece.value);
    if (piece.function == "months") {
      const auto last = value_of(piece.last);
      out += value.empty() || last.empty()
                 ? "—"
                 : catalog::month_span(value.substr(0, 7), last.substr(0, 7), lang);
      continue;
    }
    out += value.empty() ? "—" : applied(piece, value, lang, lists);
  }
  return out;
}

std::string sentence_of(const CheckedRule& rule, const Hit& hit, Lang lang,
                        const std::map<std::string, catalog::CodeList>& lists) {
  return sentence_of(rule, std::span(&hit, 1), lang, lists);
}

}  // namespace anlan::rules
