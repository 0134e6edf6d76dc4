#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace anlan {

/// Without spaces, tabs and line ends at both ends; also the full-width space U+3000.
std::string_view trim(std::string_view text);

/// The pieces between `separator`s; "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Columns a terminal needs for UTF-8 `text`: 2 for a Chinese character, 1 otherwise.
std::size_t display_width(std::string_view text);

/// `text` filled with spaces to `width` terminal columns, at the right or at the left.
std::string pad_right(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);

/// One CSV field (RFC 4180): quoted only when it must be.
std::string csv_field(std::string_view text);

/// A string literal of SQL: 'it''s'.
std::string sql_quoted(std::string_view text);

}  // namespace anlan
