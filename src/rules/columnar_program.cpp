#include "rules/columnar_program.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "base/check.hpp"

namespace anlan::rules::columnar {
namespace {

bool binds(Op op) {
  return op == Op::filter || op == Op::map || op == Op::all || op == Op::exists ||
         op == Op::exists_one;
}

bool walks_list(Op op) {
  return op == Op::in || (op >= Op::filter && op <= Op::distinct);
}

/// Whether the operation itself can fail on known arguments.
bool fails(Op op) {
  switch (op) {
    case Op::policy:
    case Op::sum:
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::remainder:
    case Op::add_months:
    case Op::subtract_months:
    case Op::add_days:
    case Op::subtract_days:
    case Op::share:
    case Op::div:
    case Op::ratio_of:
    case Op::employee_pension:
    case Op::resident_pension:
    case Op::unemployment_months:
      return true;
    default:
      return false;
  }
}

int own_cost(Op op) {
  if (walks_list(op)) return 40;
  if (op >= Op::employee_pension) return 60;  // those, and whatever reads letters
  if (op == Op::policy || op == Op::stat_month || op == Op::age_on_day) return 30;
  if (op == Op::month_of || op == Op::last_day || op == Op::first_day) return 6;
  return 1;
}

Op mirrored(Op op) {
  switch (op) {
    case Op::less:
      return Op::greater;
    case Op::less_equal:
      return Op::greater_equal;
    case Op::greater:
      return Op::less;
    case Op::greater_equal:
      return Op::less_equal;
    default:
      return op;
  }
}

/// From this cost on a part of the condition waits until cheaper ones have left few rows.
constexpr int cheap_max = 12;

class ProgramBuilder {
 public:
  explicit ProgramBuilder(Program& program) : program_(program) {}

  void add_rule(const CheckedRule& rule);
  /// Orders the parts of each condition; once all rules are added.
  void order_conjuncts();
  /// Likewise the parts of && and ||, whose order never shows.
  void order_parts();
  void add_chains();
  void sort_texts();

 private:
  void find_levels();
  NodeIndex add(NodeId id);
  NodeIndex put(ProgramNode node, int lowest_level = -1);
  void add_bounds(ProgramNode& node, int variable_level) const;
  void flatten(NodeIndex at, std::vector<NodeIndex>& conjuncts) const;
  void add_needs(RulePlan& plan);
  std::uint32_t text(const std::string& text);
  std::uint32_t policy(const PolicyUse& use);
  std::uint32_t pattern(const std::shared_ptr<const re2::RE2>& pattern);

  using Key = std::tuple<Op, Kind, Kind, std::uint16_t, std::uint32_t, std::uint32_t, std::int64_t,
                         std::vector<NodeIndex>>;

  Program& program_;
  std::map<Key, NodeIndex> known_;
  std::map<std::string, std::uint32_t> texts_;

  const CheckedRule* rule_ = nullptr;
  std::vector<std::set<std::uint32_t>> free_;  ///< by node of the rule: variables not bound in it
  std::vector<int> slot_level_;
  std::vector<std::optional<NodeIndex>> done_;
};

/// A macro's variable lies one level above all that the macro itself stands on; so what does not
/// read it can be evaluated once, further out.
void ProgramBuilder::find_levels() {
  const auto& nodes = rule_->nodes;
  free_.assign(nodes.size(), {});
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto& free = free_[i];
    if (nodes[i].op == Op::variable) free.insert(nodes[i].slot);
    if (nodes[i].op == Op::let) free = free_[rule_->lets[nodes[i].slot].node];
    for (const auto child : rule_->children_of(nodes[i]))
      free.insert(free_[child].begin(), free_[child].end());
    if (binds(nodes[i].op)) free.erase(nodes[i].slot);
  }
  slot_level_.assign(rule_->variables.size() + 1, 1);
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (!binds(nodes[i].op)) continue;
    int outer = 0;
    for (const auto slot : free_[i]) outer = std::max(outer, slot_level_[slot]);
    slot_level_[nodes[i].slot] = outer + 1;
  }
}

std::uint32_t ProgramBuilder::text(const std::string& text) {
  const auto [at, fresh] =
      texts_.try_emplace(text, static_cast<std::uint32_t>(program_.texts.size()));
  if (fresh) program_.texts.push_back(text);
  return at->second;
}

