#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "rules/ast.hpp"
#include "rules/lexer.hpp"

namespace anlan::rules {
namespace {

/// A token as messages name it.
std::string shown(const Token& token) {
  switch (token.kind) {
    case TokenKind::end:
      return "the end";
    case TokenKind::text:
      return "a text";
    default:
      return token.text;
  }
}

/// Recursive descent, one function per level of precedence. Every function returns a node or, with
/// `complaint_` set, nothing.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  tl::expected<Ast, Complaint> run() {
    if (const auto root = expression()) {
      if (here().kind == TokenKind::end) {
        ast_.root = *root;
        return std::move(ast_);
      }
      after_expression();
    }
    return tl::unexpected(*complaint_);
  }

 private:
  using Parsed = std::optional<std::uint32_t>;

  const Token& here() const { return tokens_[at_]; }
  const Token& take() { return tokens_[at_ == tokens_.size() - 1 ? at_ : at_++]; }
  bool is(std::string_view symbol) const {
    return here().kind == TokenKind::symbol && here().text == symbol;
  }
  bool is_name(std::string_view name) const {
    return here().kind == TokenKind::name && here().text == name;
  }

  std::nullopt_t wrong(Span where, std::string text) {
    if (!complaint_) complaint_ = Complaint{where, std::move(text)};
    return std::nullopt;
  }

  bool expect(std::string_view symbol, std::string_view after) {
    if (is(symbol)) {
      take();
      return true;
    }
    wrong(here().span, fmt::format("expected {} {}, found {}", symbol, after, shown(here())));
    return false;
  }

  void after_expression() {
    const auto& token = here();
    if (is_name("and") || is_name("or") || is_name("not")) {
      wrong(token.span,
            fmt::format("expected an operator or the end, found {}; write {}", token.text,
                        token.text == "and"  ? "&&"
                        : token.text == "or" ? "||"
                                             : "!"));
      return;
    }
    wrong(token.span, fmt::format("expected an operator or the end, found {}", shown(token)));
  }

  /// Every node goes through here, so that the limits hold.
  Parsed add(AstNode node) {
    for (const auto child : node.children) {
      node.depth = std::max(node.depth, ast_.nodes[child].depth + 1);
    }
    if (node.depth > depth_max) return too_deep(node.span);
    if (ast_.nodes.size() == nodes_max) {
      return wrong(node.span,
                   fmt::format("the expression has more than {} parts; expected a shorter one, "
                               "split by `let`",
                               nodes_max));
    }
    ast_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(ast_.nodes.size() - 1);
  }

  std::nullopt_t too_deep(Span where) {
    return wrong(where, fmt::format("nested more than {} deep; expected a flatter expression, "
                                    "split by `let`",
                                    depth_max));
  }

  Span from(std::uint32_t begin) const { return {begin, at_ == 0 ? 0 : tokens_[at_ - 1].span.end}; }

  /// Guards the recursion itself: parentheses leave no nodes.
  class Level {
   public:
    explicit Level(int& depth) : depth_(++depth) {}
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --depth_; }
    bool too_deep() const { return depth_ > depth_max; }

