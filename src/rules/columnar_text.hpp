#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dossier/dossier.hpp"

namespace anlan::rules::columnar {

/// Texts as numbers, equal if and only if the texts are: those of a bucket's dictionary, whose
/// numbers are also in their order, and after them others that rules compare or make. Borrows the
/// bucket.
class TextPool {
 public:
  explicit TextPool(const dossier::Bucket& bucket)
      : bucket_(&bucket), words_(static_cast<std::uint32_t>(bucket.text_ends.size())) {}

  std::uint32_t number(std::string_view text);
  std::string_view text(std::uint32_t number) const {
    return number < words_ ? bucket_->word(number) : std::string_view(more_[number - words_]);
  }
  bool in_order(std::uint32_t number) const { return number < words_; }
  /// How many numbers, the first, are of the bucket's dictionary.
  std::uint32_t words() const { return words_; }
  /// The first word of the dictionary that does not come before `text`.
  std::uint32_t first_not_before(std::string_view text) const;
  /// The first after it and all that begin with it.
  std::uint32_t first_past_prefix(std::string_view prefix) const;

 private:
  const dossier::Bucket* bucket_;
  std::uint32_t words_;
  std::deque<std::string> more_;  ///< does not move its texts
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace anlan::rules::columnar
