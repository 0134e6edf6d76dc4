#include "ingest/cell_value.hpp"

#include <array>
#include <limits>

#include "base/fen.hpp"
#include "base/month.hpp"
#include "base/text.hpp"

namespace anlan::ingest {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The value of `count` digits at `at`, or -1.
constexpr int digits(const char* at, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    if (!is_digit(at[i])) return -1;
    value = value * 10 + (at[i] - '0');
  }
  return value;
}

constexpr bool is_separator(char c) {
  return c == '-' || c == '/' || c == '.';
}

constexpr bool plausible_year(int year) {
  return year >= 1900 && year <= 2199;
}

int days_in_month(int year, int month) {
  constexpr std::array<int, 13> days = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[static_cast<std::size_t>(month)] + (month == 2 && leap ? 1 : 0);
}

/// Days since 1970-01-01 of a date that exists, in the proleptic Gregorian calendar.
std::int32_t day_number(int year, int month, int day) {
  const int y = month > 2 ? year : year - 1;
  const int era = y / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

/// 30/11/2018 with the year moved to the front; other text as it is.
std::string year_first(const std::string& text, DateOrder order) {
  if (order == DateOrder::year_first) return text;
  std::array<std::string, 3> parts;
  std::size_t part = 0;
  for (const char c : text) {
    if (!is_separator(c)) {
      parts[part] += c;
    } else if (++part == 3) {
      return text;
    }
  }
  if (part != 2 || parts[2].size() != 4) return text;
  const bool day_first = order == DateOrder::day_first;
  return parts[2] + "-" + parts[day_first ? 1 : 0] + "-" + parts[day_first ? 0 : 1];
}

Reason read_date_slow(std::string_view text, DateOrder order, std::int32_t& out) {
  std::string plain = year_first(plain_text(text), order);
  // A date cell may carry a time of day; a date column has no use for it.
  if (const auto blank = plain.find_first_of(" T"); blank != std::string::npos && blank >= 8) {
    plain.resize(blank);
  }
  const auto date = parse_date(plain);
  if (!date) {
    return date.error().code == "date.impossible" ? Reason::date_impossible
                                                  : Reason::date_malformed;
  }
  out = date->days;
  return Reason::none;
}

/// 8:05, 08:05:09, 08:05:09.123, 080509 as microseconds of a day; -1 if it is none of them.
std::int64_t time_of_day(std::string_view text) {
  std::array<std::int64_t, 3> parts{};
  std::int64_t micros = 0;
  if (text.size() == 6 && digits(text.data(), 6) >= 0) {
    parts = {digits(text.data(), 2), digits(text.data() + 2, 2), digits(text.data() + 4, 2)};
  } else {
    std::size_t part = 0;
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (is_digit(text[i])) {
        if (++width > 2) return -1;
        parts[part] = parts[part] * 10 + (text[i] - '0');
      } else if (text[i] == ':' && width > 0 && part < 2) {
        ++part;
        width = 0;
      } else if (text[i] == '.' && part == 2 && width > 0) {
        std::int64_t unit = 100'000;
        for (++i; i < text.size(); ++i, unit /= 10) {
          if (!is_digit(text[i])) return -1;
          micros += (text[i] - '0') * unit;
        }
      } else {
        return -1;
      }
    }
    if (part == 0 || width == 0) return -1;
  }
  if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return -1;
  return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1'000'000 + micros;
}

Reason read_money_slow(std::string_view text, MoneyUnit unit, std::int64_t& out) {
  std::string plain = plain_text(text);
  const bool says_unit =
      plain.find("元") != std::string::npos || plain.find("万") != std::string::npos;
  if (unit == MoneyUnit::wan && !says_unit) plain += "万";
  const auto fen = unit == MoneyUnit::fen && !says_unit ? parse_fen(plain) : parse_yuan(plain);
  if (!fen) {
    if (fen.error().code == "money.too_precise") return Reason::money_too_precise;
    if (fen.error().code == "money.too_large") return Reason::money_too_large;
    return Reason::money_malformed;
  }
  out = fen->value;
  return Reason::none;
}

}  // namespace