std::uint32_t ProgramBuilder::policy(const PolicyUse& use) {
  std::uint32_t slot = 0;
  for (; slot < program_.policies.size(); ++slot) {
    const auto& one = program_.policies[slot];
    if (one.code == use.code && one.scheme == use.scheme && one.type == use.type &&
        one.value == use.value) {
      return slot;
    }
  }
  program_.policies.push_back(use);
  return slot;
}

std::uint32_t ProgramBuilder::pattern(const std::shared_ptr<const re2::RE2>& pattern) {
  std::uint32_t slot = 0;
  for (; slot < program_.patterns.size(); ++slot) {
    if (program_.patterns[slot]->pattern() == pattern->pattern()) return slot;
  }
  program_.patterns.push_back(pattern);
  return slot;
}

NodeIndex ProgramBuilder::put(ProgramNode node, int lowest_level) {
  Key key{node.op,   node.type.kind, node.type.element, node.type.list,
          node.slot, node.field,     node.value,        node.children};
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  node.level = std::max(node.level, lowest_level);
  node.may_fail = node.may_fail || fails(node.op);
  node.cost += own_cost(node.op);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const auto& child = program_.nodes[node.children[i]];
    node.may_fail = node.may_fail || child.may_fail;
    // A body runs for each element; rows looked up by key are few.
    const int times = binds(node.op) && i == 1 && node.bounds.empty() ? 20 : 1;
    node.cost += times * child.cost;
  }
  node.cost = std::min(node.cost, 1'000'000);
  program_.nodes.push_back(std::move(node));
  const auto at = static_cast<NodeIndex>(program_.nodes.size() - 1);
  known_.emplace(std::move(key), at);
  return at;
}

void ProgramBuilder::flatten(NodeIndex at, std::vector<NodeIndex>& conjuncts) const {
  const auto& node = program_.nodes[at];
  if (node.op == Op::logical_and) {
    for (const auto child : node.children) flatten(child, conjuncts);
  } else if (std::find(conjuncts.begin(), conjuncts.end(), at) == conjuncts.end()) {
    conjuncts.push_back(at);
  }
}

void ProgramBuilder::add_bounds(ProgramNode& node, int variable_level) const {
  if (node.op == Op::all || node.op == Op::map) return;
  const auto* source = &program_.child(node, 0);
  while (source->op == Op::filter) source = &program_.child(*source, 0);  // which keeps the order
  const auto& list = *source;
  if (list.op != Op::list) return;
  const auto& from = program_.kind->lists[list.slot];
  if (from.order.empty()) return;
  const auto of_element = [&](const ProgramNode& one) {
    return one.op == Op::field && program_.child(one, 0).op == Op::variable &&
           static_cast<int>(program_.child(one, 0).slot) == variable_level;
  };
  // A field of a row of the same list, one level up.
  const auto of_row_above = [&](const ProgramNode& one) {
    return one.op == Op::field && program_.child(one, 0).op == Op::variable &&
           static_cast<int>(program_.child(one, 0).slot) == variable_level - 1 &&
           program_.child(one, 0).type.list == list.slot;
  };
  std::vector<NodeIndex> parts;
  flatten(node.children[1], parts);
  std::vector<Bound> found;
  for (const auto part : parts) {
    const auto& one = program_.nodes[part];
    if (one.op < Op::equal || one.op > Op::greater_equal) continue;
    for (const std::size_t side : {0U, 1U}) {
      const auto& field = program_.child(one, side);
      const auto& key = program_.child(one, 1 - side);
      if (!of_element(field) || key.level >= variable_level) continue;
      const bool own = of_row_above(key) && key.field == field.field;
      const bool strict = one.op == Op::not_equal || one.op == Op::less || one.op == Op::greater;
      if (own && strict && !node.not_own)
        node.not_own = NotOwn{field.field, one.children[1 - side]};
      const auto& description = from.fields[field.field];
      const auto order = std::find(from.order.begin(), from.order.end(), description.name);
      if (order == from.order.end() || one.op == Op::not_equal) continue;
      if (description.type == catalog::FieldType::flag) continue;
      // The order of texts in columns is known, that of texts made up by rules is not.
      if (description.type == catalog::FieldType::text && one.op != Op::equal) continue;
      found.push_back({static_cast<std::uint32_t>(order - from.order.begin()),
                       side == 0 ? one.op : mirrored(one.op), one.children[1 - side], own});
      break;
    }
  }
  // Rows are in the order of a field only where all fields before it are equal.
  std::stable_sort(found.begin(), found.end(), [](const Bound& a, const Bound& b) {
    return std::tuple(a.nth, a.op != Op::equal, !a.own) <
           std::tuple(b.nth, b.op != Op::equal, !b.own);
  });
  for (const auto& bound : found) {
    const bool has_any = !node.bounds.empty();
    const auto nth = has_any ? node.bounds.back().nth : 0;
    const bool equal_so_far = !has_any || node.bounds.back().op == Op::equal;
    const bool next = bound.nth == (has_any ? nth + 1 : 0) && equal_so_far;
    const bool same = has_any && bound.nth == nth && !equal_so_far;
    if (next || same) node.bounds.push_back(bound);
  }
}

