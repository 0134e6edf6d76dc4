#include "fund/masking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/text.hpp"

namespace anlan::fund {
namespace {

/// The first character of a text and two stars.
std::string first_letter(std::string_view text) {
  std::size_t end = std::min<std::size_t>(1, text.size());
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return std::string(text.substr(0, end)) + "**";
}

std::string last_four(std::string_view text) {
  return text.size() <= 4 ? "****" : "****" + std::string(text.substr(text.size() - 4));
}

}  // namespace

bool is_id_number(std::string_view text) {
  return text.size() == 18 &&
         std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
}

std::string masked_id(std::string_view id) {
  if (id.size() < 8) return std::string(id.size(), '*');
  const std::size_t front = is_id_number(id) ? 6 : 2;
  return fmt::format("{}{}{}", id.substr(0, front), std::string(id.size() - front - 2, '*'),
                     id.substr(id.size() - 2));
}

std::string shown_id(std::string_view subject_kind, std::string_view id, bool reveal) {
  return reveal || subject_kind != "person" ? std::string(id) : masked_id(id);
}

std::string shown_subject(std::string_view subject_kind, std::string_view id) {
  constexpr std::size_t bank_account_digits_min = 12;
  if (subject_kind == "person") return masked_id(id);
  if (subject_kind == "account" && id.size() >= bank_account_digits_min) return last_four(id);
  return std::string(id);
}

std::string masked_text(const std::string& field, std::string_view text) {
  static const std::set<std::string> names = {"name", "acct_name", "addr"};
  static const std::set<std::string> numbers = {"acct_no", "phone"};
  if (names.contains(field)) return first_letter(text);
  if (numbers.contains(field)) return last_four(text);
  if (field.starts_with("payee_id") || field.ends_with("_ids") || is_id_number(text))
    return masked_id(text);
  return std::string(text);
}

std::string masked_within(const std::string& text) {
  std::string out;
  for (const auto part : split(text, '|')) {
    out += is_id_number(part) ? masked_id(part) : std::string(part);
    out += '|';
  }
  out.pop_back();
  return out;
}

std::string masked_numbers(std::string_view text) {
  // Phones have 11 digits, bank accounts 16 to 19. A number that letters or dashes touch is one of
  // the authority's own.
  constexpr std::size_t phone_digits = 11;
  constexpr std::size_t account_digits_min = 16;
  constexpr std::size_t account_digits_max = 19;
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (!word(text[i])) {
      out += text[i++];
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && (word(text[end]) || text[end] == '-' || text[end] == '_')) ++end;
    const auto run = text.substr(i, end - i);
    const bool digits = run.find_first_not_of("0123456789") == std::string_view::npos;
    const bool account = run.size() >= account_digits_min && run.size() <= account_digits_max;
    if (is_id_number(run)) {
      out += masked_id(run);
    } else if (digits && (account || run.size() == phone_digits)) {
      out += last_four(run);
    } else {
      out += run;
    }
    i = end;
  }
  return out;
}

}  // namespace anlan::fund
