#include "catalog/near_name.hpp"

#include <algorithm>
#include <numeric>

namespace anlan::catalog {
namespace {

/// Code points, so that one Chinese character counts as one letter.
std::u32string letters(std::string_view text) {
  std::u32string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U && !out.empty()) {
      out.back() = (out.back() << 6U) | (byte & 0x3FU);
    } else {
      out.push_back(byte);
    }
  }
  return out;
}

/// Fewest letters added, dropped or replaced to get from `a` to `b`.
std::size_t distance(const std::u32string& a, const std::u32string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string near_name(std::string_view word, const std::vector<std::string>& candidates) {
  const auto wanted = letters(word);
  // Our choice: a third of the letters may be wrong; more than that is another word.
  std::size_t best = std::max<std::size_t>(1, (wanted.size() + 2) / 3) + 1;
  std::string found;
  for (const auto& candidate : candidates) {
    const auto far = distance(wanted, letters(candidate));
    if (far < best) {
      best = far;
      found = candidate;
    }
  }
  if (!found.empty() || word.empty()) return found;
  // "benefit" for benefit_payment: the only name that begins so.
  for (const auto& candidate : candidates) {
    if (!candidate.starts_with(word)) continue;
    if (!found.empty()) return {};
    found = candidate;
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto name = near_name(word, candidates);
  return name.empty() ? std::string() : "; did you mean " + name + "?";
}

}  // namespace anlan::catalog
