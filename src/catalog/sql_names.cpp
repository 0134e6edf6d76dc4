#include "catalog/sql_names.hpp"

#include <algorithm>
#include <set>

namespace anlan::catalog {
namespace {

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool in_word(char c) {
  return starts_word(c) || (c >= '0' && c <= '9');
}

struct Token {
  enum class Kind { word, param, other, semicolon };
  Kind kind = Kind::other;
  std::string text;  // words in lower case
  int line = 1;
};

/// Splits SQL just far enough to know names from strings and comments.
class Lexer {
 public:
  explicit Lexer(const std::string& sql) : sql_(sql) {}

  std::vector<Token> tokens() {
    while (at_ < sql_.size()) step();
    return std::move(tokens_);
  }
  int open_quote() const { return open_quote_; }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }
  void advance() {
    if (sql_[at_++] == '\n') ++line_;
  }
  void add(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), line_});
  }

  void step() {
    const char c = peek();
    if (c == '-' && peek(1) == '-') {
      while (at_ < sql_.size() && peek() != '\n') advance();
    } else if (c == '/' && peek(1) == '*') {
      skip_comment();
    } else if (c == '\'' || c == '"' || c == '`') {
      skip_quoted(c);
    } else if (starts_word(c)) {
      add(Token::Kind::word, word());
    } else if (in_word(c)) {
      add(Token::Kind::other, word());  // a number
    } else if (c == ':' && peek(1) == ':') {
      advance();
      advance();
    } else if (c == ':' && starts_word(peek(1))) {
      advance();
      add(Token::Kind::param, word());
    } else {
      if (c == ';') add(Token::Kind::semicolon, ";");
      if (c != ';' && static_cast<unsigned char>(c) > ' ') add(Token::Kind::other, {c});
      advance();
    }
  }

  std::string word() {
    std::string out;
    for (; in_word(peek()); advance()) {
      out += peek() >= 'A' && peek() <= 'Z' ? static_cast<char>(peek() + 32) : peek();
    }
    return out;
  }

  void skip_comment() {
    const int from = line_;
    advance();
    advance();
    while (at_ < sql_.size() && !(peek() == '*' && peek(1) == '/')) advance();
    if (at_ >= sql_.size()) open_quote_ = from;
    for (int i = 0; i < 2 && at_ < sql_.size(); ++i) advance();
  }

  void skip_quoted(char quote) {
    const int from = line_;
    add(Token::Kind::other, {quote});
    advance();
    while (at_ < sql_.size()) {
      if (peek() != quote) {
        advance();
      } else if (peek(1) == quote) {
        advance();
        advance();
      } else {
        advance();
        return;
      }
    }
    open_quote_ = from;
  }

  const std::string& sql_;
  std::size_t at_ = 0;
  int line_ = 1;
  int open_quote_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

SqlNames names_in(const std::string& sql) {
  Lexer lexer(sql);
  const auto tokens = lexer.tokens();
  SqlNames names;
  names.open_quote = lexer.open_quote();

  std::set<std::string> defined;  // by WITH: `name AS (`
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (tokens[i].kind == Token::Kind::word && tokens[i + 1].text == "as" &&
        tokens[i + 2].text == "(") {
      defined.insert(tokens[i].text);
    }
  }
  bool ended = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto& token = tokens[i];
    if (i == 0) {
      names.first_word = token.kind == Token::Kind::word ? token.text : "";
      names.first_line = token.line;
    }
    if (ended && names.second_statement == 0) names.second_statement = token.line;
    ended = ended || token.kind == Token::Kind::semicolon;
    if (token.kind == Token::Kind::param) names.params.push_back({token.text, token.line});
    if (token.kind != Token::Kind::word || i == 0) continue;
    const auto& before = tokens[i - 1].text;
    const bool distinct_from = before == "from" && i > 1 && tokens[i - 2].text == "distinct";
    if ((before == "from" || before == "join") && !distinct_from && !defined.contains(token.text)) {
      names.sources.push_back({token.text, token.line});
    }
  }
  return names;
}

}  // namespace anlan::catalog
