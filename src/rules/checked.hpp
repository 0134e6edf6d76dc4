#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/dossier.hpp"
#include "catalog/rule.hpp"
#include "rules/ast.hpp"
#include "rules/type.hpp"

namespace re2 {
class RE2;
}

namespace anlan::rules {

/// What a node of a checked expression does. Names are resolved: an evaluator never looks one up.
enum class Op : std::uint8_t {
  // Leaves.
  constant,     ///< `value`; of text, an index into CheckedRule::texts
  subject_id,   ///< text
  as_of,        ///< date
  as_of_month,  ///< month
  let,          ///< `slot`: index into CheckedRule::lets
  variable,     ///< `slot`: index into CheckedRule::variables; slot 0 is the row of `each`
  fact,         ///< `slot`: index of a list with at most one row: that row, or none
  list,         ///< `slot`: index of a list: all its rows
  policy,       ///< `slot`: index into CheckedRule::policies; children: at, and maybe region

  // Of a row.
  field,  ///< child: a row; `field`: index of the field in that row's list
  known,  ///< child: a row; whether there is one

  // Of lists. filter … exists_one: children list and body, `slot` the variable the body reads.
  list_of,  ///< children: its values, all of one scalar kind
  filter,
  map,
  all,
  exists,
  exists_one,
  size,
  sum,
  min,
  max,
  first,
  last,
  index,     ///< children: list, int
  distinct,  ///< the values that occur, each once, none missing; the order does not show
  in,        ///< children: value, list

  // Logic, three-valued.
  logical_and,  ///< two children or more
  logical_or,
  logical_not,
  conditional,
  coalesce,  ///< two children or more: the first that is not missing
  has,       ///< child: a scalar; whether it is not missing

  // Comparisons of two values of one kind.
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,

  // Arithmetic. add … negate: both of one kind, the result too; multiply: one of them an int.
  add,
  subtract,
  multiply,
  divide,     ///< int by int, towards zero
  remainder,  ///< int by int, of the sign of the first
  negate,
  add_months,        ///< month, int
  subtract_months,   ///< month, int
  month_difference,  ///< month minus month
  add_days,          ///< date, int
  subtract_days,     ///< date, int
  day_difference,    ///< date minus date

  // Functions of the field.
  share,     ///< fen, ratio: half up
  div,       ///< fen, int: half up
  ratio_of,  ///< fen, fen or int, int: half up to the millionth
  month_of,  ///< date
  first_day,
  last_day,
  year_of,       ///< month or date
  age_on_day,    ///< birth date, date
  age_in_month,  ///< birth date, month
  stat_month,    ///< sex, birth date, post class
  min_months,    ///< month
  employee_pension,
  resident_pension,
  unemployment_months,

  // Of text; all arguments but the first are constants.
  substr,
  starts_with,
  ends_with,
  contains_text,
  matches,  ///< `slot`: index into CheckedRule::patterns
  text_size,
};

using NodeId = std::uint32_t;

struct Node {
  Op op = Op::constant;
  Type type;
  std::uint32_t first_child = 0;  ///< into CheckedRule::children
  std::uint32_t child_count = 0;
  std::uint32_t slot = 0;
  std::uint32_t field = 0;
  /// Of a constant: the number (fen, ratio in millionths, month YYYYMM, date in days since
  /// 1970-01-01, bool 0 or 1), or the index of a text; never missing.
  std::int64_t value = 0;
  std::uint32_t source = 0;  ///< index into CheckedRule::sources
  Span span;                 ///< in that source
};

/// What `each` or a macro binds.
struct Variable {
  std::string name;
  Type type;  ///< a row or a scalar
};

struct Let {
  std::string name;
  NodeId node = 0;
  bool reads_row = false;  ///< of `each`: else it has one value per subject
};

/// param("name", at): which rows of policy_param it reads.
struct PolicyUse {
  std::string code;
  std::string scheme;  ///< "" for any
  catalog::ParamType type = catalog::ParamType::integer;
  std::optional<std::int64_t> value;  ///< if no row is valid then; missing without
};

struct Exclusion {
  std::string name;
  std::string code;
  NodeId when = 0;
};

/// A value that hits carry, under the name by which sentences call it: "payment.month".
struct Part {
  std::string name;
  NodeId node = 0;
};

/// A text that nodes came from, for messages and explanations.
struct ExpressionSource {
  std::string part;  ///< "when", "let death", "exclude same_person"
  std::string text;
};

/// A rule as evaluators take it: immutable, types checked, constants folded, parameters bound.
/// Borrows its rule and its dossier kind, which must outlive it.
struct CheckedRule {
  const catalog::Rule* rule = nullptr;
  const catalog::DossierKind* kind = nullptr;
  std::vector<Node> nodes;  ///< children before parents
  std::vector<NodeId> children;
  std::vector<std::string> texts;
  std::vector<std::shared_ptr<const re2::RE2>> patterns;
  std::vector<Variable> variables;  ///< slot 0 is the row of `each`, if there is one
  std::vector<Let> lets;            ///< each reads only earlier ones
  std::vector<PolicyUse> policies;
  std::vector<ExpressionSource> sources;

  std::optional<std::size_t> each;  ///< index of the list
  std::optional<NodeId> where;      ///< reads the row of `each` and constants only
  NodeId when = 0;
  std::optional<NodeId> month, amount;
  std::vector<Exclusion> exclusions;
  std::vector<NodeId> evidence;  ///< rows or lists of rows
  std::vector<Part> parts;
  std::vector<std::size_t> lists_read;  ///< indexes of lists, ascending

  std::span<const NodeId> children_of(const Node& node) const {
    return {children.data() + node.first_child, node.child_count};
  }
  const Node& child(const Node& node, std::size_t nth) const {
    return nodes[children[node.first_child + nth]];
  }
  /// The node's text as the rule writes it.
  std::string_view written(const Node& node) const {
    return std::string_view(sources[node.source].text)
        .substr(node.span.begin, node.span.end - node.span.begin);
  }
};

}  // namespace anlan::rules
