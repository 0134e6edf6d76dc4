#include "fund/recurrence.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "base/check.hpp"
#include "base/text.hpp"

namespace anlan::fund {
namespace {

constexpr std::array<std::string_view, 7> weekdays = {"mon", "tue", "wed", "thu",
                                                      "fri", "sat", "sun"};
constexpr int working_day_max = 15;  // a month has at least so many, also with long holidays

std::optional<int> whole(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<int> minute_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = whole(text.substr(0, 2));
  const auto minute = whole(text.substr(3));
  if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59)
    return std::nullopt;
  return *hour * 60 + *minute;
}

std::optional<Recurrence> understood(std::string_view text) {
  const auto words = split(trim(text), ' ');
  if (words.size() < 2 || words.size() > 3) return std::nullopt;
  const auto minute = minute_of_day(words.back());
  if (!minute) return std::nullopt;
  Recurrence rule;
  rule.minute = *minute;
  if (words.size() == 2) {
    if (words[0] == "working_days") {
      rule.unit = Recurrence::Unit::working_days;
    } else if (words[0] != "daily") {
      return std::nullopt;
    }
    return rule;
  }
  if (words[0] == "weekly") {
    rule.unit = Recurrence::Unit::weekly;
    for (std::size_t i = 0; i < weekdays.size(); ++i) {
      if (words[1] == weekdays[i]) rule.day = static_cast<int>(i) + 1;
    }
    return rule.day == 0 ? std::nullopt : std::optional(rule);
  }
  const auto day = whole(words[1]);
  if (words[0] != "monthly" || !day || *day < 1 || *day > working_day_max) return std::nullopt;
  rule.unit = Recurrence::Unit::monthly;
  rule.day = *day;
  return rule;
}

/// 1 for Monday; 1970-01-01 was a Thursday.
int weekday_of(Date day) {
  return ((day.days + 3) % 7 + 7) % 7 + 1;
}

bool is_due_on(const Recurrence& rule, const WorkCalendar& calendar, Date day) {
  switch (rule.unit) {
    case Recurrence::Unit::daily:
      return true;
    case Recurrence::Unit::working_days:
      return calendar.works_on(day);
    case Recurrence::Unit::weekly:
      return weekday_of(day) == rule.day;
    case Recurrence::Unit::monthly:
      break;
  }
  if (!calendar.works_on(day)) return false;
  int worked = 0;
  const auto month = day.month();
  for (Date one = Date::of(month.year(), month.month(), 1); one <= day; ++one.days) {
    if (calendar.works_on(one)) ++worked;
  }
  return worked == rule.day;
}

}  // namespace

Result<Recurrence> parse_recurrence(std::string_view text) {
  const auto rule = understood(text);
  if (!rule) {
    return fail(ErrorKind::invalid_input, "schedule.rule",
                "expected daily 02:30, working_days 01:00, weekly mon 02:00 or monthly 5 02:00 "
                "(1st to 15th working day)");
  }
  return *rule;
}

std::string text_of(const Recurrence& rule) {
  const auto clock = fmt::format("{:02}:{:02}", rule.minute / 60, rule.minute % 60);
  switch (rule.unit) {
    case Recurrence::Unit::daily:
      return "daily " + clock;
    case Recurrence::Unit::working_days:
      return "working_days " + clock;
    case Recurrence::Unit::weekly:
      return fmt::format("weekly {} {}", weekdays.at(static_cast<std::size_t>(rule.day - 1)),
                         clock);
    case Recurrence::Unit::monthly:
      break;
  }
  return fmt::format("monthly {} {}", rule.day, clock);
}

Instant next_after(const Recurrence& rule, const WorkCalendar& calendar, Instant after) {
  constexpr int days_max = 800;  // far beyond two months, whatever a calendar closes
  auto day = after.day();
  for (int i = 0; i < days_max; ++i, ++day.days) {
    if (!is_due_on(rule, calendar, day)) continue;
    const auto due = Instant::start_of(day).plus(std::chrono::minutes(rule.minute));
    if (due > after) return due;
  }
  CHECK(false);
  return {};
}

}  // namespace anlan::fund
