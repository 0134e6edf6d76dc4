#include "fund/credit_code.hpp"

#include <cstring>

#include "base/text.hpp"

namespace anlan::fund {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr int credit_weights[17] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
constexpr int organisation_weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};

}  // namespace

char credit_code_check(const char* text17) {
  int sum = 0;
  for (int i = 0; i < 17; ++i) {
    const auto value = alphabet.find(text17[i]);
    if (value == std::string_view::npos) return '\0';
    sum += static_cast<int>(value) * credit_weights[i];
  }
  return alphabet[static_cast<std::size_t>((31 - sum % 31) % 31)];
}

char organisation_code_check(const char* text8) {
  int sum = 0;
  for (int i = 0; i < 8; ++i) {
    const char c = text8[i];
    sum += (c >= 'A' ? c - 'A' + 10 : c - '0') * organisation_weights[i];
  }
  const int check = 11 - sum % 11;
  return check == 10 ? 'X' : check == 11 ? '0' : static_cast<char>('0' + check);
}

CreditCodeOutcome normalise_credit_code(std::string_view text, CreditCodeText& out) {
  const std::string_view trimmed = trim(text);
  CreditCodeText read{};
  std::size_t length = 0;
  for (std::size_t i = 0; i < trimmed.size();) {
    char c = trimmed[i];
    if (c == '\xEF' && i + 2 < trimmed.size()) {
      const auto middle = static_cast<unsigned char>(trimmed[i + 1]);
      const auto last = static_cast<unsigned char>(trimmed[i + 2]);
      if (middle == 0xBC && last >= 0x90 && last <= 0xBA) {
        c = static_cast<char>(last - 0x60);  // full-width digits and capitals
      } else if (middle == 0xBD && last >= 0x81 && last <= 0x9A) {
        c = static_cast<char>(last - 0x20);  // full-width small letters
      } else {
        return CreditCodeOutcome::malformed;
      }
      i += 3;
    } else {
      ++i;
    }
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (length == read.size() || alphabet.find(c) == std::string_view::npos)
      return CreditCodeOutcome::malformed;
    read[length++] = c;
  }
  if (length != read.size()) return CreditCodeOutcome::malformed;
  out = read;
  return credit_code_check(read.data()) == read[17] ? CreditCodeOutcome::ok
                                                    : CreditCodeOutcome::bad_check_character;
}

}  // namespace anlan::fund
