#include <algorithm>
#include <optional>
#include <vector>

#include "rules/columnar_program.hpp"
#include "rules/scalar.hpp"

namespace anlan::rules::columnar {
namespace {

/// What an expression may be for a subject of whom a certain list is empty.
struct Possible {
  bool no = false;       ///< a bool that is false
  bool yes = false;      ///< a bool that is true, or another value that is known; of rows: any
  bool missing = false;  ///< unknown; no row
  bool failed = false;
  std::optional<std::int64_t> number;  ///< the value, if known at all
  bool empty = false;                  ///< of lists: without elements for certain

  bool known() const { return no || yes; }
};

constexpr Possible anything{true, true, true, true, std::nullopt, false};

class EmptyList {
 public:
  EmptyList(const Program& program, std::uint32_t list) : program_(program), list_(list) {
    known_.resize(program.nodes.size());
  }

  Possible of(NodeIndex at) {
    if (!known_[at]) known_[at] = find(program_.nodes[at]);
    return *known_[at];
  }

 private:
  Possible find(const ProgramNode& node);
  Possible logic(const ProgramNode& node);
  Possible of_list(const ProgramNode& node);
  Possible plain(const ProgramNode& node);

  Possible of_child(const ProgramNode& node, std::size_t nth) { return of(node.children[nth]); }

