#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "rules/ast.hpp"

namespace anlan::rules {
namespace {

std::string printed(const std::string& text) {
  const auto ast = parse_expression(text);
  if (!ast) {
    return fmt::format("{}-{}: {}", ast.error().where.begin, ast.error().where.end,
                       ast.error().text);
  }
  return to_text(*ast);
}

TEST(Parser, BindsAsCelDoes) {
  const struct {
    std::string text, plain;
  } rows[] = {
      {"a||b&&c", "a || b && c"},
      {"(a||b)&&c", "(a || b) && c"},
      {"a && (b && c)", "a && (b && c)"},
      {"((a)) && b && c", "a && b && c"},
      {"a - b - c", "a - b - c"},
      {"a - (b - c)", "a - (b - c)"},
      {"a + b * c % d", "a + b * c % d"},
      {"(a + b) * c", "(a + b) * c"},
      {"!a == b", "!a == b"},
      {"!(a == b)", "!(a == b)"},
      {"a ? b : c ? d : e", "a ? b : c ? d : e"},
      {"(a ? b : c) ? d : e", "(a ? b : c) ? d : e"},
      {"a in [1,2 , 3]", "a in [1, 2, 3]"},
      {"-5 - -5", "-5 - -5"},
      {"-(5)", "-(5)"},
      {"-x.y", "-x.y"},
      {"l.exists(p, p.month>a).b[0]", "l.exists(p, p.month > a).b[0]"},
      {"'it\\'s' != r\"\\d\"", "\"it's\" != \"\\\\d\""},
      {"\"\\u6b7b\"", "\"死\""},
      {"f()", "f()"},
      {"a\n  && b", "a && b"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(printed(row.text), row.plain) << row.text;
    EXPECT_EQ(printed(row.plain), row.plain) << row.text;
  }
}

TEST(Parser, SaysWhatWasExpectedAndWhere) {
  const struct {
    std::string text, complaint;
  } rows[] = {
      {"", "0-0: expected an expression, found the end"},
      {"a &&", "4-4: expected an expression, found the end"},
      {"a = 1", "2-3: = has no meaning here; expected == to compare"},
      {"a and b", "2-5: expected an operator or the end, found and; write &&"},
      {"a b", "2-3: expected an operator or the end, found b"},
      {"(a", "2-2: expected ) to close the parenthesis, found the end"},
      {"f(a b)", "4-5: expected , or ) in the call of f, found b"},
      {"[1, 2", "5-5: expected , or ] in the list, found the end"},
      {"a ? b", "5-5: expected : and a value for the other case, found the end"},
      {"a < b < c", "6-7: a second comparison in a row; expected && between them, or parentheses"},
      {"a.1", "2-3: expected a name after the point, found 1"},
      {"1.5",
       "0-3: 1.5 is not a whole number; expected yuan(\"1.5\") for money or ratio(\"1.5\") "
       "for a ratio"},
      {"9223372036854775808",
       "0-19: 9223372036854775808 is too large; the largest number is 9223372036854775807"},
      {"12ab", "0-4: 12ab is neither a number nor a name"},
      {"\"abc", "0-4: a text without its closing \""},
      {"\"a\nb\"", "0-2: a text that does not end on its line"},
      {"\"\\d\"",
       "1-3: an unknown escape; expected \\\\ \\\" \\' \\n \\r \\t or \\u and four hex "
       "digits (in r\"…\" a backslash stands for itself)"},
      {"“110”", "0-3: “ has no meaning here; expected the straight quote \""},
      {"null",
       "0-4: there is no null; expected has(x) or !has(x) to ask whether a value is missing"},
      {"a & b", "2-3: & has no meaning here; expected &&"},
      {"a + * b", "4-5: expected an expression, found *"},
  };
  for (const auto& row : rows) EXPECT_EQ(printed(row.text), row.complaint) << row.text;
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Parser, HoldsItsLimits) {
  const auto fits = [](const std::string& text) { return parse_expression(text).has_value(); };
  // Depth: what stands inside n parentheses is n + 1 deep.
  EXPECT_TRUE(fits(repeated("(", depth_max - 1) + "a" + repeated(")", depth_max - 1)));
  EXPECT_FALSE(fits(repeated("(", depth_max) + "a" + repeated(")", depth_max)));
  EXPECT_TRUE(fits(repeated("!", depth_max - 1) + "a"));
  EXPECT_FALSE(fits(repeated("!", depth_max) + "a"));
  EXPECT_TRUE(fits("a" + repeated(".b", depth_max - 1)));
  EXPECT_FALSE(fits("a" + repeated(".b", depth_max)));
  EXPECT_FALSE(fits(repeated("[", 100000 / 16)));
  // Bytes.
  EXPECT_TRUE(fits("a" + std::string(text_bytes_max - 1, ' ')));
  EXPECT_FALSE(fits("a" + std::string(text_bytes_max, ' ')));
  // Items of a list, and nodes: a chain of n names is n + 1 nodes.
  const auto list = [](std::size_t items) {
    return "[1" + repeated(",1", static_cast<int>(items) - 1) + "]";
  };
  EXPECT_TRUE(fits(list(list_items_max)));
  EXPECT_FALSE(fits(list(list_items_max + 1)));
  EXPECT_TRUE(fits("a" + repeated("&&a", static_cast<int>(nodes_max) - 2)));
  EXPECT_FALSE(fits("a" + repeated("&&a", static_cast<int>(nodes_max) - 1)));
}

/// Random trees of every kind of node, built bottom-up as the parser would.
class RandomTree {
 public:
  explicit RandomTree(std::uint64_t seed) : random_(seed) {}

  Ast make() {
    ast_.root = node(5);
    return std::move(ast_);
  }

 private:
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  std::uint32_t add(AstNode node) {
    ast_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(ast_.nodes.size() - 1);
  }

  std::string name() {
    static const std::vector<std::string> names = {"a", "payment", "as_of", "x1", "_y", "r"};
    return names[static_cast<std::size_t>(below(static_cast<int>(names.size())))];
  }

  std::uint32_t leaf() {
    static const std::vector<std::string> texts = {"",           "110",  "死亡", "\"",
                                                   "a\\d\n\t\r", "\x01", "it's"};
    switch (below(4)) {
      case 0:
        return add({AstKind::integer, {}, "", std::int64_t{below(2000)} - 1000, {}, {}});
      case 1:
        return add({AstKind::text, {}, texts[static_cast<std::size_t>(below(7))], 0, {}, {}});
      case 2:
        return add({AstKind::boolean, {}, "", below(2), {}, {}});
      default:
        return add({AstKind::name, {}, name(), 0, {}, {}});
    }
  }

  std::vector<std::uint32_t> nodes(int count, int depth) {
    std::vector<std::uint32_t> out;
    for (int i = 0; i < count; ++i) out.push_back(node(depth));
    return out;
  }

  std::uint32_t node(int depth) {
    if (depth == 0 || below(5) == 0) return leaf();
    static const std::vector<std::string> symbols = {
        "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"};
    switch (below(11)) {
      case 0:
        return add({AstKind::member, {}, name(), 0, {}, nodes(1, depth - 1)});
      case 1:
        return add({AstKind::index, {}, "[]", 0, {}, nodes(2, depth - 1)});
      case 2:
        return add({AstKind::call, {}, name() + "f", 0, {}, nodes(below(4), depth - 1)});
      case 3:
        return add({AstKind::method, {}, name(), 0, {}, nodes(1 + below(3), depth - 1)});
      case 4:
        return add({AstKind::list, {}, "[", 0, {}, nodes(below(4), depth - 1)});
      case 5:
        return add({AstKind::logical_not, {}, "!", 0, {}, nodes(1, depth - 1)});
      case 6:
        return add({AstKind::negate, {}, "-", 0, {}, nodes(1, depth - 1)});
      case 7:
        return add({AstKind::logical_or, {}, "||", 0, {}, nodes(2 + below(3), depth - 1)});
      case 8:
        return add({AstKind::logical_and, {}, "&&", 0, {}, nodes(2 + below(3), depth - 1)});
      case 9:
        return add({AstKind::conditional, {}, "?", 0, {}, nodes(3, depth - 1)});
      default:
        return add({AstKind::binary,
                    {},
                    symbols[static_cast<std::size_t>(below(12))],
                    0,
                    {},
                    nodes(2, depth - 1)});
    }
  }

  std::mt19937_64 random_;
  Ast ast_;
};

TEST(Parser, ReadsBackWhatItPrints) {
  const std::uint64_t first = std::random_device{}();
  for (std::uint64_t seed = first; seed < first + 2000; ++seed) {
    const auto tree = RandomTree(seed).make();
    if (tree.nodes.size() > nodes_max) continue;
    const auto text = to_text(tree);
    if (text.size() > text_bytes_max) continue;
    const auto again = parse_expression(text);
    ASSERT_TRUE(again) << "seed " << seed << ": " << text << "\n" << again.error().text;
    ASSERT_TRUE(same_tree(tree, *again)) << "seed " << seed << ": " << text;
    ASSERT_EQ(to_text(*again), text) << "seed " << seed;
  }
}

}  // namespace
}  // namespace anlan::rules
