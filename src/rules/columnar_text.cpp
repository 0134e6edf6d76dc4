#include "rules/columnar_text.hpp"

namespace anlan::rules::columnar {

std::uint32_t TextPool::number(std::string_view text) {
  std::uint32_t low = 0;
  std::uint32_t high = words_;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    (bucket_->word(middle) < text ? low : high) =
        bucket_->word(middle) < text ? middle + 1 : middle;
  }
  if (low < words_ && bucket_->word(low) == text) return low;
  const auto found = numbers_.find(text);
  if (found != numbers_.end()) return found->second;
  more_.emplace_back(text);
  const auto fresh = words_ + static_cast<std::uint32_t>(more_.size() - 1);
  numbers_.emplace(more_.back(), fresh);
  return fresh;
}

}  // namespace anlan::rules::columnar
