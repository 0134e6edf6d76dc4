#include "base/instant.hpp"

#include <fmt/format.h>

namespace anlan {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t china_ms = 8 * 3'600'000;

/// Rounds towards the past, also before 1970.
constexpr std::int64_t days_of(std::int64_t ms) {
  return ms >= 0 ? ms / day_ms : -((-ms + day_ms - 1) / day_ms);
}

}  // namespace

Date Instant::day() const {
  return {static_cast<std::int32_t>(days_of(ms + china_ms))};
}

std::string format_instant(Instant instant) {
  const std::int64_t local = instant.ms + china_ms;
  const std::int64_t second = (local - days_of(local) * day_ms) / 1000;
  return fmt::format("{}T{:02}:{:02}:{:02}+08:00", format_date(instant.day()), second / 3600,
                     second / 60 % 60, second % 60);
}

}  // namespace anlan
