#pragma once

#include <cstdint>
#include <string_view>

#include "sim/random.hpp"

namespace anlan::sim {

/// The books' chance: each decision is one draw of its own, named by what it decides and two
/// counters.
class BookDraw {
 public:
  explicit BookDraw(std::uint64_t seed) : seed_(seed) {}

  /// Evenly from `low` to `high`, both included.
  std::int64_t between(std::int64_t low, std::int64_t high, Purpose what, std::uint64_t a = 0,
                       std::uint64_t b = 0) const {
    const auto span = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(Random(seed_, what, a, b).bits() % span);
  }
  bool chance(int percent, Purpose what, std::uint64_t a = 0, std::uint64_t b = 0) const {
    return between(0, 99, what, a, b) < percent;
  }
  std::uint64_t bits(Purpose what, std::uint64_t a = 0, std::uint64_t b = 0) const {
    return Random(seed_, what, a, b).bits();
  }

  /// A counter out of a text, such as a case's id.
  static std::uint64_t word(std::string_view text) {
    std::uint64_t x = 0xcbf29ce484222325u;
    for (const char c : text) x = (x ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return mix(x);
  }

 private:
  std::uint64_t seed_;
};

}  // namespace anlan::sim
