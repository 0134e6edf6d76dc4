#include "rules/check_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "catalog/near_name.hpp"
#include "catalog/sentence.hpp"
#include "rules/checker.hpp"

namespace anlan::rules {
namespace {

using catalog::LocatedText;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

/// The kind of value a function of a sentence takes; nothing for those that take any.
std::optional<Kind> wanted_kind(const std::string& function) {
  if (function == "yuan") return Kind::fen;
  if (function == "month" || function == "months") return Kind::month;
  if (function == "date") return Kind::date;
  if (function == "count") return Kind::integer;
  if (function == "percent") return Kind::ratio;
  if (function == "tail" || function == "label") return Kind::text;
  return std::nullopt;
}

Kind lead_kind(const std::string& name) {
  if (name == "n_hits") return Kind::integer;
  if (name == "amount_fen") return Kind::fen;
  if (name == "subject_id") return Kind::text;
  return Kind::month;
}

class RuleChecker {
 public:
  RuleChecker(const catalog::Rule& rule, const Surroundings& around,
              const std::map<std::string, std::string>& params)
      : from_(rule), around_(around), checker_(checked_, *around.lists, params) {
    checked_.rule = &rule;
    checked_.kind = around.kind;
  }

  Result<CheckedRule> run() {
    bind_each();
    if (!from_.where.empty()) {
      Scope scope = whole_scope();
      scope.row_only = true;
      scope.lets_seen = 0;
      checked_.where = expression("where", from_.where, scope, Kind::boolean);
    }
    read_lets();
    if (const auto when = expression("when", from_.when, whole_scope(), Kind::boolean))
      checked_.when = *when;
    read_month();
    if (!from_.amount.empty())
      checked_.amount = expression("amount", from_.amount, whole_scope(), Kind::fen);
    read_exclusions();
    // Where an expression could not be read, a parameter may be used all the same.
    if (good()) check_params();
    read_evidence();
    read_sentence(from_.because_zh);
    read_sentence(from_.because_en);
    if (good()) {
      add_let_parts();
      limit_to_validity();
    }
    if (!good()) return fail(ErrorKind::invalid_input, "catalog.rule", text_of_problems());
    tidy(checked_);
    return std::move(checked_);
  }

 private:
  bool good() const { return lines_.empty() && whole_; }

  std::string text_of_problems() const {
    std::string out;
    for (const auto& line : lines_) out += (out.empty() ? "" : "\n") + line;
    return out;
  }

  void problem(const LocatedText& text, Span where, const std::string& what) {
    lines_.push_back(catalog::point_at(from_.file, from_.yaml, text, where.begin, where.end, what));
  }

  void problem(const LocatedText& text, const std::string& what) {
    problem(text, {0, static_cast<std::uint32_t>(text.text.size())}, what);
  }

  void bind_each() {
    if (from_.each.empty()) return;
    const auto list = around_.kind->find(from_.each_list);
    if (from_.each_list.empty()) return;  // the reader has told what is wrong with it
    if (!list) {
      std::vector<std::string> names;
      for (const auto& one : around_.kind->lists) names.push_back(one.name);
      const auto near = catalog::did_you_mean(from_.each_list, names);
      const auto at = static_cast<std::uint32_t>(from_.each.text.rfind(from_.each_list));
      problem(from_.each, {at, at + static_cast<std::uint32_t>(from_.each_list.size())},
              fmt::format("the dossier of this subject has no {}{}", from_.each_list,
                          near.empty() ? "; expected one of " + joined(names) : near));
      // A row of some list, so that the rest can still be read; its fields would mislead.
      return;
    }
    checked_.each = *list;
    checked_.variables.push_back({from_.each_name, Type::row_of(*list)});
  }

  Scope whole_scope() const {
    Scope scope;
    if (checked_.each) scope.row = from_.each_name;
    scope.lets_seen = checked_.lets.size();
    scope.broken = broken_lets_;
    return scope;
  }

  /// Checks one text and reports in it. Without `wanted` any type will do.
  std::optional<NodeId> expression(const std::string& part, const LocatedText& text,
                                   const Scope& scope, std::optional<Kind> wanted) {
    if ((!from_.each.empty() && !checked_.each) || text.empty()) {  // told already
      whole_ = false;
      return std::nullopt;
    }
    std::vector<Complaint> complaints;
    auto node = checker_.check(part, text.text, scope, complaints);
    for (const auto& one : complaints) problem(text, one.where, one.text);
    if (!node) whole_ = false;
    if (!node || !wanted || checked_.nodes[*node].type.kind == *wanted) return node;
    problem(text,
            fmt::format("{} is {}, expected {}", part,
                        type_name(checked_.nodes[*node].type, *checked_.kind), kind_name(*wanted)));
    return std::nullopt;
  }