std::string_view trim_slow(std::string_view text) {
  return trim(text);
}

std::string plain_text(std::string_view text) {
  text = trim(text);
  if (text.starts_with('\'') && text.size() > 1) text = trim(text.substr(1));
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\xEF' && i + 2 < text.size()) {
      const auto middle = static_cast<unsigned char>(text[i + 1]);
      const auto last = static_cast<unsigned char>(text[i + 2]);
      // U+FF01…U+FF3F are ! to _, U+FF40…U+FF5E are ` to ~.
      if (middle == 0xBC && last >= 0x81 && last <= 0xBF) {
        plain += static_cast<char>(last - 0x60);
        i += 2;
        continue;
      }
      if (middle == 0xBD && last >= 0x80 && last <= 0x9E) {
        plain += static_cast<char>(last - 0x20);
        i += 2;
        continue;
      }
    }
    plain += text[i];
  }
  return plain;
}

bool is_scientific(std::string_view text) {
  const auto e = text.find_first_of("eE");
  if (e == std::string_view::npos || e == 0 || e + 2 >= text.size() || text[e + 1] != '+')
    return false;
  for (const char c : text.substr(e + 2)) {
    if (!is_digit(c)) return false;
  }
  for (const char c : text.substr(0, e)) {
    if (!is_digit(c) && c != '.') return false;
  }
  return true;
}

Reason read_month(std::string_view text, DateOrder order, std::int32_t& out) {
  int year = -1;
  int month = -1;
  if (text.size() == 6) {
    year = digits(text.data(), 4);
    month = digits(text.data() + 4, 2);
  } else if (text.size() == 7 && is_separator(text[4])) {
    year = digits(text.data(), 4);
    month = digits(text.data() + 5, 2);
  }
  if (plausible_year(year) && month >= 1 && month <= 12) {
    out = year * 100 + month;
    return Reason::none;
  }
  std::string plain = year_first(plain_text(text), order);
  if (const auto blank = plain.find_first_of(" T"); blank != std::string::npos && blank >= 8) {
    plain.resize(blank);
  }
  const auto read = parse_month(plain);
  if (!read) return Reason::month_malformed;
  out = read->value;
  return Reason::none;
}

Reason read_date(std::string_view text, DateOrder order, std::int32_t& out) {
  int year = -1;
  int month = -1;
  int day = -1;
  if (text.size() == 10 && is_separator(text[4]) && text[4] == text[7]) {
    year = digits(text.data(), 4);
    month = digits(text.data() + 5, 2);
    day = digits(text.data() + 8, 2);
  } else if (text.size() == 8) {
    year = digits(text.data(), 4);
    month = digits(text.data() + 4, 2);
    day = digits(text.data() + 6, 2);
  }
  if (plausible_year(year) && month >= 1 && month <= 12 && day >= 1 &&
      day <= days_in_month(year, month)) {
    out = day_number(year, month, day);
    return Reason::none;
  }
  return read_date_slow(text, order, out);
}

Reason read_time(std::string_view text, DateOrder order, std::int64_t& out) {
  std::string folded;
  auto cut = text.find_first_of(" T");
  if (cut == std::string_view::npos && text.size() == 14) cut = 8;  // 20181130080509
  std::string_view day = text.substr(0, cut);
  std::string_view clock =
      cut == std::string_view::npos ? std::string_view() : trim(text.substr(cut));
  if (clock.starts_with('T')) clock.remove_prefix(1);
  std::int32_t days = 0;
  if (const auto reason = read_date(day, order, days); reason != Reason::none) {
    folded = plain_text(text);
    if (folded != text) return read_time(folded, order, out);
    return reason == Reason::date_impossible ? reason : Reason::time_malformed;
  }
  const std::int64_t micros = clock.empty() ? 0 : time_of_day(clock);
  if (micros < 0) {
    folded = plain_text(text);
    return folded != text ? read_time(folded, order, out) : Reason::time_malformed;
  }
  out = std::int64_t{days} * 86'400'000'000 + micros;
  return Reason::none;
}

