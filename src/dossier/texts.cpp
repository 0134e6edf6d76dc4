#include "dossier/texts.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace anlan::dossier {
namespace {

template <class T>
std::uint64_t load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// Lives in memory only; most texts are shorter than two words, so these cost no loop.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
  const char* at = text.data();
  const std::size_t size = text.size();
  std::uint64_t sum = size * odd;
  const auto mix = [&](std::uint64_t word) {
    sum = (sum ^ word) * odd;
    sum ^= sum >> 32;
  };
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) mix(load<std::uint64_t>(at + i));
    mix(load<std::uint64_t>(at + size - 8));
  } else if (size >= 4) {
    mix(load<std::uint32_t>(at) << 32 | load<std::uint32_t>(at + size - 4));
  } else if (size > 0) {
    mix(load<std::uint8_t>(at) << 16 | load<std::uint8_t>(at + size / 2) << 8 |
        load<std::uint8_t>(at + size - 1));
  }
  return (sum ^ sum >> 29) * odd;
}

std::uint32_t low_half(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash);
}
std::uint32_t high_half(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

std::size_t Texts::slot_of(std::string_view text, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = low_half(hash) & mask;; i = (i + 1) & mask) {
    const Slot slot = slots_[i];
    if (slot.number == 0 || (slot.hash == high_half(hash) && at(slot.number - 1) == text)) return i;
  }
}

std::uint32_t Texts::put(std::string_view text) {
  if ((entries_.size() + 1) * 2 > slots_.size()) grow();
  const std::uint64_t hash = hash_of(text);
  Slot& slot = slots_[slot_of(text, hash)];
  if (slot.number == 0) {
    CHECK(text.size() < ~std::uint32_t{0} && entries_.size() < ~std::uint32_t{0} - 1);
    slot = {static_cast<std::uint32_t>(entries_.size() + 1), high_half(hash)};
    entries_.push_back({bytes_.size(), static_cast<std::uint32_t>(text.size()), low_half(hash)});
    bytes_.append(text);
  }
  return slot.number - 1;
}

std::optional<std::uint32_t> Texts::find(std::string_view text) const {
  if (slots_.empty()) return std::nullopt;
  const Slot slot = slots_[slot_of(text, hash_of(text))];
  return slot.number == 0 ? std::nullopt : std::optional(slot.number - 1);
}

void Texts::grow() {
  const auto old = std::move(slots_);
  slots_.assign(std::max<std::size_t>(64, old.size() * 2), Slot{});
  const std::size_t mask = slots_.size() - 1;
  for (const Slot slot : old) {
    if (slot.number == 0) continue;
    std::size_t i = entries_[slot.number - 1].hash & mask;
    while (slots_[i].number != 0) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

std::vector<std::uint32_t> Texts::sorted() const {
  struct Short {
    std::uint64_t front;  // the first 8 bytes, comparable as a number
    std::uint32_t number;
  };
  std::vector<Short> shorts(entries_.size());
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    char front[8] = {};
    const auto text = at(i);
    std::memcpy(front, text.data(), std::min<std::size_t>(8, text.size()));
    std::uint64_t value = 0;
    for (const char byte : front) value = value << 8 | static_cast<unsigned char>(byte);
    shorts[i] = {value, i};
  }
  std::sort(shorts.begin(), shorts.end(), [&](const Short& a, const Short& b) {
    return a.front != b.front ? a.front < b.front : at(a.number) < at(b.number);
  });
  std::vector<std::uint32_t> order(shorts.size());
  for (std::size_t i = 0; i < shorts.size(); ++i) order[i] = shorts[i].number;
  return order;
}

}  // namespace anlan::dossier
