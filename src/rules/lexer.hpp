#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/ast.hpp"

namespace anlan::rules {

enum class TokenKind : std::uint8_t { name, integer, text, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  Span span;
  std::string text;  ///< of a text its value, else as written
  std::int64_t number = 0;
};

/// All tokens of an expression, the last one `end`.
tl::expected<std::vector<Token>, Complaint> tokens_of(std::string_view text);

/// The byte length of the UTF-8 character at `at`; 1 for a stray byte.
std::size_t character_bytes(std::string_view text, std::size_t at);

}  // namespace anlan::rules