Reason read_integer(std::string_view text, std::int64_t& out) {
  if (text.size() <= 18) {
    const bool negative = text.front() == '-';
    std::int64_t value = 0;
    bool plain = text.size() > (negative ? 1u : 0u);
    for (std::size_t i = negative ? 1 : 0; plain && i < text.size(); ++i) {
      plain = is_digit(text[i]);
      value = value * 10 + (text[i] - '0');
    }
    if (plain) {
      out = negative ? -value : value;
      return Reason::none;
    }
  }
  const auto number =
      parse_fen(plain_text(text));  // signs, thousands commas, ".00" of a spreadsheet
  if (!number) {
    return number.error().code == "money.too_large" ? Reason::integer_too_large
                                                    : Reason::integer_malformed;
  }
  out = number->value;
  return Reason::none;
}

Reason read_money(std::string_view text, MoneyUnit unit, std::int64_t& out) {
  // Plain digits with two decimals or none, as nearly all files have them.
  if (text.size() <= 16 && unit != MoneyUnit::wan) {
    const bool negative = text.front() == '-';
    std::int64_t value = 0;
    std::size_t i = negative ? 1 : 0;
    const std::size_t first = i;
    while (i < text.size() && is_digit(text[i])) value = value * 10 + (text[i++] - '0');
    if (i > first) {
      if (unit == MoneyUnit::fen) {
        if (i == text.size()) {
          out = negative ? -value : value;
          return Reason::none;
        }
      } else {
        value *= 100;
        bool plain = i == text.size();
        if (i + 3 == text.size() && text[i] == '.' && is_digit(text[i + 1]) &&
            is_digit(text[i + 2])) {
          value += (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
          plain = true;
        } else if (i + 2 == text.size() && text[i] == '.' && is_digit(text[i + 1])) {
          value += (text[i + 1] - '0') * 10;
          plain = true;
        }
        if (plain) {
          out = negative ? -value : value;
          return Reason::none;
        }
      }
    }
  }
  return read_money_slow(text, unit, out);
}

Reason read_ratio(std::string_view text, std::int64_t& out) {
  const std::string plain = plain_text(text);
  std::string_view left = plain;
  int places = 6;
  if (left.ends_with('%')) {
    left = trim(left.substr(0, left.size() - 1));
    places = 4;
  }
  const bool negative = left.starts_with('-');
  if (negative || left.starts_with('+')) left.remove_prefix(1);
  std::int64_t value = 0;
  int decimals = -1;
  bool any = false;
  for (const char c : left) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (!is_digit(c)) return Reason::ratio_malformed;
    any = true;
    if (decimals >= places) {
      if (c != '0') return Reason::ratio_too_precise;
      continue;
    }
    value = value * 10 + (c - '0');
    if (value >= 1'000'000'000'000) return Reason::ratio_too_large;
    if (decimals >= 0) ++decimals;
  }
  if (!any) return Reason::ratio_malformed;
  for (int i = decimals < 0 ? 0 : decimals; i < places; ++i) {
    value *= 10;
    if (value >= 1'000'000'000'000) return Reason::ratio_too_large;  // DECIMAL(12,6)
  }
  out = negative ? -value : value;
  return Reason::none;
}

Reason read_flag(std::string_view text, bool& out) {
  if (text == "1" || text == "0") {
    out = text == "1";
    return Reason::none;
  }
  std::string plain = plain_text(text);
  for (char& c : plain) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view yes : {"1", "是", "y", "yes", "true", "t", "√", "有"}) {
    if (plain == yes) return out = true, Reason::none;
  }
  for (const std::string_view no : {"0", "否", "n", "no", "false", "f", "×", "无"}) {
    if (plain == no) return out = false, Reason::none;
  }
  return Reason::flag_unknown;
}

}  // namespace anlan::ingest
