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

/// Two digits from `at` on, at most `max`; -1 if they are not.
int two_digits(std::string_view text, std::size_t at, int max) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (!digit(at) || !digit(at + 1)) return -1;
  const int value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return value <= max ? value : -1;
}

}  // namespace

Instant Instant::start_of(Date day) {
  return {day.days * day_ms - china_ms};
}

Date Instant::day() const {
  return {static_cast<std::int32_t>(days_of(ms + china_ms))};
}

std::string format_instant(Instant instant) {
  const std::int64_t local = instant.ms + china_ms;
  const std::int64_t second = (local - days_of(local) * day_ms) / 1000;
  return fmt::format("{}T{:02}:{:02}:{:02}+08:00", format_date(instant.day()), second / 3600,
                     second / 60 % 60, second % 60);
}

Result<Instant> parse_instant(std::string_view text) {
  const auto malformed = [&] {
    return fail(ErrorKind::invalid_input, "instant.malformed", std::string(text));
  };
  constexpr std::size_t clock_at = 11, zone_at = 19;  // 2018-11-30T16:05:09+08:00
  const bool utc = text.size() == zone_at + 1 && (text[zone_at] == 'Z' || text[zone_at] == 'z');
  if (!utc && text.size() != zone_at + 6) return malformed();
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return malformed();
  const auto date = parse_date(text.substr(0, 10));
  const int hour = two_digits(text, clock_at, 23);
  const int minute = two_digits(text, clock_at + 3, 59);
  const int second = two_digits(text, clock_at + 6, 59);
  if (!date || hour < 0 || minute < 0 || second < 0) return malformed();
  std::int64_t offset = 0;  // minutes
  if (!utc) {
    const char sign = text[zone_at];
    const int hours = two_digits(text, zone_at + 1, 14);
    const int minutes = two_digits(text, zone_at + 4, 59);
    if ((sign != '+' && sign != '-') || text[zone_at + 3] != ':' || hours < 0 || minutes < 0)
      return malformed();
    offset = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  const std::int64_t seconds = (hour * 60 + minute - offset) * 60 + second;
  return Instant{date->days * day_ms + seconds * 1000};
}

}  // namespace anlan
