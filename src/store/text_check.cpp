#include "store/link.hpp"

namespace anlan::store {
namespace {

/// RFC 3629: shortest forms only, no surrogates, at most U+10FFFF; and no NUL.
bool is_plain_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned char first = byte(at);
    if (first == 0) return false;
    if (first < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(at + i) & 0xC0) != 0x80) return false;
    }
    const unsigned char second = byte(at + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) {
      return false;
    }
    at += length;
  }
  return true;
}

}  // namespace

Status check_texts(const std::vector<Value>& values) {
  for (const auto& value : values) {
    const auto* text = std::get_if<std::string>(&value.held());
    if (text != nullptr && !is_plain_utf8(*text)) {
      return fail(ErrorKind::invalid_input, "store.text");
    }
  }
  return {};
}

}  // namespace anlan::store
