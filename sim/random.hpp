#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace anlan::sim {

/// What a draw decides, named where it is made: Random{seed, "person.birth", id}.
struct Purpose {
  std::uint64_t value = 0;
  consteval Purpose(
      const char* name) {  // NOLINT(google-explicit-constructor): a literal is the purpose
    std::uint64_t hash = 0xcbf29ce484222325;
    for (; *name != '\0'; ++name) hash = (hash ^ static_cast<unsigned char>(*name)) * 0x100000001b3;
    value = hash;
  }
};

/// Mixes one word; every bit of the result depends on every bit of the word (the finaliser of
/// splitmix64).
constexpr std::uint64_t mix(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

/// A stream of random numbers that depends only on (seed, purpose, id, part): the same on every
/// machine, in every order and on every thread. Integers only.
class Random {
 public:
  constexpr Random(std::uint64_t seed, Purpose purpose, std::uint64_t id = 0,
                   std::uint64_t part = 0)
      : state_(mix(mix(mix(seed + step) ^ purpose.value) + id * step) ^
               (part * 0xd1342543de82ef95)) {}

  constexpr std::uint64_t bits() { return mix(state_ += step); }
  /// 0 … n−1; n above 0.
  constexpr std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(((bits() >> 32) * n) >> 32);
  }
  /// `low` … `high`, both included.
  constexpr int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::uint32_t>(high - low + 1)));
  }
  /// True `part` times in `whole`.
  constexpr bool chance(std::uint32_t part, std::uint32_t whole) { return below(whole) < part; }
  /// An index, each as often as its weight says.
  constexpr std::size_t weighted(std::span<const std::uint32_t> weights) {
    std::uint32_t sum = 0;
    for (const auto weight : weights) sum += weight;
    std::uint32_t at = below(sum);
    std::size_t index = 0;
    while (at >= weights[index]) at -= weights[index++];
    return index;
  }

 private:
  static constexpr std::uint64_t step = 0x9e3779b97f4a7c15;
  std::uint64_t state_;
};

}  // namespace anlan::sim
