#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anlan::dossier {

/// Texts by number, each once, in the order met.
class Texts {
 public:
  /// The number of this text, which is new if none had it.
  std::uint32_t put(std::string_view text);
  std::optional<std::uint32_t> find(std::string_view text) const;

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  /// Valid until the next put.
  std::string_view at(std::size_t number) const {
    return {bytes_.data() + entries_[number].begin, entries_[number].size};
  }
  /// The numbers of the texts in the order of their bytes.
  std::vector<std::uint32_t> sorted() const;

 private:
  struct Entry {
    std::size_t begin;
    std::uint32_t size;
    std::uint32_t hash;  // the half that chooses the slot
  };
  struct Slot {
    std::uint32_t number = 0;  // + 1; 0: empty
    std::uint32_t hash = 0;    // the other half
  };

  /// The slot of the text, or the empty one where it belongs; there must be one.
  std::size_t slot_of(std::string_view text, std::uint64_t hash) const;
  void grow();

  std::vector<Slot> slots_;
  std::vector<Entry> entries_;
  std::string bytes_;
};

}  // namespace anlan::dossier