NodeIndex ProgramBuilder::add(NodeId id) {
  if (done_[id]) return *done_[id];
  const auto& from = rule_->nodes[id];
  if (from.op == Op::let) {
    const auto at = add(rule_->lets[from.slot].node);
    done_[id] = at;
    return at;
  }
  ProgramNode node;
  node.op = from.op;
  node.type = from.type;
  node.field = from.field;
  node.value = from.value;
  for (const auto child : rule_->children_of(from)) node.children.push_back(add(child));
  switch (from.op) {
    case Op::constant:
      if (from.type.kind == Kind::text)
        node.value = text(rule_->texts[static_cast<std::size_t>(from.value)]);
      break;
    case Op::variable:
      node.slot = static_cast<std::uint32_t>(slot_level_[from.slot]);
      break;
    case Op::subject_id:
      node.level = 0;
      break;
    case Op::fact:
    case Op::list:
      node.slot = from.slot;
      node.level = 0;
      break;
    case Op::filter:
    case Op::map:
    case Op::all:
    case Op::exists:
    case Op::exists_one:
      node.slot = static_cast<std::uint32_t>(slot_level_[from.slot]);
      break;
    case Op::policy:
      node.slot = policy(rule_->policies[from.slot]);
      break;
    case Op::matches:
      node.slot = pattern(rule_->patterns[from.slot]);
      break;
    case Op::age_in_month: {
      // Only the month of birth counts; taken apart, it is found once per subject.
      ProgramNode month;
      month.op = Op::month_of;
      month.type = Type::scalar(Kind::month);
      month.children = {node.children[0]};
      month.level = program_.nodes[node.children[0]].level;
      node.children[0] = put(std::move(month));
      break;
    }
    default:
      break;
  }
  for (const auto slot : free_[id]) node.level = std::max(node.level, slot_level_[slot]);
  for (const auto child : node.children)
    node.level = std::max(node.level, std::min(program_.nodes[child].level, 0));
  if (binds(node.op)) add_bounds(node, slot_level_[from.slot]);
  // Lists have items for each subject, also those that stand on nothing.
  const int lowest = node.type.is_list() || walks_list(from.op) ? 0 : -1;
  const auto at = put(std::move(node), lowest);
  done_[id] = at;
  return at;
}

void ProgramBuilder::add_needs(RulePlan& plan) {
  const auto conjuncts = plan.conjuncts;
  for (const auto list : plan.rule->lists_read) {
    if (plan.rule->each == list) continue;
    const auto slot = static_cast<std::uint32_t>(list);
    if (!needs_list(program_, conjuncts, slot)) continue;
    // The same node as `death.known` of a fact.
    const bool single = program_.kind->lists[list].single;
    ProgramNode rows;
    rows.op = single ? Op::fact : Op::list;
    rows.type = single ? Type::row_of(list) : Type::rows_of(list);
    rows.slot = slot;
    rows.level = 0;
    ProgramNode known;
    known.op = Op::known;
    known.type = Type::scalar(Kind::boolean);
    known.children = {put(std::move(rows))};
    known.level = 0;
    const auto at = put(std::move(known));
    if (std::find(plan.conjuncts.begin(), plan.conjuncts.end(), at) == plan.conjuncts.end())
      plan.conjuncts.push_back(at);
  }
}

void ProgramBuilder::add_rule(const CheckedRule& rule) {
  CHECK(program_.kind == nullptr || program_.kind == rule.kind);
  program_.kind = rule.kind;
  rule_ = &rule;
  done_.assign(rule.nodes.size(), std::nullopt);
  find_levels();
  RulePlan plan;
  plan.rule = &rule;
  if (rule.where) flatten(add(*rule.where), plan.conjuncts);
  flatten(add(rule.when), plan.conjuncts);
  add_needs(plan);
  for (const auto conjunct : plan.conjuncts)
    plan.may_fail = plan.may_fail || program_.nodes[conjunct].may_fail;
  if (rule.month) plan.month = add(*rule.month);
  if (rule.amount) plan.amount = add(*rule.amount);
  for (const auto& one : rule.exclusions) plan.exclusions.push_back(add(one.when));
  program_.rules.push_back(std::move(plan));
}

