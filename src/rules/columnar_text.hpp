#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dossier/dossier.hpp"

namespace anlan::rules::columnar {

/// Texts as numbers, equal if and only if the texts are: those of a bucket's dictionary, whose
/// numbers are also in their order, and after them those that rules write and those they make.
/// Borrows the rules' texts, which are sorted, and the bucket.
class TextPool {
 public:
  explicit TextPool(std::span<const std::string> written) : written_(written) {}

  /// Numbers given before are gone.
  void bind(const dossier::Bucket& bucket);

  std::uint32_t number(std::string_view text);
  std::string_view text(std::uint32_t number) const {
    if (number < words_) return bucket_->word(number);
    const auto beyond = number - words_;
    if (beyond < written_.size()) return written_[beyond];
    return made_[beyond - written_.size()];
  }
  bool in_order(std::uint32_t number) const { return number < words_; }
  /// How many numbers, the first, are of the bucket's dictionary.
  std::uint32_t words() const { return words_; }
  /// The first word of the dictionary that does not come before `text`.
  std::uint32_t first_not_before(std::string_view text) const;
  /// The first after it and all that begin with it.
  std::uint32_t first_past_prefix(std::string_view prefix) const;

 private:
  std::span<const std::string> written_;
  const dossier::Bucket* bucket_ = nullptr;
  std::uint32_t words_ = 0;
  std::deque<std::string> made_;  ///< does not move its texts
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace anlan::rules::columnar
