#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "rules/checked.hpp"

namespace anlan::rules::columnar {

using NodeIndex = std::uint32_t;

/// A bound on a sort field of the rows a macro goes through: `row.month == key`, so that only the
/// rows between need be looked at. The others make the body false.
struct Bound {
  std::uint32_t nth = 0;  ///< of the list's sort fields; earlier ones are bound by equality
  Op op = Op::equal;      ///< field op key
  NodeIndex key = 0;      ///< reads nothing of the row
  bool own = false;       ///< the key is the same field of a row of the same list, one level up
};

/// A part of a macro's body that cannot hold for the very row it compares with, one level up in the
/// same list: `other.scheme != row.scheme`. Where the field is known, it is false.
struct NotOwn {
  std::uint32_t field = 0;
  NodeIndex value = 0;  ///< the field of that row
};

/// How the elements that a macro, an aggregate or `in` goes through come about.
struct Chain {
  NodeIndex base = 0;              ///< list, list_of, or an expression of a level above
  std::vector<NodeIndex> refined;  ///< filter, map and distinct on it, the outermost first
  /// Of those and the node itself, the innermost first: whose bounds may leave rows out at once,
  /// because nothing before them can fail on a row left out.
  std::vector<NodeIndex> bounding;
  std::size_t own = 0;          ///< which of these binds most sort fields to those of the row above
  std::uint32_t own_depth = 0;  ///< how many; 0: none
  std::optional<NotOwn> not_own;
};

/// A node of all rules together. Lets stand where they are read; equal expressions are one node.
struct ProgramNode {
  Op op = Op::constant;
  Type type;
  std::uint32_t slot = 0;   ///< fact, list: the list; policy, matches: index into the program;
                            ///< variable: its level; macros: that of the variable they bind
  std::uint32_t field = 0;  ///< as Node::field
  std::int64_t value = 0;   ///< as Node::value; of text, an index into Program::texts
  std::vector<NodeIndex> children;

  /// Which variables it stands on: −1 none and no subject either, 0 the subject, 1 the row of
  /// `each` or of a macro on the subject's lists, 2 an element of a macro within that, and so on.
  int level = -1;
  bool may_fail = false;
  int cost = 0;               ///< of one item, in rough nanoseconds
  std::vector<Bound> bounds;  ///< by nth
  std::optional<NotOwn> not_own;
  std::uint32_t chain = 0;  ///< of what goes through a list: index into Program::chains
};

/// One rule in terms of the program.
struct RulePlan {
  const CheckedRule* rule = nullptr;
  std::vector<NodeIndex> conjuncts;   ///< of where and when, and that lists it needs are not empty
  std::size_t subject_conjuncts = 0;  ///< how many of them, the first, are cheap and of the subject
  std::size_t cheap_conjuncts = 0;    ///< how many, these among them, are not dear
  bool may_fail = false;
  std::optional<NodeIndex> month, amount;
  std::vector<NodeIndex> exclusions;
};

struct Program {
  const catalog::DossierKind* kind = nullptr;
  std::vector<ProgramNode> nodes;  ///< children before parents
  std::vector<std::string> texts;  ///< sorted
  std::vector<PolicyUse> policies;
  std::vector<std::shared_ptr<const re2::RE2>> patterns;
  std::vector<RulePlan> rules;
  std::vector<Chain> chains;
  std::uint32_t order_depth = 0;  ///< sort fields that bounds use at most

  const ProgramNode& child(const ProgramNode& node, std::size_t nth) const {
    return nodes[node.children[nth]];
  }
};

/// The rules' common program. All must be about one kind of dossier.
Program make_program(std::span<const CheckedRule> rules);

/// Whether a conjunction can be neither true nor an error for a subject without rows in `list`.
bool needs_list(const Program& program, std::span<const NodeIndex> conjuncts, std::uint32_t list);

}  // namespace anlan::rules::columnar
