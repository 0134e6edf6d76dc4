#include <fmt/format.h>

#include "rules/ast.hpp"

namespace anlan::rules {
namespace {

/// How strongly a node binds: 0 conditional, 1 ||, 2 &&, 3 comparison, 4 sum, 5 product, 6 unary,
/// 7 postfix and primary.
int strength(const AstNode& node) {
  switch (node.kind) {
    case AstKind::conditional:
      return 0;
    case AstKind::logical_or:
      return 1;
    case AstKind::logical_and:
      return 2;
    case AstKind::binary:
      if (node.text == "+" || node.text == "-") return 4;
      if (node.text == "*" || node.text == "/" || node.text == "%") return 5;
      return 3;
    case AstKind::logical_not:
    case AstKind::negate:
      return 6;
    default:
      return 7;
  }
}

class Printer {
 public:
  explicit Printer(const Ast& ast) : ast_(ast) {}

  /// In parentheses if the node binds less than `least`.
  std::string print(std::uint32_t id, int least) const {
    const auto& node = ast_[id];
    const auto text = bare(node);
    return strength(node) < least ? "(" + text + ")" : text;
  }

 private:
  std::string bare(const AstNode& node) const {
    const auto& children = node.children;
    switch (node.kind) {
      case AstKind::integer:
        return std::to_string(node.number);
      case AstKind::text:
        return quoted(node.text);
      case AstKind::boolean:
        return node.number != 0 ? "true" : "false";
      case AstKind::name:
        return node.text;
      case AstKind::member:
        return print(children[0], 7) + "." + node.text;
      case AstKind::index:
        return print(children[0], 7) + "[" + print(children[1], 0) + "]";
      case AstKind::call:
        return node.text + "(" + joined(children, 0, ", ", 0) + ")";
      case AstKind::method:
        return print(children[0], 7) + "." + node.text + "(" + joined(children, 1, ", ", 0) + ")";
      case AstKind::list:
        return "[" + joined(children, 0, ", ", 0) + "]";
      case AstKind::logical_not:
        return "!" + print(children[0], 6);
      case AstKind::negate: {
        // -(5) is the negation of 5, and -5 a literal, also in -5.x.
        const auto operand = print(children[0], 6);
        const bool literal = operand.front() >= '0' && operand.front() <= '9';
        return literal ? "-(" + operand + ")" : "-" + operand;
      }
      case AstKind::logical_or:
        return joined(children, 0, " || ", 2);
      case AstKind::logical_and:
        return joined(children, 0, " && ", 3);
      case AstKind::binary: {
        const int own = strength(node);
        // Comparisons do not chain; sums and products lean left.
        return print(children[0], own == 3 ? 4 : own) + " " + node.text + " " +
               print(children[1], own + 1);
      }
      case AstKind::conditional:
        return print(children[0], 1) + " ? " + print(children[1], 0) + " : " +
               print(children[2], 0);
    }
    return {};
  }

  std::string joined(const std::vector<std::uint32_t>& children, std::size_t first,
                     std::string_view between, int least) const {
    std::string out;
    for (std::size_t i = first; i < children.size(); ++i) {
      if (i > first) out += between;
      out += print(children[i], least);
    }
    return out;
  }

  const Ast& ast_;
};

bool same(const Ast& a, std::uint32_t at_a, const Ast& b, std::uint32_t at_b) {
  const auto& x = a[at_a];
  const auto& y = b[at_b];
  if (x.kind != y.kind || x.number != y.number || x.children.size() != y.children.size())
    return false;
  const bool named = x.kind != AstKind::integer && x.kind != AstKind::boolean;
  if (named && x.text != y.text) return false;
  for (std::size_t i = 0; i < x.children.size(); ++i) {
    if (!same(a, x.children[i], b, y.children[i])) return false;
  }
  return true;
}

}  // namespace

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

std::string to_text(const Ast& ast, std::uint32_t node) {
  return Printer(ast).print(node, 0);
}

std::string to_text(const Ast& ast) {
  return to_text(ast, ast.root);
}

bool same_tree(const Ast& a, const Ast& b) {
  return same(a, a.root, b, b.root);
}

}  // namespace anlan::rules
