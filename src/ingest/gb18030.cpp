#include "ingest/gb18030.hpp"

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <array>
#include <cstdint>

#include "base/check.hpp"

namespace anlan::ingest {

bool is_utf8(std::string_view bytes, bool cut_off) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xC2 && lead < 0xE0   ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if (i + k == bytes.size()) return cut_off;
      const auto byte = static_cast<unsigned char>(bytes[i + k]);
      if ((byte & 0xC0) != 0x80) return false;
      // No longer form than needed, no surrogates, nothing above U+10FFFF.
      if (k == 1 && ((lead == 0xE0 && byte < 0xA0) || (lead == 0xED && byte > 0x9F) ||
                     (lead == 0xF0 && byte < 0x90) || (lead == 0xF4 && byte > 0x8F))) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

void Gb18030Decoder::Close::operator()(UConverter* converter) const {
  ucnv_close(converter);
}

Gb18030Decoder::Gb18030Decoder() {
  UErrorCode status = U_ZERO_ERROR;
  converter_.reset(ucnv_open("GB18030", &status));
  CHECK(U_SUCCESS(status));
  ucnv_setToUCallBack(converter_.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                      &status);
  CHECK(U_SUCCESS(status));
}

bool Gb18030Decoder::decode(std::string_view bytes, bool last, std::string& out) {
  std::array<UChar, 4096> wide;
  std::array<char, 3 * 4096> narrow;  // a UTF-16 unit needs at most 3 bytes
  const char* source = bytes.data();
  const char* const source_end = source + bytes.size();
  UChar held = 0;  // the first half of a character that was split between rounds
  for (;;) {
    UChar* target = wide.data();
    if (held != 0) *target++ = held;
    UErrorCode status = U_ZERO_ERROR;
    ucnv_toUnicode(converter_.get(), &target, wide.data() + wide.size(), &source, source_end,
                   nullptr, last, &status);
    const bool full = status == U_BUFFER_OVERFLOW_ERROR;
    if (U_FAILURE(status) && !full) return false;
    auto units = static_cast<std::int32_t>(target - wide.data());
    held = units > 0 && U16_IS_LEAD(wide[static_cast<std::size_t>(units) - 1]) && full
               ? wide[static_cast<std::size_t>(--units)]
               : 0;
    std::int32_t size = 0;
    status = U_ZERO_ERROR;
    u_strToUTF8(narrow.data(), static_cast<std::int32_t>(narrow.size()), &size, wide.data(), units,
                &status);
    if (U_FAILURE(status)) return false;
    out.append(narrow.data(), static_cast<std::size_t>(size));
    if (!full) return true;
  }
}

}  // namespace anlan::ingest
