#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/reason.hpp"

namespace anlan::ingest {

/// In what unit a money column of a file is given.
enum class MoneyUnit : std::uint8_t { yuan, wan, fen };

/// In what order the parts of a date stand when the year does not come first.
enum class DateOrder : std::uint8_t { year_first, day_first, month_first };

std::string_view trim_slow(std::string_view text);

/// Without blanks (also U+3000) at both ends.
inline std::string_view trim_fast(std::string_view text) {
  const auto edge = [](char c) {
    // Bytes of U+3000 are E3 80 80; other characters of these bytes are sorted out by trim_slow.
    return static_cast<unsigned char>(c) <= ' ' || c == '\xE3' || c == '\x80';
  };
  if (text.empty() || (!edge(text.front()) && !edge(text.back()))) return text;
  return trim_slow(text);
}

/// As typed values are read when they are not plain: trimmed, without a spreadsheet's leading
/// apostrophe, full-width letters, digits and signs as half-width ones.
std::string plain_text(std::string_view text);

/// A number a spreadsheet has written as 1.10105E+17, and with it lost the last digits.
bool is_scientific(std::string_view text);

// Each reads a trimmed value that is not empty; Reason::none when it could, with the result in
// `out`.
Reason read_month(std::string_view text, DateOrder order, std::int32_t& out);  ///< 201811
Reason read_date(std::string_view text, DateOrder order,
                 std::int32_t& out);  ///< days since 1970-01-01
Reason read_time(std::string_view text, DateOrder order,
                 std::int64_t& out);  ///< microseconds, local
Reason read_integer(std::string_view text, std::int64_t& out);
Reason read_money(std::string_view text, MoneyUnit unit, std::int64_t& out);  ///< fen
Reason read_ratio(std::string_view text, std::int64_t& out);                  ///< millionths
Reason read_flag(std::string_view text, bool& out);

}  // namespace anlan::ingest