  void read_lets() {
    for (std::size_t i = 0; i < from_.lets.size(); ++i) {
      auto scope = whole_scope();
      for (std::size_t later = i; later < from_.lets.size(); ++later)
        scope.later_lets.push_back(from_.lets[later].name);
      const auto& let = from_.lets[i];
      const auto node = expression("let " + let.name, let.text, scope, std::nullopt);
      // Rather one message about the let than one more at each use.
      if (!node) {
        broken_lets_.push_back(let.name);
        continue;
      }
      const auto reads = reachable(checked_, *node);
      const bool reads_row =
          checked_.each && std::any_of(reads.begin(), reads.end(), [&](NodeId at) {
            const auto& one = checked_.nodes[at];
            return one.op == Op::variable && one.slot == 0;
          });
      checked_.lets.push_back({let.name, *node, reads_row});
    }
  }

  void read_month() {
    if (!from_.month.empty()) {
      checked_.month = expression("month", from_.month, whole_scope(), Kind::month);
      return;
    }
    if (!checked_.each) return;
    const auto& list = checked_.kind->lists[*checked_.each];
    const auto field = list.find("month");
    if (!field || list.fields[*field].type != catalog::FieldType::month) return;
    checked_.month = *checker_.check("month", from_.each_name + ".month", whole_scope(), ignored_);
  }

  void read_exclusions() {
    for (const auto& word : from_.exclude) {
      const auto* one = around_.exclusions->find(from_.about, word.text);
      if (one == nullptr) {
        std::vector<std::string> names;
        for (const auto& known : around_.exclusions->all) {
          if (known.about == from_.about) names.push_back(known.name);
        }
        const auto near = catalog::did_you_mean(word.text, names);
        problem(word,
                fmt::format(
                    "no exclusion {} about {}{}", word.text, from_.about,
                    near.empty() && !names.empty() ? "; expected one of " + joined(names) : near));
        continue;
      }
      Scope scope;
      if (checked_.each) scope.row = "row";
      if (!from_.each.empty() && !checked_.each) scope.broken = {"row"};
      std::vector<Complaint> complaints;
      const auto when = checker_.check("exclude " + one->name, one->when.text, scope, complaints);
      if (when && checked_.nodes[*when].type.kind != Kind::boolean) {
        complaints.push_back({{0, static_cast<std::uint32_t>(one->when.text.size())},
                              "the condition of an exclusion is a bool"});
      }
      for (const auto& complaint : complaints) {
        lines_.push_back(catalog::point_at(around_.exclusions->file, around_.exclusions->yaml,
                                           one->when, complaint.where.begin, complaint.where.end,
                                           complaint.text));
        problem(word, fmt::format("exclusion {} does not fit this rule, as said above", word.text));
      }
      if (when) checked_.exclusions.push_back({one->name, one->code, *when});
    }
  }

  void read_evidence() {
    for (const auto& text : from_.evidence) {
      const auto node = expression("evidence", text, whole_scope(), std::nullopt);
      if (!node) continue;
      const auto kind = checked_.nodes[*node].type.kind;
      if (kind == Kind::row || kind == Kind::rows) {
        checked_.evidence.push_back(*node);
      } else {
        problem(text, fmt::format("evidence is {}, expected a row, a fact or a list of rows",
                                  type_name(checked_.nodes[*node].type, *checked_.kind)));
      }
    }
    if (from_.has_evidence || !good()) return;
    if (checked_.each) {
      checked_.evidence.push_back(
          *checker_.check("evidence", from_.each_name, whole_scope(), ignored_));
    }
    std::vector<std::uint32_t> facts;
    std::vector<NodeId> roots;
    if (checked_.where) roots.push_back(*checked_.where);
    for (const auto& let : checked_.lets) roots.push_back(let.node);
    roots.push_back(checked_.when);
    for (const auto root : roots) {
      for (const auto at : reachable(checked_, root)) {
        const auto& one = checked_.nodes[at];
        if (one.op == Op::fact) facts.push_back(one.slot);
      }
    }
    std::sort(facts.begin(), facts.end());
    facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
    for (const auto fact : facts) {
      checked_.evidence.push_back(*checker_.check(
          "evidence", "dossier." + checked_.kind->lists[fact].name, whole_scope(), ignored_));
    }
  }

  void read_sentence(const LocatedText& text) {
    const auto pieces = catalog::parse_sentence(text.text);
    if (!pieces) return problem(text, pieces.error().detail);
    for (const auto& piece : *pieces) {
      if (!piece.value.empty()) read_placeholder(text, piece);
    }
  }

