#include "catalog/calendar_reader.hpp"

#include <fmt/format.h>

#include <set>

#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

/// The days of one list, each of the year and a weekday or weekend day as the list asks.
void read_days(const YamlMap& entry, const std::string& key, int year, bool weekend,
               std::set<Date>& days, const Source& source) {
  for (const auto& text : entry.texts(key)) {
    const auto day = parse_date(text.text);
    if (!day) {
      source.problem(text.line,
                     fmt::format("{}, expected a day such as {}-10-01", text.text, year));
      continue;
    }
    const bool is_weekend = !fund::WorkCalendar{}.works_on(*day);
    if (day->month().year() != year) {
      source.problem(text.line, fmt::format("{} is not of {}", text.text, year));
    } else if (is_weekend != weekend) {
      source.problem(text.line, fmt::format("{} of {} is {}", text.text, key,
                                            is_weekend ? "a weekend day" : "no weekend day"));
    } else if (!days.insert(*day).second) {
      source.problem(text.line, text.text + " stands twice");
    }
  }
}

}  // namespace

fund::WorkCalendar read_work_calendar(const std::string& text, const Source& source) {
  fund::WorkCalendar calendar;
  const auto node = parse_yaml(text, source);
  if (!node) return calendar;
  const YamlMap top(*node, source, "the calendar", {"years"});
  std::set<int> years;
  for (const auto& one : top.list("years")) {
    const YamlMap entry(one, source, "a year", {"year", "closed", "worked", "basis", "sure"});
    const auto year = entry.integer("year");
    if (!year || !years.insert(*year).second) {
      source.problem(entry.line(),
                     "a year is missing or stands twice, expected such as year: 2019");
      continue;
    }
    read_days(entry, "closed", *year, false, calendar.closed, source);
    read_days(entry, "worked", *year, true, calendar.worked, source);
    (void)entry.required_texts("basis");
    (void)entry.word("sure", {"seed", "found", "known", "assumed"});
  }
  if (years.empty()) top.problem("years", "no years, expected at least one");
  return calendar;
}

}  // namespace anlan::catalog
