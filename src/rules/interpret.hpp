#pragma once

#include <optional>
#include <vector>

#include "base/month.hpp"
#include "dossier/dossier.hpp"
#include "rules/checked.hpp"
#include "rules/hit.hpp"
#include "rules/policy.hpp"
#include "rules/scalar.hpp"

namespace anlan::rules {

/// What a rule reads besides the dossier.
struct Moment {
  Date as_of;
  const PolicyTable* policies = nullptr;  ///< none: param() has its own values only
};

/// The value of any expression. Which member counts, the node's type says; `scalar` also holds the
/// error of a row or list.
struct Value {
  Scalar scalar;
  std::optional<std::uint32_t> row;  ///< index in its list of the bucket; nothing: no row
  std::vector<std::uint32_t> rows;
  std::vector<Scalar> values;
  NodeId fault_at = 0;  ///< of an error: where it arose

  bool is_error() const { return scalar.is_error(); }
};

/// Evaluates the expressions of one rule on one dossier as docs/rules.md says, without any haste:
/// the reference for faster evaluators. Borrows all it is given.
class Interpreter {
 public:
  Interpreter(const CheckedRule& rule, const dossier::Dossier& dossier, const Moment& moment);

  /// The row of `each`, by its index in the bucket's list.
  void set_row(std::uint32_t row);
  void bind(std::uint32_t slot, Value value) { variables_[slot] = std::move(value); }

  Value evaluate(NodeId node);

  /// Rows of a list that are about this subject.
  std::vector<std::uint32_t> rows_of(std::size_t list) const;
  /// One element of a list's value, as a variable binds it.
  static Value element(const Type& list, const Value& value, std::size_t nth);
  static std::size_t count(const Type& list, const Value& value);

 private:
  Value body_values(const Node& node, std::vector<Scalar>& results);
  Value macro(const Node& node);
  Value filter(const Node& node);
  Value of_list(NodeId id);
  Value index(const Node& node);
  Value in(const Node& node);
  Value logic(const Node& node);
  Value plain(NodeId id);
  Value field(const Node& node);
  Value policy(NodeId id);
  Value failed(Fault fault, NodeId at) const;

  const CheckedRule& rule_;
  const dossier::Dossier& dossier_;
  const Moment& moment_;
  std::vector<Value> variables_;
  std::vector<std::optional<Value>> lets_;  ///< for the row at hand
};

/// What the rule says about one row of `each`, or without `each` (and then without `row`) about the
/// dossier as a whole.
Outcome interpret_row(const CheckedRule& rule, const dossier::Dossier& dossier,
                      std::optional<std::uint32_t> row, const Moment& moment);

/// What the rule says about the dossier.
Outcome interpret(const CheckedRule& rule, const dossier::Dossier& dossier, const Moment& moment);

/// The hit of a row that was picked (nothing without `each`), with its evidence and values: for
/// evaluators that only find rows. Month and amount are evaluated too; they must not fail.
Hit describe_hit(const CheckedRule& rule, const dossier::Dossier& dossier,
                 std::optional<std::uint32_t> row, const Moment& moment);

}  // namespace anlan::rules
