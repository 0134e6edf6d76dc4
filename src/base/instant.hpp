#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/month.hpp"
#include "base/result.hpp"

namespace anlan {

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Instant {
  std::int64_t ms = 0;

  static Instant now() {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
  }
  constexpr Instant plus(std::chrono::milliseconds span) const { return {ms + span.count()}; }
  /// The moment at which a day begins in China.
  static Instant start_of(Date day);
  /// The day it is in China (UTC+8, no summer time), whatever the machine's own zone.
  Date day() const;

  friend constexpr auto operator<=>(Instant, Instant) = default;
};

/// "2018-11-30T16:05:09+08:00": China's time, so that people and programs read the same.
std::string format_instant(Instant instant);

/// The same read back; "Z" or another offset in whole minutes does as well.
/// Errors: invalid_input "instant.malformed".
Result<Instant> parse_instant(std::string_view text);

}  // namespace anlan