/// Parts of the subject first, then cheap ones, then dear ones. Among cheap ones, those that many
/// rules have come first: what they select is then selected once.
void ProgramBuilder::order_conjuncts() {
  std::vector<int> uses(program_.nodes.size(), 0);
  for (const auto& plan : program_.rules) {
    for (const auto conjunct : plan.conjuncts) ++uses[conjunct];
  }
  for (auto& plan : program_.rules) {
    const auto rank = [&](NodeIndex at) {
      const auto& node = program_.nodes[at];
      const bool cheap = node.cost <= cheap_max;
      const bool of_subject = node.level <= 0 && (cheap || !plan.rule->each);
      return std::tuple(!of_subject, cheap ? 0 : node.cost, -uses[at], node.cost, at);
    };
    std::sort(plan.conjuncts.begin(), plan.conjuncts.end(),
              [&](NodeIndex a, NodeIndex b) { return rank(a) < rank(b); });
    plan.subject_conjuncts = static_cast<std::size_t>(
        std::count_if(plan.conjuncts.begin(), plan.conjuncts.end(),
                      [&](NodeIndex at) { return !std::get<0>(rank(at)); }));
    plan.cheap_conjuncts =
        std::max(plan.subject_conjuncts,
                 static_cast<std::size_t>(std::count_if(
                     plan.conjuncts.begin(), plan.conjuncts.end(),
                     [&](NodeIndex at) { return program_.nodes[at].cost <= cheap_max; })));
  }
}

void ProgramBuilder::order_parts() {
  for (auto& node : program_.nodes) {
    if (node.op != Op::logical_and && node.op != Op::logical_or) continue;
    std::stable_sort(node.children.begin(), node.children.end(), [&](NodeIndex a, NodeIndex b) {
      return program_.nodes[a].cost < program_.nodes[b].cost;
    });
  }
}

void ProgramBuilder::sort_texts() {
  std::sort(program_.texts.begin(), program_.texts.end());
  for (auto& node : program_.nodes) {
    if (node.op != Op::constant || node.type.kind != Kind::text) continue;
    const auto& text = *std::find_if(texts_.begin(), texts_.end(), [&](const auto& one) {
      return one.second == static_cast<std::uint32_t>(node.value);
    });
    node.value = std::lower_bound(program_.texts.begin(), program_.texts.end(), text.first) -
                 program_.texts.begin();
  }
}

void ProgramBuilder::add_chains() {
  const auto refines = [](Op op) {
    return op == Op::filter || op == Op::map || op == Op::distinct;
  };
  for (NodeIndex at = 0; at < program_.nodes.size(); ++at) {
    auto& node = program_.nodes[at];
    if (!walks_list(node.op)) continue;
    Chain chain;
    chain.base = node.children[node.op == Op::in ? 1 : 0];
    while (refines(program_.nodes[chain.base].op) &&
           program_.nodes[chain.base].level == node.level) {
      chain.refined.push_back(chain.base);
      chain.base = program_.nodes[chain.base].children[0];
    }
    const bool of_rows = program_.nodes[chain.base].op == Op::list;
    auto macros = chain.refined;
    std::reverse(macros.begin(), macros.end());
    macros.push_back(at);
    for (const auto one : macros) {
      const auto& macro = program_.nodes[one];
      std::uint32_t depth = 0;
      for (const auto& bound : macro.bounds) {
        program_.order_depth = std::max(program_.order_depth, bound.nth + 1);
        if (bound.own && bound.op == Op::equal && bound.nth == depth) ++depth;
      }
      if (of_rows && depth > chain.own_depth) {
        chain.own = chain.bounding.size();
        chain.own_depth = depth;
      }
      if (of_rows && !chain.not_own) chain.not_own = macro.not_own;
      chain.bounding.push_back(one);
      if (macro.op != Op::filter || program_.child(macro, 1).may_fail) break;
    }
    node.chain = static_cast<std::uint32_t>(program_.chains.size());
    program_.chains.push_back(std::move(chain));
  }
}

}  // namespace

Program make_program(std::span<const CheckedRule> rules) {
  Program program;
  ProgramBuilder builder(program);
  for (const auto& rule : rules) builder.add_rule(rule);
  builder.order_conjuncts();
  builder.order_parts();
  builder.add_chains();
  builder.sort_texts();
  return program;
}

}  // namespace anlan::rules::columnar
