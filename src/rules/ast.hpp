#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace anlan::rules {

/// Bytes [begin, end) of an expression's text.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// One thing wrong with an expression, and where.
struct Complaint {
  Span where;
  std::string text;
};

enum class AstKind : std::uint8_t {
  integer,      ///< 42, -1
  text,         ///< "110"
  boolean,      ///< true
  name,         ///< payment
  member,       ///< payment.month: child 0, `text` the member
  index,        ///< list[0]: children list and place
  call,         ///< size(l): `text` the function, children its arguments
  method,       ///< l.exists(p, …): `text` the method, child 0 what it is called on
  list,         ///< ["110", "120"]
  logical_not,  ///< !a
  negate,       ///< -a
  logical_or,   ///< a || b || c: two children or more
  logical_and,  ///< a && b && c
  binary,       ///< a < b: `text` the operator, one of == != < <= > >= in + - * / %
  conditional,  ///< a ? b : c
};

struct AstNode {
  AstKind kind = AstKind::integer;
  Span span;
  std::string text;
  std::int64_t number = 0;  ///< of an integer; of a boolean 0 or 1
  Span name_span;           ///< of the member, function or operator itself
  std::vector<std::uint32_t> children;
  int depth = 1;
};

/// A parsed expression: nodes in a vector, children before parents.
struct Ast {
  std::vector<AstNode> nodes;
  std::uint32_t root = 0;

  const AstNode& operator[](std::uint32_t node) const { return nodes[node]; }
};

/// Limits of one expression; our choice: rules of the handbook need a tenth of them.
constexpr std::size_t text_bytes_max = 8192;
constexpr int depth_max = 64;
constexpr std::size_t nodes_max = 2000;
constexpr std::size_t list_items_max = 256;

/// Reads one expression. Stops at the first thing wrong.
tl::expected<Ast, Complaint> parse_expression(const std::string& text);

/// The expression in its plainest form, which parses to an equal tree.
std::string to_text(const Ast& ast);
std::string to_text(const Ast& ast, std::uint32_t node);

/// A string literal: "a\"b".
std::string quoted(const std::string& text);

/// Equal but for spaces and superfluous parentheses.
bool same_tree(const Ast& a, const Ast& b);

}  // namespace anlan::rules