  void read_placeholder(const LocatedText& text, const catalog::SentencePiece& piece) {
    const Span where{static_cast<std::uint32_t>(piece.begin),
                     static_cast<std::uint32_t>(piece.end)};
    if (!piece.last.empty()) {
      auto second = piece;
      second.value = std::exchange(second.last, "");
      read_placeholder(text, second);
    }
    const auto kind = kind_of_value(text, piece, where);
    if (!kind) return;
    const auto wanted = wanted_kind(piece.function);
    const bool dated = piece.function.starts_with("month") && *kind == Kind::date;
    if (wanted && *kind != *wanted && !dated) {
      problem(text, where,
              fmt::format("{}(…) takes {}, found {}", piece.function, kind_name(*wanted),
                          kind_name(*kind)));
    } else if (piece.function.empty() && *kind == Kind::fen) {
      problem(text, where,
              fmt::format("an amount shown in fen; expected {{yuan({})}}", piece.value));
    } else if (piece.function == "label" && !around_.lists->contains(piece.list)) {
      std::vector<std::string> names;
      for (const auto& [name, list] : *around_.lists) names.push_back(name);
      problem(text, where,
              "unknown code list " + piece.list + catalog::did_you_mean(piece.list, names));
    }
  }

  std::optional<Kind> kind_of_value(const LocatedText& text, const catalog::SentencePiece& piece,
                                    Span where) {
    const auto& lead = lead_values();
    if (std::find(lead.begin(), lead.end(), piece.value) != lead.end())
      return lead_kind(piece.value);
    for (const auto& part : checked_.parts) {
      if (part.name == piece.value) return checked_.nodes[part.node].type.kind;
    }
    if (!from_.each.empty() && !checked_.each) return std::nullopt;
    std::vector<Complaint> complaints;
    const auto node = checker_.check("because", piece.value, whole_scope(), complaints);
    for (const auto& one : complaints) problem(text, where, one.text);
    if (!node) return std::nullopt;
    const auto& type = checked_.nodes[*node].type;
    if (!type.is_scalar()) {
      problem(text, where,
              fmt::format("{} is {}, expected a plain value", piece.value,
                          type_name(type, *checked_.kind)));
      return std::nullopt;
    }
    checked_.parts.push_back({piece.value, *node});
    return type.kind;
  }

  void check_params() {
    for (const auto& one : from_.params) {
      if (checker_.params_used().contains(one.param.name)) continue;
      lines_.push_back(fmt::format("{}:1: parameter {} is not used", from_.file, one.param.name));
    }
  }

  /// Plain lets are named parts of the rule: a hit carries their values.
  void add_let_parts() {
    for (const auto& let : checked_.lets) {
      if (!checked_.nodes[let.node].type.is_scalar()) continue;
      const bool there = std::any_of(checked_.parts.begin(), checked_.parts.end(),
                                     [&](const Part& part) { return part.name == let.name; });
      if (!there) checked_.parts.push_back({let.name, let.node});
    }
  }

  /// A rule judges facts of its time: months from valid_from to valid_to; without a month, days.
  void limit_to_validity() {
    if (!from_.valid_from && !from_.valid_to) return;
    auto& build = checker_.builder();
    const auto whole = static_cast<std::uint32_t>(checked_.sources.size());
    checked_.sources.push_back({"validity", ""});
    build.set_source(whole);
    const auto boolean = Type::scalar(Kind::boolean);
    std::vector<NodeId> parts;
    const auto limit = [&](Op op, Date day) {
      const auto subject =
          checked_.month ? *checked_.month : build.add(Op::as_of, Type::scalar(Kind::date), {}, {});
      const auto bound = checked_.month ? build.constant(Kind::month, day.month().value, {})
                                        : build.constant(Kind::date, day.days, {});
      const NodeId both[] = {subject, bound};
      parts.push_back(build.add(op, boolean, both, {}));
    };
    if (from_.valid_from) limit(Op::greater_equal, *from_.valid_from);
    if (from_.valid_to) limit(Op::less_equal, *from_.valid_to);
    parts.push_back(checked_.when);
    checked_.when = build.add(Op::logical_and, boolean, parts, {});
  }

  const catalog::Rule& from_;
  const Surroundings& around_;
  CheckedRule checked_;
  Checker checker_;
  std::vector<std::string> broken_lets_;
  bool whole_ = true;  ///< every part could be read; else something has been told, here or before
  std::vector<std::string> lines_;
  std::vector<Complaint> ignored_;
};

}  // namespace

const std::vector<std::string>& lead_values() {
  static const std::vector<std::string> names = {"n_hits", "month_from", "month_to", "amount_fen",
                                                 "subject_id"};
  return names;
}

Result<CheckedRule> check_rule(const catalog::Rule& rule, const Surroundings& surroundings,
                               const std::map<std::string, std::string>& params) {
  return RuleChecker(rule, surroundings, params).run();
}

}  // namespace anlan::rules
