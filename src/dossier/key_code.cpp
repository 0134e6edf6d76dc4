#include "dossier/key_code.hpp"

#include <algorithm>

namespace anlan::dossier {
namespace {

constexpr unsigned char same_part = 255;
constexpr std::size_t shared_max = 254;

std::string_view next_part(std::string_view& text) {
  const auto end = text.find('|');
  const auto part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

}  // namespace

void append_count(std::string& out, std::uint64_t count) {
  while (count >= 0x80) {
    out.push_back(static_cast<char>(count | 0x80));
    count >>= 7;
  }
  out.push_back(static_cast<char>(count));
}

bool take_count(std::string_view& bytes, std::uint64_t& count) {
  count = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    count |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

void append_key(std::string& out, std::string_view before, std::string_view key) {
  append_count(out, 1 + static_cast<std::uint64_t>(std::count(key.begin(), key.end(), '|')));
  const char* at = key.data();
  const char* const end = at + key.size();
  const char* old = before.data();
  const char* const old_end = old + before.size();
  for (bool more = true; more;) {
    // Both are walked in step as long as they agree: most parts do, from one end to the other.
    const char* const part = at;
    const char* const old_part = old;
    while (at != end && old != old_end && *at == *old && *at != '|') {
      ++at;
      ++old;
    }
    const auto agreed = static_cast<std::size_t>(at - part);
    while (at != end && *at != '|') ++at;
    while (old != old_end && *old != '|') ++old;
    const auto size = static_cast<std::size_t>(at - part);
    const auto old_size = static_cast<std::size_t>(old - old_part);
    if (size == agreed && old_size == agreed) {
      out.push_back(static_cast<char>(same_part));
    } else {
      const std::size_t most = std::min({size, old_size, shared_max});
      const std::size_t front = std::min(agreed, most);
      std::size_t back = 0;
      while (back < most - front && at[-1 - static_cast<std::ptrdiff_t>(back)] ==
                                        old[-1 - static_cast<std::ptrdiff_t>(back)])
        ++back;
      out.push_back(static_cast<char>(front));
      out.push_back(static_cast<char>(back));
      append_count(out, size - front - back);
      out.append(part + front, size - front - back);
    }
    more = at != end;
    if (more) ++at;
    if (old != old_end) ++old;
  }
}

bool take_key(std::string_view& bytes, std::string& key) {
  std::uint64_t parts = 0;
  if (!take_count(bytes, parts)) return false;
  const std::string before = std::move(key);
  std::string_view old_parts = before;
  key.clear();
  for (std::uint64_t i = 0; i < parts; ++i) {
    if (bytes.empty()) return false;
    if (i > 0) key.push_back('|');
    const auto old = next_part(old_parts);
    const auto front = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (front == same_part) {
      key.append(old);
      continue;
    }
    if (bytes.empty()) return false;
    const auto back = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    std::uint64_t rest = 0;
    if (!take_count(bytes, rest) || rest > bytes.size()) return false;
    if (std::size_t{front} + back > old.size()) return false;
    key.append(old.substr(0, front));
    key.append(bytes.substr(0, rest));
    key.append(old.substr(old.size() - back));
    bytes.remove_prefix(rest);
  }
  return true;
}

}  // namespace anlan::dossier
