#include "rules/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace anlan::rules {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr std::array<std::string_view, 20> symbols = {"||", "&&", "==", "!=", "<=", ">=", "<",
                                                      ">",  "!",  "+",  "-",  "*",  "/",  "%",
                                                      "?",  ":",  ".",  ",",  "(",  ")"};
constexpr std::array<std::string_view, 2> brackets = {"[", "]"};

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    out += static_cast<char>(0xE0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  tl::expected<std::vector<Token>, Complaint> run() {
    std::vector<Token> tokens;
    for (;;) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      begin_ = at_;
      auto token = next();
      if (!token) return tl::unexpected(token.error());
      token->span = {static_cast<std::uint32_t>(begin_), static_cast<std::uint32_t>(at_)};
      tokens.push_back(std::move(*token));
    }
    const auto end = static_cast<std::uint32_t>(text_.size());
    tokens.push_back({TokenKind::end, {end, end}, "", 0});
    return tokens;
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  tl::unexpected<Complaint> wrong(std::size_t begin, std::size_t end, std::string text) const {
    return tl::unexpected<Complaint>(
        {{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, std::move(text)});
  }

  tl::expected<Token, Complaint> next() {
    const char c = text_[at_];
    const bool raw = (c == 'r' || c == 'R') && at_ + 1 < text_.size() &&
                     (text_[at_ + 1] == '"' || text_[at_ + 1] == '\'');
    if (c == '"' || c == '\'' || raw) return text_literal(raw);
    if (begins_name(c)) return name();
    if (is_digit(c)) return number();
    return symbol();
  }

  Token name() {
    while (at_ < text_.size() && (begins_name(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return {TokenKind::name, {}, std::string(text_.substr(begin_, at_ - begin_)), 0};
  }

  tl::expected<Token, Complaint> number() {
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1])) {
      ++at_;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      const auto written = text_.substr(begin_, at_ - begin_);
      return wrong(begin_, at_,
                   fmt::format("{0} is not a whole number; expected yuan(\"{0}\") for money or "
                               "ratio(\"{0}\") for a ratio",
                               written));
    }
    if (at_ < text_.size() && begins_name(text_[at_])) {
      while (at_ < text_.size() && (begins_name(text_[at_]) || is_digit(text_[at_]))) ++at_;
      return wrong(
          begin_, at_,
          fmt::format("{} is neither a number nor a name", text_.substr(begin_, at_ - begin_)));
    }
    Token token{TokenKind::integer, {}, std::string(text_.substr(begin_, at_ - begin_)), 0};
    const auto [end, error] =
        std::from_chars(text_.data() + begin_, text_.data() + at_, token.number);
    if (error != std::errc{} || end != text_.data() + at_) {
      return wrong(begin_, at_,
                   fmt::format("{} is too large; the largest number is {}", token.text,
                               std::numeric_limits<std::int64_t>::max()));
    }
    return token;
  }

  tl::expected<Token, Complaint> text_literal(bool raw) {
    if (raw) ++at_;
    const char quote = text_[at_++];
    Token token{TokenKind::text, {}, "", 0};
    while (at_ < text_.size() && text_[at_] != quote) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t') {
        return wrong(begin_, at_, "a text that does not end on its line");
      }
      if (c == '\\' && !raw) {
        if (auto failed = escape(token.text)) return tl::unexpected(*failed);
      } else {
        token.text += c;
        ++at_;
      }
    }
    if (at_ == text_.size()) {
      return wrong(begin_, at_, fmt::format("a text without its closing {}", quote));
    }
    ++at_;
    return token;
  }

  std::optional<Complaint> escape(std::string& out) {
    const std::size_t begin = at_++;
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const std::string_view known = "\\\"'nrt";
    const std::string_view meant = "\\\"'\n\r\t";
    if (const auto found = known.find(c); c != '\0' && found != std::string_view::npos) {
      out += meant[found];
      ++at_;
      return std::nullopt;
    }
    if (c == 'u' && at_ + 4 < text_.size()) {
      std::uint32_t code = 0;
      const char* first = text_.data() + at_ + 1;
      const auto [end, error] = std::from_chars(first, first + 4, code, 16);
      const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
      if (error == std::errc{} && end == first + 4 && !surrogate && code != 0) {
        append_utf8(out, code);
        at_ += 5;
        return std::nullopt;
      }
    }
    const auto end =
        std::min(text_.size(), at_ + (at_ < text_.size() ? character_bytes(text_, at_) : 0));
    return wrong(begin, end,
                 "an unknown escape; expected \\\\ \\\" \\' \\n \\r \\t or \\u and four hex "
                 "digits (in r\"…\" a backslash stands for itself)")
        .value();
  }

  tl::expected<Token, Complaint> symbol() {
    const auto rest = text_.substr(at_);
    const auto take = [&](std::string_view found) {
      at_ += found.size();
      return Token{TokenKind::symbol, {}, std::string(found), 0};
    };
    for (const auto candidate : symbols) {
      if (rest.starts_with(candidate)) return take(candidate);
    }
    for (const auto candidate : brackets) {
      if (rest.starts_with(candidate)) return take(candidate);
    }
    const auto bytes = character_bytes(text_, at_);
    std::string hint;
    if (rest.front() == '=') hint = "; expected == to compare";
    if (rest.front() == '&') hint = "; expected &&";
    if (rest.front() == '|') hint = "; expected ||";
    const auto shown = rest.substr(0, bytes);
    if (shown == "“" || shown == "”" || shown == "‘" || shown == "’") {
      hint = "; expected the straight quote \"";
    } else if (shown == "（" || shown == "）" || shown == "，") {
      hint = "; expected the half-width sign";
    }
    const bool printable = static_cast<unsigned char>(shown.front()) >= 0x20 &&
                           (bytes > 1 || static_cast<unsigned char>(shown.front()) < 0x7F);
    const std::string name =
        printable ? std::string(shown)
                  : fmt::format("byte {:#04x}", static_cast<unsigned char>(shown.front()));
    return wrong(at_, at_ + bytes, fmt::format("{} has no meaning here{}", name, hint));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
};

}  // namespace

std::size_t character_bytes(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  std::size_t whole = 1;
  while (whole < bytes && at + whole < text.size() &&
         (static_cast<unsigned char>(text[at + whole]) & 0xC0U) == 0x80U) {
    ++whole;
  }
  return whole == bytes ? bytes : 1;
}

tl::expected<std::vector<Token>, Complaint> tokens_of(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace anlan::rules
