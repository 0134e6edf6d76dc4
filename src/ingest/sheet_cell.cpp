#include "ingest/sheet_cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "base/month.hpp"

namespace anlan::ingest {
namespace {

constexpr int shown_digits = 15;     // as spreadsheets round what they show
constexpr int exponent_limit = 400;  // doubles end at 308

/// A number as digits d1 d2 … dn and the place of its point: 0.d1d2…dn × 10^point. Zero has no
/// digits.
struct Decimal {
  bool negative = false;
  std::string digits;  // no zeros at either end
  int point = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal number;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    number.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  bool any = false;
  bool after_point = false;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !after_point)); ++i) {
    if (text[i] == '.') {
      after_point = true;
      continue;
    }
    any = true;
    if (text[i] != '0' || !number.digits.empty()) {
      number.digits += text[i];
      if (!after_point) ++number.point;
    } else if (after_point) {
      --number.point;
    }
  }
  if (!any || text.size() > 1000) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    std::string_view rest = text.substr(i + 1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc{} || end != rest.data() + rest.size()) return std::nullopt;
    if (exponent > exponent_limit || exponent < -exponent_limit) return std::nullopt;
    number.point += exponent;
  }
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
  if (number.digits.empty()) number = Decimal{};
  return number;
}

/// Half away from zero.
void round_to(Decimal& number, std::size_t digits) {
  if (number.digits.size() <= digits) return;
  const bool up = number.digits[digits] >= '5';
  number.digits.resize(digits);
  if (up) {
    auto last = number.digits.size();
    while (last > 0 && number.digits[last - 1] == '9') --last;
    number.digits.resize(last);
    if (last > 0) {
      ++number.digits[last - 1];
    } else {
      number.digits = "1";
      ++number.point;
    }
  }
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
}

void append_plain(const Decimal& number, std::string& out) {
  const auto& digits = number.digits;
  if (digits.empty()) {
    out += '0';
    return;
  }
  if (number.negative) out += '-';
  if (number.point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-number.point), '0');
    out += digits;
    return;
  }
  const auto point = static_cast<std::size_t>(number.point);
  if (point >= digits.size()) {
    out += digits;
    out.append(point - digits.size(), '0');
    return;
  }
  out.append(digits, 0, point);
  out += '.';
  out.append(digits, point);
}

}  // namespace

NumberLook look_of_builtin(int id) {
  // 27 to 36 and 50 to 58 are dates and times of Chinese, Japanese and Korean workbooks.
  if ((id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 ||
      (id >= 50 && id <= 54) || id == 57 || id == 58) {
    return NumberLook::date;
  }
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 ||
      id == 56) {
    return NumberLook::time;
  }
  return NumberLook::number;  // 46 is [h]:mm:ss
}

NumberLook look_of_format(std::string_view code) {
  bool day = false;
  bool month = false;
  bool clock = false;
  for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    switch (code[i]) {
      case '"': {
        const auto end = code.find('"', i + 1);
        if (end == std::string_view::npos) return NumberLook::number;
        i = end;
        break;
      }
      case '\\':
      case '_':
      case '*':
        ++i;
        break;
      case '[': {
        const auto end = code.find(']', i + 1);
        if (end == std::string_view::npos) return NumberLook::number;
        const char first = i + 1 < end ? code[i + 1] : ' ';
        const std::string_view inside = code.substr(i + 1, end - i - 1);
        const bool elapsed = std::string_view("hHmMsS").find(first) != std::string_view::npos &&
                             inside.find_first_not_of(first) == std::string_view::npos;
        if (elapsed) return NumberLook::number;
        i = end;
        break;
      }
      case 'y':
      case 'Y':
      case 'd':
      case 'D':
        day = true;
        break;
      case 'm':
      case 'M':
        month = true;
        break;
      case 'h':
      case 'H':
      case 's':
      case 'S':
        clock = true;
        break;
      case 'G':
      case 'g':
        // "General" holds none of the letters; eras (ggge) come with a year.
        if (code.substr(i).starts_with("General") || code.substr(i).starts_with("GENERAL")) i += 6;
        break;
      default:
        break;
    }
  }
  if (day || (month && !clock)) return NumberLook::date;
  return clock ? NumberLook::time : NumberLook::number;
}

CellKind append_decimal(std::string_view text, std::string& out) {
  auto number = parse_decimal(text);
  if (!number) {
    out += text;
    return CellKind::text;
  }
  if (number->point <= shown_digits) round_to(*number, shown_digits);
  append_plain(*number, out);
  return number->point > shown_digits ? CellKind::lossy_number : CellKind::number;
}

CellKind append_date(std::string_view serial, NumberLook look, bool from_1904, std::string& out) {
  auto number = parse_decimal(serial);
  constexpr std::int64_t day_seconds = 86400;
  if (look == NumberLook::number || !number || number->negative || number->point > 7) {
    return append_decimal(serial, out);
  }
  // Whole days and a fraction of 9 places: a second is 0.0000116 of a day.
  constexpr int places = 9;
  std::int64_t billionths = 0;
  for (int place = 0; place < number->point + places; ++place) {
    const auto at = static_cast<std::size_t>(place);
    billionths = billionths * 10 + (at < number->digits.size() ? number->digits[at] - '0' : 0);
  }
  if (number->point + places < 0) billionths = 0;
  constexpr std::int64_t one = 1'000'000'000;
  std::int64_t days = billionths / one;
  std::int64_t seconds = (billionths % one * day_seconds + one / 2) / one;
  if (seconds == day_seconds) {
    ++days;
    seconds = 0;
  }
  const auto clock = [&] {
    fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60,
                   seconds % 60);
  };
  if (days == 0 && !from_1904) {
    if (look == NumberLook::date && seconds == 0) return append_decimal(serial, out);
    clock();
    return CellKind::text;
  }
  // Excel's 1900 counts a 29 February that never was, so days before it are one later than they
  // look.
  const auto origin = from_1904 ? Date::of(1904, 1, 1) : Date::of(1899, 12, days < 60 ? 31 : 30);
  const Date date{static_cast<std::int32_t>(origin.days + days)};
  if (date > Date::of(9999, 12, 31)) return append_decimal(serial, out);
  out += !from_1904 && days == 60 ? "1900-02-29" : format_date(date);
  if (seconds != 0) {
    out += ' ';
    clock();
  }
  return CellKind::date;
}

void end_cell(RecordBatch& batch, CellKind kind) {
  batch.field_ends.push_back(static_cast<std::uint32_t>(batch.arena.size()));
  batch.kinds.push_back(kind);
}

void end_record(RecordBatch& batch, std::int64_t row_no) {
  batch.record_ends.push_back(static_cast<std::uint32_t>(batch.field_ends.size()));
  batch.row_nos.push_back(row_no);
}

}  // namespace anlan::ingest
