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
  for (bool more = true; more;) {
    more = key.find('|') != std::string_view::npos;
    const auto part = next_part(key);
    const auto old = next_part(before);
    if (part == old) {
      out.push_back(static_cast<char>(same_part));
      continue;
    }
    const std::size_t most = std::min({part.size(), old.size(), shared_max});
    std::size_t front = 0;
    while (front < most && part[front] == old[front]) ++front;
    std::size_t back = 0;
    while (back < most - front && part[part.size() - 1 - back] == old[old.size() - 1 - back])
      ++back;
    out.push_back(static_cast<char>(front));
    out.push_back(static_cast<char>(back));
    append_count(out, part.size() - front - back);
    out.append(part.substr(front, part.size() - front - back));
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