   private:
    int& depth_;
  };

  Parsed expression() {
    const Level level(depth_);
    if (level.too_deep()) return too_deep(here().span);
    const auto begin = here().span.begin;
    const auto condition = logical(0);
    if (!condition || !is("?")) return condition;
    const auto name_span = take().span;
    const auto yes = expression();
    if (!yes || !expect(":", "and a value for the other case")) return std::nullopt;
    const auto no = expression();
    if (!no) return std::nullopt;
    return add({AstKind::conditional, from(begin), "?", 0, name_span, {*condition, *yes, *no}});
  }

  /// `||` (level 0) and `&&` (level 1): one node for a whole chain.
  Parsed logical(int precedence) {
    if (precedence == 2) return comparison();
    const std::string symbol = precedence == 0 ? "||" : "&&";
    const auto begin = here().span.begin;
    const auto first = logical(precedence + 1);
    if (!first || !is(symbol)) return first;
    AstNode node;
    node.kind = precedence == 0 ? AstKind::logical_or : AstKind::logical_and;
    node.text = symbol;
    node.name_span = here().span;
    node.children.push_back(*first);
    while (is(symbol)) {
      take();
      const auto next = logical(precedence + 1);
      if (!next) return std::nullopt;
      node.children.push_back(*next);
    }
    node.span = from(begin);
    return add(std::move(node));
  }

  bool at_comparison() const {
    return is("==") || is("!=") || is("<") || is("<=") || is(">") || is(">=") || is_name("in");
  }

  Parsed comparison() {
    const auto begin = here().span.begin;
    auto left = sum();
    for (bool second = false; left && at_comparison(); second = true) {
      if (second) {
        return wrong(here().span,
                     "a second comparison in a row; expected && between them, or "
                     "parentheses");
      }
      const auto symbol = take();
      left = binary(begin, *left, symbol, sum());
    }
    return left;
  }

  Parsed sum() {
    const auto begin = here().span.begin;
    auto left = product();
    while (left && (is("+") || is("-"))) {
      const auto symbol = take();
      left = binary(begin, *left, symbol, product());
    }
    return left;
  }

  Parsed product() {
    const auto begin = here().span.begin;
    auto left = unary();
    while (left && (is("*") || is("/") || is("%"))) {
      const auto symbol = take();
      left = binary(begin, *left, symbol, unary());
    }
    return left;
  }

  Parsed binary(std::uint32_t begin, std::uint32_t left, const Token& symbol, Parsed right) {
    if (!right) return std::nullopt;
    return add({AstKind::binary, from(begin), symbol.text, 0, symbol.span, {left, *right}});
  }

  Parsed unary() {
    if (!is("!") && !is("-")) return postfix();
    const Level level(depth_);
    if (level.too_deep()) return too_deep(here().span);
    const auto symbol = take();
    if (symbol.text == "-" && here().kind == TokenKind::integer) {
      // A sign and digits are one literal, so that what is printed reads back the same.
      const auto& number = take();
      const auto literal = add({AstKind::integer,
                                {symbol.span.begin, number.span.end},
                                "",
                                -number.number,
                                symbol.span,
                                {}});
      return literal ? postfix_of(symbol.span.begin, *literal) : std::nullopt;
    }
    const auto operand = unary();
    if (!operand) return std::nullopt;
    const auto kind = symbol.text == "!" ? AstKind::logical_not : AstKind::negate;
    return add({kind, from(symbol.span.begin), symbol.text, 0, symbol.span, {*operand}});
  }

  Parsed postfix() {
    const auto begin = here().span.begin;
    const auto operand = primary();
    return operand ? postfix_of(begin, *operand) : std::nullopt;
  }

  Parsed postfix_of(std::uint32_t begin, std::uint32_t operand) {
    Parsed left = operand;
    while (left && (is(".") || is("["))) {
      if (is("[")) {
        const auto symbol = take();
        const auto place = expression();
        if (!place || !expect("]", "after the place in the list")) return std::nullopt;
        left = add({AstKind::index, from(begin), "[]", 0, symbol.span, {*left, *place}});
        continue;
      }
      take();
      if (here().kind != TokenKind::name) {
        return wrong(here().span,
                     fmt::format("expected a name after the point, found {}", shown(here())));
      }
      const auto name = take();
      if (is("(")) {
        AstNode node{AstKind::method, {}, name.text, 0, name.span, {*left}};
        if (!arguments(node)) return std::nullopt;
        node.span = from(begin);
        left = add(std::move(node));
      } else {
        left = add({AstKind::member, from(begin), name.text, 0, name.span, {*left}});
      }
    }
    return left;
  }

  /// From "(" to ")", appending to the node's children.
  bool arguments(AstNode& node) {
    take();
    if (is(")")) {
      take();
      return true;
    }
    for (;;) {
      const auto argument = expression();
      if (!argument) return false;
      node.children.push_back(*argument);
      if (is(")")) {
        take();
        return true;
      }
      if (!expect(",", fmt::format("or ) in the call of {}", node.text))) return false;
    }
  }

  Parsed primary() {
    const auto token = here();
    const auto begin = token.span.begin;
    switch (token.kind) {
      case TokenKind::integer:
        take();
        return add({AstKind::integer, token.span, "", token.number, token.span, {}});
      case TokenKind::text:
        take();
        return add({AstKind::text, token.span, token.text, 0, token.span, {}});
      case TokenKind::name:
        return name();
      case TokenKind::end:
        return wrong(token.span, "expected an expression, found the end");
      case TokenKind::symbol:
        break;
    }
    if (token.text == "(") {
      take();
      const auto inside = expression();
      if (!inside || !expect(")", "to close the parenthesis")) return std::nullopt;
      return inside;
    }
    if (token.text == "[") return list(begin);
    return wrong(token.span, fmt::format("expected an expression, found {}", token.text));
  }

  Parsed name() {
    const auto token = take();
    if (token.text == "true" || token.text == "false") {
      return add({AstKind::boolean, token.span, "", token.text == "true", token.span, {}});
    }
    if (token.text == "null") {
      return wrong(token.span,
                   "there is no null; expected has(x) or !has(x) to ask whether a "
                   "value is missing");
    }
    if (token.text == "in") return wrong(token.span, "expected an expression, found in");
    if (!is("(")) {
      return add({AstKind::name, token.span, token.text, 0, token.span, {}});
    }
    AstNode node{AstKind::call, {}, token.text, 0, token.span, {}};
    if (!arguments(node)) return std::nullopt;
    node.span = from(token.span.begin);
    return add(std::move(node));
  }

  Parsed list(std::uint32_t begin) {
    AstNode node{AstKind::list, {}, "[", 0, take().span, {}};
    while (!is("]")) {
      if (node.children.size() == list_items_max) {
        return wrong(here().span, fmt::format("a list of more than {} values", list_items_max));
      }
      const auto item = expression();
      if (!item) return std::nullopt;
      node.children.push_back(*item);
      if (is("]")) break;
      if (!expect(",", "or ] in the list")) return std::nullopt;
    }
    take();
    node.span = from(begin);
    return add(std::move(node));
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Ast ast_;
  std::optional<Complaint> complaint_;
};

}  // namespace

tl::expected<Ast, Complaint> parse_expression(const std::string& text) {
  if (text.size() > text_bytes_max) {
    return tl::unexpected<Complaint>(
        {{static_cast<std::uint32_t>(text_bytes_max), static_cast<std::uint32_t>(text.size())},
         fmt::format("an expression of {} bytes; expected at most {}, split by `let`", text.size(),
                     text_bytes_max)});
  }
  auto tokens = tokens_of(text);
  if (!tokens) return tl::unexpected(tokens.error());
  return Parser(std::move(*tokens)).run();
}

}  // namespace anlan::rules
