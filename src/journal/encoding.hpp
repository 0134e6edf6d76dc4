#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace anlan::journal {

/// Lower-case hex.
std::string hex(std::string_view bytes);
std::optional<std::string> bytes_of_hex(std::string_view text);

/// RFC 4648 section 4, with padding.
std::string base64(std::string_view bytes);
/// Only the one spelling that base64() gives: no spaces, no missing padding, no stray bits.
std::optional<std::string> bytes_of_base64(std::string_view text);

/// 32- and 64-bit numbers, highest byte first.
std::string big_endian32(std::uint32_t number);
std::string big_endian64(std::uint64_t number);
std::uint64_t number_of_big_endian(std::string_view bytes);

/// What a damaged file says, fit for an error: bytes other than printable ASCII become '?'.
std::string printable(std::string_view bytes);

/// A decimal number without sign or leading zeros.
std::optional<std::uint64_t> number_of_decimal(std::string_view text);

}  // namespace anlan::journal
