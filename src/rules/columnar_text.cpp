#include "rules/columnar_text.hpp"

#include <algorithm>

namespace anlan::rules::columnar {

namespace {

/// The first number below `count` for which the test, which holds up to it, does not.
template <class Test>
std::uint32_t first_not(std::uint32_t count, Test test) {
  std::uint32_t low = 0;
  std::uint32_t high = count;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (test(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

std::uint32_t TextPool::first_not_before(std::string_view text) const {
  return first_not(words_, [&](auto word) { return bucket_->word(word) < text; });
}

std::uint32_t TextPool::first_past_prefix(std::string_view prefix) const {
  return first_not(
      words_, [&](auto word) { return bucket_->word(word).substr(0, prefix.size()) <= prefix; });
}

void TextPool::bind(const dossier::Bucket& bucket) {
  bucket_ = &bucket;
  words_ = static_cast<std::uint32_t>(bucket.text_ends.size());
  if (made_.empty()) return;
  made_.clear();
  numbers_.clear();
}

std::uint32_t TextPool::number(std::string_view text) {
  const auto low = first_not_before(text);
  if (low < words_ && bucket_->word(low) == text) return low;
  const auto written = std::lower_bound(written_.begin(), written_.end(), text);
  if (written != written_.end() && *written == text)
    return words_ + static_cast<std::uint32_t>(written - written_.begin());
  const auto found = numbers_.find(text);
  if (found != numbers_.end()) return found->second;
  made_.emplace_back(text);
  const auto fresh = words_ + static_cast<std::uint32_t>(written_.size() + made_.size() - 1);
  numbers_.emplace(made_.back(), fresh);
  return fresh;
}

}  // namespace anlan::rules::columnar