  const Program& program_;
  std::uint32_t list_;
  std::vector<std::optional<Possible>> known_;
};

Possible truth(bool value) {
  Possible out;
  (value ? out.yes : out.no) = true;
  return out;
}

Possible EmptyList::find(const ProgramNode& node) {
  Possible out;
  switch (node.op) {
    case Op::constant:
      if (node.type.kind == Kind::boolean) return truth(node.value != 0);
      out.yes = true;
      if (node.type.kind != Kind::text) out.number = node.value;
      return out;
    case Op::subject_id:
    case Op::as_of:
    case Op::as_of_month:
      out.yes = true;
      return out;
    case Op::variable:
      out.yes = true;
      out.missing = node.type.kind != Kind::row;
      out.no = node.type.kind == Kind::boolean;
      return out;
    case Op::fact:
      out.missing = true;
      out.yes = node.slot != list_;
      return out;
    case Op::list:
      out.yes = true;
      out.empty = node.slot == list_;
      return out;
    case Op::field: {
      out = of_child(node, 0);
      out.no = out.yes && node.type.kind == Kind::boolean;
      out.missing = out.missing || out.yes;
      return out;
    }
    case Op::known: {
      const auto row = of_child(node, 0);
      if (program_.child(node, 0).type.is_list()) return row.empty ? truth(false) : anything;
      return {row.missing, row.yes, false, row.failed, std::nullopt, false};
    }
    case Op::has: {
      const auto value = of_child(node, 0);
      return {value.missing, value.known(), false, value.failed, std::nullopt, false};
    }
    case Op::logical_and:
    case Op::logical_or:
    case Op::conditional:
    case Op::coalesce:
      return logic(node);
    case Op::logical_not: {
      auto value = of_child(node, 0);
      std::swap(value.no, value.yes);
      return value;
    }
    case Op::policy: {
      out = anything;
      if (!of_child(node, 0).known()) out = {false, false, true, node.may_fail, {}, false};
      return out;
    }
    default:
      return is_plain(node.op) ? plain(node) : of_list(node);
  }
}

Possible EmptyList::logic(const ProgramNode& node) {
  if (node.op == Op::conditional) {
    const auto condition = of_child(node, 0);
    Possible out{false, false, condition.missing, condition.failed, std::nullopt, false};
    const auto take = [&](const Possible& branch) {
      out.no = out.no || branch.no;
      out.yes = out.yes || branch.yes;
      out.missing = out.missing || branch.missing;
      out.failed = out.failed || branch.failed;
    };
    if (condition.yes) take(of_child(node, 1));
    if (condition.no) take(of_child(node, 2));
    return out;
  }
  if (node.op == Op::coalesce) {
    Possible out;
    bool further = true;
    for (const auto child : node.children) {
      if (!further) break;
      const auto value = of(child);
      out.no = out.no || value.no;
      out.yes = out.yes || value.yes;
      out.failed = out.failed || value.failed;
      further = value.missing;
    }
    out.missing = further;
    return out;
  }
  const bool is_and = node.op == Op::logical_and;
  // Of &&, in rising order: true, unknown, error, false; each may win if no part must outrank it.
  bool deciding = false;  // some part may decide
  bool must_decide = false, must_fail = false, must_miss = false;
  bool may_fail = false, may_miss = false;
  for (const auto child : node.children) {
    auto part = of(child);
    if (!is_and) std::swap(part.no, part.yes);
    deciding = deciding || part.no;
    may_fail = may_fail || part.failed;
    may_miss = may_miss || part.missing;
    must_decide = must_decide || (!part.yes && !part.missing && !part.failed);
    must_fail = must_fail || (!part.yes && !part.missing);
    must_miss = must_miss || !part.yes;
  }
  Possible out;
  out.no = deciding;
  out.failed = may_fail && !must_decide;
  out.missing = may_miss && !must_fail;
  out.yes = !must_miss;
  if (!is_and) std::swap(out.no, out.yes);
  return out;
}

Possible EmptyList::of_list(const ProgramNode& node) {
  Possible out = anything;
  if (node.op == Op::list_of) return out;
  const auto& list = of_child(node, node.op == Op::in ? 1 : 0);
  if (!list.empty || list.failed) return out;
  switch (node.op) {
    case Op::filter:
    case Op::map:
    case Op::distinct:
      return list;
    case Op::all:
      return truth(true);
    case Op::exists:
    case Op::exists_one:
      return truth(false);
    case Op::size:
    case Op::sum:
      return {false, true, false, false, 0, false};
    case Op::min:
    case Op::max:
    case Op::first:
    case Op::last:
      return {false, false, true, false, std::nullopt, false};
    case Op::index:
      return {false, false, true, of_child(node, 1).failed, std::nullopt, false};
    case Op::in: {
      const auto value = of_child(node, 0);
      return {value.known(), false, value.missing, value.failed, std::nullopt, false};
    }
    default:
      return out;
  }
}

Possible EmptyList::plain(const ProgramNode& node) {
  Possible out;
  bool known = true;
  bool numbers = true;
  std::vector<Scalar> arguments;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const auto value = of_child(node, i);
    out.failed = out.failed || value.failed;
    out.missing = out.missing || value.missing;
    known = known && (value.known() || (node.op == Op::stat_month && i == 2));
    numbers = numbers && value.number && !value.missing && !value.failed;
    if (numbers) arguments.push_back(Scalar::of(*value.number));
  }
  if (!known) return out;
  if (numbers && node.op >= Op::equal && node.op <= Op::greater_equal) {
    return truth(apply(node.op, program_.child(node, 0).type.kind, arguments).is_true());
  }
  out.yes = true;
  out.no = node.type.kind == Kind::boolean;
  out.failed = out.failed || node.may_fail;
  out.missing = out.missing || node.op == Op::stat_month;
  return out;
}

}  // namespace

bool needs_list(const Program& program, std::span<const NodeIndex> conjuncts, std::uint32_t list) {
  EmptyList empty(program, list);
  bool may_hold = true;
  bool may_fail = false;
  bool fails_surely_not = false;
  for (const auto conjunct : conjuncts) {
    const auto part = empty.of(conjunct);
    may_hold = may_hold && part.yes;
    may_fail = may_fail || part.failed;
    fails_surely_not = fails_surely_not || (!part.yes && !part.missing && !part.failed);
  }
  return !may_hold && (!may_fail || fails_surely_not);
}

}  // namespace anlan::rules::columnar
