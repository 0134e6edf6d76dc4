#include "server/page.hpp"

#include <algorithm>

#include "base/sha256.hpp"
#include "base/text.hpp"

namespace anlan::server {
namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(std::string_view bytes) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    have += 8;
    while (have >= 6) {
      have -= 6;
      out += digits[bits >> have & 63U];
    }
  }
  if (have > 0) out += digits[bits << (6 - have) & 63U];
  return out;
}

std::string from_base64url(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char c : text) {
    const auto value = digits.find(c);
    if (value == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<unsigned>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(bits >> have & 255U);
    }
  }
  return out;
}

}  // namespace

std::string question_of(const Call& call) {
  std::string all = call.operation.id;
  for (const auto& [name, value] : call.arguments) {
    if (name != "cursor" && name != "limit") all += "\n" + name + "=" + json_text(value);
  }
  return sha256_hex(all).substr(0, 12);
}

std::string cursor_text(const std::vector<std::string>& parts, std::string_view question) {
  std::string text(question);
  for (const auto& part : parts) text += "|" + part;
  return base64url(text);
}

Result<std::vector<std::string>> cursor_parts(Call& call, std::size_t count) {
  const std::string cursor = call.text("cursor");
  if (cursor.empty()) return std::vector<std::string>{};
  const std::string text = from_base64url(cursor);
  const auto pieces = split(text, '|');
  if (pieces.size() != count + 1 || pieces[0] != question_of(call)) {
    return call.wrong("query", "/cursor",
                      {ErrorKind::invalid_input, "request.cursor", "of another list or filter"});
  }
  return std::vector<std::string>(pieces.begin() + 1, pieces.end());
}

Slice slice_of(std::size_t from, std::size_t size, std::int64_t limit) {
  from = std::min(from, size);
  const std::size_t to = std::min(size, from + static_cast<std::size_t>(limit));
  return {from, to, to < size};
}

}  // namespace anlan::server
