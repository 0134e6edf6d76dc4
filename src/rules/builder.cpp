#include "rules/builder.hpp"

#include <algorithm>
#include <set>

namespace anlan::rules {

NodeId Builder::add(Op op, Type type, std::span<const NodeId> children, Span span,
                    std::uint32_t slot, std::uint32_t field) {
  Node node;
  node.op = op;
  node.type = type;
  node.first_child = static_cast<std::uint32_t>(rule_.children.size());
  node.child_count = static_cast<std::uint32_t>(children.size());
  node.slot = slot;
  node.field = field;
  node.source = source_;
  node.span = span;
  rule_.children.insert(rule_.children.end(), children.begin(), children.end());
  rule_.nodes.push_back(node);
  return static_cast<NodeId>(rule_.nodes.size() - 1);
}

NodeId Builder::constant(Kind kind, std::int64_t value, Span span) {
  const auto node = add(Op::constant, Type::scalar(kind), {}, span);
  rule_.nodes[node].value = value;
  return node;
}

NodeId Builder::text(const std::string& text, Span span) {
  auto& texts = rule_.texts;
  const auto found = std::find(texts.begin(), texts.end(), text);
  const auto index = found - texts.begin();
  if (found == texts.end()) texts.push_back(text);
  return constant(Kind::text, index, span);
}

Scalar Builder::constant_value(NodeId node) const {
  const auto& one = rule_.nodes[node];
  if (one.type.kind == Kind::text)
    return Scalar::of_text(rule_.texts[static_cast<std::size_t>(one.value)]);
  return Scalar::of(one.value);
}

NodeId Builder::folded_logic(NodeId id) {
  const Node node = rule_.nodes[id];
  const bool is_and = node.op == Op::logical_and;
  std::vector<NodeId> rest;
  for (const auto child : rule_.children_of(node)) {
    if (!is_constant(child)) {
      rest.push_back(child);
      continue;
    }
    // A false part decides `&&`, a true one says nothing in it; `||` the other way round.
    if ((rule_.nodes[child].value != 0) != is_and)
      return constant(Kind::boolean, is_and ? 0 : 1, node.span);
  }
  if (rest.size() == node.child_count) return id;
  if (rest.empty()) return constant(Kind::boolean, is_and ? 1 : 0, node.span);
  if (rest.size() == 1) return rest.front();
  return add(node.op, node.type, rest, node.span);
}

NodeId Builder::folded(NodeId id, Fault& fault) {
  const Node node = rule_.nodes[id];
  if (node.op == Op::logical_and || node.op == Op::logical_or) return folded_logic(id);
  const auto children = rule_.children_of(node);
  if (node.op == Op::conditional && is_constant(children[0])) {
    return rule_.nodes[children[0]].value != 0 ? children[1] : children[2];
  }
  if (!is_plain(node.op)) return id;
  std::vector<Scalar> arguments;
  for (const auto child : children) {
    if (!is_constant(child)) return id;
    arguments.push_back(constant_value(child));
  }
  const auto* pattern = node.op == Op::matches ? rule_.patterns[node.slot].get() : nullptr;
  const auto value = apply(node.op, rule_.child(node, 0).type.kind, arguments, pattern);
  if (value.is_error()) fault = value.fault;
  if (!value.known()) return id;
  if (node.type.kind == Kind::text) return text(value.text, node.span);
  return constant(node.type.kind, value.number, node.span);
}

std::vector<NodeId> reachable(const CheckedRule& rule, NodeId root) {
  std::vector<NodeId> found = {root};
  std::set<NodeId> seen = {root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& node = rule.nodes[found[i]];
    const auto visit = [&](NodeId next) {
      if (seen.insert(next).second) found.push_back(next);
    };
    if (node.op == Op::let) visit(rule.lets[node.slot].node);
    for (const auto child : rule.children_of(node)) visit(child);
  }
  return found;
}

namespace {

/// Every place of the rule that holds a node.
template <class Visit>
void each_root(CheckedRule& rule, Visit visit) {
  if (rule.where) visit(*rule.where);
  visit(rule.when);
  if (rule.month) visit(*rule.month);
  if (rule.amount) visit(*rule.amount);
  for (auto& one : rule.lets) visit(one.node);
  for (auto& one : rule.exclusions) visit(one.when);
  for (auto& one : rule.evidence) visit(one);
  for (auto& one : rule.parts) visit(one.node);
}

}  // namespace

void tidy(CheckedRule& rule) {
  std::vector<bool> kept(rule.nodes.size(), false);
  each_root(rule, [&](NodeId& root) {
    if (kept[root]) return;
    for (const auto node : reachable(rule, root)) kept[node] = true;
  });
  std::vector<NodeId> place(rule.nodes.size(), 0);
  std::vector<Node> nodes;
  std::vector<NodeId> children;
  std::set<std::size_t> lists;
  if (rule.each) lists.insert(*rule.each);
  for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
    if (!kept[i]) continue;
    Node node = rule.nodes[i];
    const auto old_children = rule.children_of(node);
    node.first_child = static_cast<std::uint32_t>(children.size());
    for (const auto child : old_children) children.push_back(place[child]);
    place[i] = static_cast<NodeId>(nodes.size());
    if (node.op == Op::fact || node.op == Op::list) lists.insert(node.slot);
    nodes.push_back(node);
  }
  each_root(rule, [&](NodeId& root) { root = place[root]; });
  rule.nodes = std::move(nodes);
  rule.children = std::move(children);
  rule.lists_read.assign(lists.begin(), lists.end());
}

}  // namespace anlan::rules
