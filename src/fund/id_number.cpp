#include "fund/id_number.hpp"

#include <chrono>
#include <cstring>

#include "base/text.hpp"

namespace anlan::fund {
namespace {

constexpr int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr int two(const char* at) {
  return (at[0] - '0') * 10 + (at[1] - '0');
}

bool real_date(const IdDigits& digits) {
  const int year = two(&digits[6]) * 100 + two(&digits[8]);
  if (year < 1800 || year > 2199) return false;
  return std::chrono::year_month_day{std::chrono::year{year},
                                     std::chrono::month{static_cast<unsigned>(two(&digits[10]))},
                                     std::chrono::day{static_cast<unsigned>(two(&digits[12]))}}
      .ok();
}

// Full-width digits and letters (U+FF10 …) become ASCII; 0 when the text is longer than an id
// number can be or holds anything else.
std::size_t to_half_width(std::string_view text, char (&out)[18]) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == '\xEF' && i + 2 < text.size()) {
      const auto middle = static_cast<unsigned char>(text[i + 1]);
      const auto last = static_cast<unsigned char>(text[i + 2]);
      if (middle == 0xBC && last >= 0x81 && last <= 0xBF) {
        c = static_cast<char>(last - 0x60);  // U+FF01…U+FF3F are ! to _
      } else if (middle == 0xBD && last >= 0x80 && last <= 0x9E) {
        c = static_cast<char>(last - 0x20);  // U+FF40…U+FF5E are ` to ~
      } else {
        return 0;
      }
      i += 3;
    } else {
      ++i;
    }
    if (length == 18) return 0;
    out[length++] = c;
  }
  return length;
}

}  // namespace

char id_check_digit(const char* digits17) {
  int sum = 0;
  for (int i = 0; i < 17; ++i) sum += (digits17[i] - '0') * weights[i];
  return "10X98765432"[sum % 11];
}

IdOutcome normalise_id_no(std::string_view text, IdDigits& out) {
  char half[18];
  const char* from = text.data();
  std::size_t length = text.size();
  bool plain = length == 18 || length == 15;
  for (std::size_t i = 0; plain && i + 1 < length; ++i) plain = is_digit(from[i]);
  if (!plain) {
    length = to_half_width(trim(text), half);
    from = half;
    if (length != 18 && length != 15) return IdOutcome::malformed;
    for (std::size_t i = 0; i + 1 < length; ++i) {
      if (!is_digit(from[i])) return IdOutcome::malformed;
    }
  }
  const char last = from[length - 1] == 'x' ? 'X' : from[length - 1];

  if (length == 15) {
    if (!is_digit(last)) return IdOutcome::malformed;
    const int serial = (from[12] - '0') * 100 + two(from + 13);
    std::memcpy(out.data(), from, 6);
    std::memcpy(out.data() + 6, serial >= 996 ? "18" : "19", 2);
    std::memcpy(out.data() + 8, from + 6, 9);
    out[17] = id_check_digit(out.data());
    return real_date(out) ? IdOutcome::ok : IdOutcome::impossible_date;
  }

  if (!is_digit(last) && last != 'X') return IdOutcome::malformed;
  std::memcpy(out.data(), from, 17);
  out[17] = last;
  if (!real_date(out)) return IdOutcome::impossible_date;
  return id_check_digit(out.data()) == last ? IdOutcome::ok : IdOutcome::bad_check_digit;
}

Result<IdNumber> IdNumber::parse(std::string_view text) {
  IdDigits digits{};
  switch (normalise_id_no(text, digits)) {
    case IdOutcome::ok:
      break;
    case IdOutcome::malformed:
      return fail(ErrorKind::invalid_input, "id_no.malformed",
                  "expected 18 or 15 digits, the last of 18 may be X");
    case IdOutcome::bad_check_digit:
      return fail(ErrorKind::invalid_input, "id_no.bad_check_digit",
                  "the last character does not fit the others");
    case IdOutcome::impossible_date:
      return fail(ErrorKind::invalid_input, "id_no.impossible_date",
                  "the birth date inside does not exist");
  }
  return IdNumber(digits);
}

std::string IdNumber::masked() const {
  std::string text(reveal());
  text.replace(6, 8, 8, '*');
  return text;
}

Date IdNumber::birth_date() const {
  return Date::of(two(&digits_[6]) * 100 + two(&digits_[8]), two(&digits_[10]), two(&digits_[12]));
}

}  // namespace anlan::fund
