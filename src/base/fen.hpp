#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace anlan {

/// Money in integer fen (0.01 yuan). No float ever touches it.
struct Fen {
  std::int64_t value = 0;

  friend constexpr auto operator<=>(Fen, Fen) = default;
  friend constexpr Fen operator+(Fen a, Fen b) { return {a.value + b.value}; }
  friend constexpr Fen operator-(Fen a, Fen b) { return {a.value - b.value}; }
  constexpr Fen& operator+=(Fen other) { return value += other.value, *this; }
};

/// Reads yuan as people write it: "3,120.50", "-3120.5", "¥3120", "0.31万元" (ten thousand yuan).
/// More than two decimals (after 万 is applied) are an error unless the rest are zeros.
/// Errors: invalid_input "money.malformed", "money.too_precise", "money.too_large".
Result<Fen> parse_yuan(std::string_view text);

/// Reads an integer count of fen, as in files whose header ends in `_fen`. Errors as parse_yuan.
Result<Fen> parse_fen(std::string_view text);

/// "3,120.50": yuan with two decimals and thousands separators.
std::string format_yuan(Fen amount);

/// "3120.50": yuan with two decimals, for files.
std::string plain_yuan(Fen amount);

}  // namespace anlan
