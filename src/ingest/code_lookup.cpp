#include "ingest/code_lookup.hpp"

#include <cstring>

#include "ingest/cell_value.hpp"

namespace anlan::ingest {
namespace {

std::size_t slot_of(std::uint64_t word, std::size_t slots) {
  return static_cast<std::size_t>(word * 0x9E3779B97F4A7C15u >> 32) & (slots - 1);
}

}  // namespace

std::uint64_t word_of(const char* text, std::size_t size) {
  std::uint64_t word = 0;
  std::memcpy(&word, text, 8);
  return size >= 8
             ? word
             : word & ((std::uint64_t{1} << (8 * size)) - 1);  // little-endian, as DuckDB requires
}

CodeLookup::CodeLookup(const catalog::CodeList& list,
                       const std::map<std::string, std::string>& values)
    : open_(list.open) {
  std::map<std::string, int> by_code;
  const auto code_index = [&](const std::string& code) {
    const auto [found, added] = by_code.try_emplace(code, static_cast<int>(codes_.size()));
    if (added) codes_.push_back(code);
    return found->second;
  };
  for (const auto& value : list.values) code_index(value.code);
  // The first meaning given to a text stays: so the most explicit come first.
  for (const auto& [theirs, ours] : values) {
    int index = -1;
    if (by_code.contains(ours)) index = by_code[ours];
    for (const auto& value : list.values) {
      if (index < 0 && value.title.zh == ours) index = by_code[value.code];
    }
    if (index < 0 && open_) index = code_index(ours);
    if (index >= 0) all_.try_emplace(plain_text(theirs), index);
  }
  for (const auto& value : list.values) all_.try_emplace(value.code, by_code[value.code]);
  for (const auto& [theirs, ours] : list.also) all_.try_emplace(theirs, code_index(ours));
  for (const auto& value : list.values) all_.try_emplace(value.title.zh, by_code[value.code]);
  for (const auto& value : list.values) {
    const auto first = value.code.find_first_not_of('0');
    if (first != 0 && first != std::string::npos) {
      all_.try_emplace(value.code.substr(first), by_code[value.code]);
    }
  }

  std::size_t slots = 16;
  while (slots < all_.size() * 4) slots *= 2;
  slots_.resize(slots);
  for (const auto& [text, index] : all_) add(text, index);
}

void CodeLookup::add(const std::string& text, int index) {
  if (text.size() > 8 || text.empty()) {
    longer_.emplace(text, index);
    return;
  }
  char padded[8] = {};
  std::memcpy(padded, text.data(), text.size());
  const std::uint64_t word = word_of(padded, text.size());
  std::size_t at = slot_of(word, slots_.size());
  while (slots_[at].index >= 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {word, index};
}

int CodeLookup::find(std::string_view text) const {
  if (text.size() > 8) {
    const auto found = longer_.find(std::string(text));
    return found == longer_.end() ? -1 : found->second;
  }
  const std::uint64_t word = word_of(text.data(), text.size());
  for (std::size_t at = slot_of(word, slots_.size());; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].index < 0) return -1;
    if (slots_[at].word == word) return slots_[at].index;
  }
}

}  // namespace anlan::ingest
