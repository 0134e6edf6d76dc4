#pragma once

#include <array>
#include <string_view>

namespace anlan::fund {

using CreditCodeText = std::array<char, 18>;

enum class CreditCodeOutcome { ok, malformed, bad_check_character };

/// Reads a unified social credit code: blanks at both ends and full-width characters allowed, lower
/// case becomes upper. `out` holds the 18 characters for ok and bad_check_character; it is
/// untouched when malformed. Source: GB 32100—2015; the alphabet has no I, O, S, V, Z.
CreditCodeOutcome normalise_credit_code(std::string_view text, CreditCodeText& out);

/// The right last character for the first 17, or '\0' if one of them is outside the alphabet.
char credit_code_check(const char* text17);

/// The right last character of an organisation code (GB 11714) for its first 8.
char organisation_code_check(const char* text8);

}  // namespace anlan::fund
