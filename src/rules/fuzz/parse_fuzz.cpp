// libFuzzer: whatever bytes an expression has, parsing ends, holds its limits, and what is printed
// reads back the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.hpp"
#include "rules/ast.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace anlan::rules;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto ast = parse_expression(text);
  if (!ast) {
    CHECK(!ast.error().text.empty());
    CHECK(ast.error().where.begin <= ast.error().where.end);
    CHECK(ast.error().where.end <= text.size());
    return 0;
  }
  CHECK(ast->nodes.size() <= nodes_max);
  const auto printed = to_text(*ast);
  const auto again = parse_expression(printed);
  // Escapes may make the printed text longer than the limit.
  if (!again && printed.size() > text_bytes_max) return 0;
  CHECK(again.has_value());
  CHECK(same_tree(*ast, *again));
  return 0;
}
