#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/month.hpp"

namespace anlan::fund {

/// The 18 characters of a normalised number, not terminated.
using IdDigits = std::array<char, 18>;

enum class IdOutcome {
  ok,
  malformed,        ///< not 15 or 18 digits (X allowed last)
  bad_check_digit,  ///< 18 digits and a real date, but the last character is not the right one
  impossible_date,  ///< the birth date inside does not exist
};

/// Reads a GB 11643 number as people write it: blanks at both ends and full-width digits allowed, x
/// for X, 15 digits become 18. `out` holds the 18 characters for ok, bad_check_digit and
/// impossible_date; it is untouched when malformed. Whether the birth date lies in the future or
/// too far back depends on a "today" and is left to the caller. Cost: no allocation; a plain
/// 18-character number is read in one pass. Source: GB 11643—1999; numbers of centenarians keep
/// serials 996–999 and were born in 18xx.
IdOutcome normalise_id_no(std::string_view text, IdDigits& out);

/// The right last character for the first 17 digits.
char id_check_digit(const char* digits17);

/// A valid identity number. It cannot be printed by accident: no stream operator and no conversion
/// to text.
class IdNumber {
 public:
  /// Errors: invalid_input "id_no.malformed", "id_no.bad_check_digit", "id_no.impossible_date"; the
  /// detail never holds the number.
  static Result<IdNumber> parse(std::string_view text);
  /// From the output of normalise_id_no.
  explicit constexpr IdNumber(const IdDigits& digits) : digits_(digits) {}

  /// "110105********002X": for screens and reports.
  std::string masked() const;
  /// The whole number, valid as long as this object: only where the law allows it, and greppable.
  std::string_view reveal() const { return {digits_.data(), digits_.size()}; }

  Date birth_date() const;
  bool is_male() const { return (digits_[16] - '0') % 2 == 1; }

  friend constexpr auto operator<=>(const IdNumber&, const IdNumber&) = default;

 private:
  IdDigits digits_;
};

}  // namespace anlan::fund

template <>
struct std::hash<anlan::fund::IdNumber> {
  std::size_t operator()(const anlan::fund::IdNumber& id) const noexcept {
    return std::hash<std::string_view>{}(id.reveal());
  }
};
