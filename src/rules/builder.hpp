#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/checked.hpp"
#include "rules/scalar.hpp"

namespace anlan::rules {

/// Adds nodes to a rule being checked; operations on constants are done at once.
class Builder {
 public:
  /// Borrows `rule`.
  explicit Builder(CheckedRule& rule) : rule_(rule) {}

  /// The text that the nodes to come are written in.
  void set_source(std::uint32_t source) { source_ = source; }

  NodeId constant(Kind kind, std::int64_t value, Span span);
  NodeId text(const std::string& text, Span span);
  NodeId add(Op op, Type type, std::span<const NodeId> children, Span span, std::uint32_t slot = 0,
             std::uint32_t field = 0);

  bool is_constant(NodeId node) const { return rule_.nodes[node].op == Op::constant; }
  Scalar constant_value(NodeId node) const;

  /// `node` as a constant if all it stands on are, else `node`. A fault of doing so goes to
  /// `fault`.
  NodeId folded(NodeId node, Fault& fault);

 private:
  NodeId folded_logic(NodeId node);

  CheckedRule& rule_;
  std::uint32_t source_ = 0;
};

/// Drops nodes that nothing of the rule leads to, and lists the lists it reads.
void tidy(CheckedRule& rule);

/// Gives every node that `root` leads to, itself first, also through lets; each once.
std::vector<NodeId> reachable(const CheckedRule& rule, NodeId root);

}  // namespace anlan::rules
