#include "base/fen.hpp"

#include <fmt/format.h>

#include <limits>

#include "base/text.hpp"

namespace anlan {
namespace {

constexpr std::uint64_t value_max = std::numeric_limits<std::int64_t>::max();

/// Digits, a sign and separators of a number, scaled by 10^`scale`.
Result<Fen> parse_scaled(std::string_view text, int scale) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);

  std::uint64_t value = 0;
  int decimals = -1;  // -1 until the point is met
  bool any_digit = false;
  for (const char c : text) {
    if (c == '.') {
      if (decimals >= 0) return fail(ErrorKind::invalid_input, "money.malformed", "two points");
      decimals = 0;
      continue;
    }
    if (c == ',') {
      if (decimals >= 0 || !any_digit) {
        return fail(ErrorKind::invalid_input, "money.malformed", "misplaced comma");
      }
      continue;
    }
    if (c < '0' || c > '9') {
      return fail(ErrorKind::invalid_input, "money.malformed", "not a number");
    }
    any_digit = true;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (decimals >= 0 && decimals >= scale) {
      if (digit != 0) {
        return fail(ErrorKind::invalid_input, "money.too_precise", "finer than one fen");
      }
      continue;
    }
    if (value > (value_max - digit) / 10) {
      return fail(ErrorKind::invalid_input, "money.too_large", "beyond 64 bits");
    }
    value = value * 10 + digit;
    if (decimals >= 0) ++decimals;
  }
  if (!any_digit) return fail(ErrorKind::invalid_input, "money.malformed", "no digits");
  for (int i = decimals < 0 ? 0 : decimals; i < scale; ++i) {
    if (value > value_max / 10) {
      return fail(ErrorKind::invalid_input, "money.too_large", "beyond 64 bits");
    }
    value *= 10;
  }
  const auto fen = static_cast<std::int64_t>(value);
  return Fen{negative ? -fen : fen};
}

std::string yuan_text(Fen amount, bool separators) {
  const bool negative = amount.value < 0;
  // Negating in unsigned arithmetic is defined for the smallest value too.
  const std::uint64_t fen = negative ? 0 - static_cast<std::uint64_t>(amount.value)
                                     : static_cast<std::uint64_t>(amount.value);
  std::string yuan = fmt::format("{}", fen / 100);
  if (separators) {
    for (auto i = static_cast<std::ptrdiff_t>(yuan.size()) - 3; i > 0; i -= 3) {
      yuan.insert(static_cast<std::size_t>(i), ",");
    }
  }
  return fmt::format("{}{}.{:02}", negative ? "-" : "", yuan, fen % 100);
}

}  // namespace

Result<Fen> parse_yuan(std::string_view text) {
  text = trim(text);
  for (const std::string_view sign : {"¥", "￥"}) {
    if (text.starts_with(sign)) text = trim(text.substr(sign.size()));
  }
  int scale = 2;
  if (text.ends_with("元"))
    text = trim(text.substr(0, text.size() - std::string_view("元").size()));
  if (text.ends_with("万")) {
    scale = 6;
    text = trim(text.substr(0, text.size() - std::string_view("万").size()));
  }
  return parse_scaled(text, scale);
}

Result<Fen> parse_fen(std::string_view text) {
  return parse_scaled(trim(text), 0);
}

std::string format_yuan(Fen amount) {
  return yuan_text(amount, true);
}
std::string plain_yuan(Fen amount) {
  return yuan_text(amount, false);
}

}  // namespace anlan
