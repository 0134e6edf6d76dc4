#include "ingest/text_encoding.hpp"

#include <fmt/format.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/sha256.hpp"

namespace anlan::ingest {
namespace {

constexpr std::size_t block_bytes = 1 << 20;
constexpr std::size_t line_bytes_max = std::size_t{64}
                                       << 20;  // UTF-16 of a record too long for CsvParts

constexpr std::string_view utf8_bom = "\xEF\xBB\xBF";
constexpr std::string_view utf16le_bom = "\xFF\xFE";
constexpr std::string_view utf16be_bom = "\xFE\xFF";

/// Length of the well-formed character at `p`, or 0.
std::size_t utf8_character(const unsigned char* p, std::size_t left) {
  const auto tail = [](unsigned char c) { return (c & 0xC0) == 0x80; };
  if (p[0] < 0x80) return 1;
  if (p[0] < 0xC2) return 0;
  if (p[0] < 0xE0) return left >= 2 && tail(p[1]) ? 2 : 0;
  if (p[0] < 0xF0) {
    if (left < 3 || !tail(p[1]) || !tail(p[2])) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;
    if (p[0] == 0xED && p[1] > 0x9F) return 0;
    return 3;
  }
  if (p[0] > 0xF4 || left < 4 || !tail(p[1]) || !tail(p[2]) || !tail(p[3])) return 0;
  if (p[0] == 0xF0 && p[1] < 0x90) return 0;
  if (p[0] == 0xF4 && p[1] > 0x8F) return 0;
  return 4;
}

/// Appends a character at `to` and returns the place behind it.
char* put_character(char* to, std::uint32_t point) {
  if (point < 0x80) {
    *to++ = static_cast<char>(point);
  } else if (point < 0x800) {
    *to++ = static_cast<char>(0xC0 | point >> 6);
    *to++ = static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    *to++ = static_cast<char>(0xE0 | point >> 12);
    *to++ = static_cast<char>(0x80 | (point >> 6 & 0x3F));
    *to++ = static_cast<char>(0x80 | (point & 0x3F));
  } else {
    *to++ = static_cast<char>(0xF0 | point >> 18);
    *to++ = static_cast<char>(0x80 | (point >> 12 & 0x3F));
    *to++ = static_cast<char>(0x80 | (point >> 6 & 0x3F));
    *to++ = static_cast<char>(0x80 | (point & 0x3F));
  }
  return to;
}

/// GB18030: two-byte characters through a table filled once from ICU, four-byte ones through ICU
/// each time.
class Gb18030 {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  Gb18030() : two_(126 * 191, none) {
    UErrorCode status = U_ZERO_ERROR;
    converter_ = ucnv_open("gb18030", &status);
    CHECK(U_SUCCESS(status));
    ucnv_setToUCallBack(converter_, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    for (unsigned lead = 0x81; lead <= 0xFE; ++lead) {
      for (unsigned trail = 0x40; trail <= 0xFE; ++trail) {
        if (trail == 0x7F) continue;
        const unsigned char bytes[2] = {static_cast<unsigned char>(lead),
                                        static_cast<unsigned char>(trail)};
        two_[slot(bytes)] = ask({bytes, 2});
      }
    }
    // The edition of 2005 kept these in the private use area; that of 2022 gives them their own
    // code points.
    constexpr std::pair<unsigned, std::uint32_t> moved[] = {
        {0xA6D9, 0xFE10}, {0xA6DA, 0xFE12}, {0xA6DB, 0xFE11}, {0xA6DC, 0xFE13}, {0xA6DD, 0xFE14},
        {0xA6DE, 0xFE15}, {0xA6DF, 0xFE16}, {0xA6EC, 0xFE17}, {0xA6ED, 0xFE18}, {0xA6F3, 0xFE19},
        {0xFE59, 0x9FB4}, {0xFE61, 0x9FB5}, {0xFE66, 0x9FB6}, {0xFE67, 0x9FB7}, {0xFE6D, 0x9FB8},
        {0xFE7E, 0x9FB9}, {0xFE90, 0x9FBA}, {0xFEA0, 0x9FBB}};
    for (const auto& [code, point] : moved) {
      const unsigned char bytes[2] = {static_cast<unsigned char>(code >> 8),
                                      static_cast<unsigned char>(code & 0xFF)};
      two_[slot(bytes)] = point;
    }
  }
  ~Gb18030() { ucnv_close(converter_); }
  Gb18030(const Gb18030&) = delete;
  Gb18030& operator=(const Gb18030&) = delete;

  /// The character of `length` (2 or 4) bytes at `p`.
  std::uint32_t two(const unsigned char* p) const {
    return p[1] < 0x40 || p[1] == 0x7F || p[1] == 0xFF ? none : two_[slot(p)];
  }
  std::uint32_t four(const unsigned char* p) { return ask({p, 4}); }

 private:
  static std::size_t slot(const unsigned char* p) { return (p[0] - 0x81u) * 191u + (p[1] - 0x40u); }

  std::uint32_t ask(std::basic_string_view<unsigned char> bytes) {
    UErrorCode status = U_ZERO_ERROR;
    ucnv_resetToUnicode(converter_);
    const char* from = reinterpret_cast<const char*>(bytes.data());
    const UChar32 point = ucnv_getNextUChar(converter_, &from, from + bytes.size(), &status);
    if (U_FAILURE(status) || point < 0 ||
        from != reinterpret_cast<const char*>(bytes.data()) + bytes.size()) {
      return none;
    }
    return static_cast<std::uint32_t>(point);
  }

  UConverter* converter_ = nullptr;
  std::vector<std::uint32_t> two_;
};

std::size_t ascii_run(const unsigned char* p, std::size_t left) {
  std::size_t i = 0;
  for (; i + 8 <= left; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p + i, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (i < left && p[i] < 0x80) ++i;
  return i;
}

}  // namespace

std::string_view encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return "UTF-8";
    case Encoding::utf16le:
      return "UTF-16LE";
    case Encoding::utf16be:
      return "UTF-16BE";
    case Encoding::gb18030:
      return "GB18030";
  }
  CHECK(false && "no such encoding");
}

std::optional<Encoding> encoding_called(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == ' ') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (plain == "utf8" || plain == "utf8bom") return Encoding::utf8;
  if (plain == "utf16" || plain == "utf16le") return Encoding::utf16le;
  if (plain == "utf16be") return Encoding::utf16be;
  if (plain == "gb18030" || plain == "gbk" || plain == "gb2312" || plain == "cp936") {
    return Encoding::gb18030;
  }
  return std::nullopt;
}

std::size_t valid_utf8_prefix(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    i += ascii_run(p + i, text.size() - i);
    while (i < text.size() && p[i] >= 0x80) {
      const std::size_t length = utf8_character(p + i, text.size() - i);
      if (length == 0) return i;
      i += length;
    }
  }
  return i;
}

Result<TextSurvey> survey_text(ByteSource& source) {
  constexpr std::size_t head_bytes = 4096;
  TextSurvey survey;
  Sha256 hash;
  std::vector<char> block(block_bytes + 4);
  std::size_t kept = 0;  // bytes of a character cut off at the end of the block before
  bool utf8 = true;
  std::size_t bytes_without_line_end = 0;
  std::string head;
  for (;;) {
    const auto got = source.read(block.data() + kept, block_bytes);
    if (!got) return fail(got.error());
    hash.add({block.data() + kept, *got});
    survey.bytes += *got;
    if (head.size() < head_bytes) {
      head.append(block.data() + kept, std::min(*got, head_bytes - head.size()));
    }
    const std::string_view text(block.data(), kept + *got);
    kept = 0;
    if (utf8) {
      const std::string_view rest = text.substr(valid_utf8_prefix(text));
      if (*got == 0 || rest.size() > 3) {
        utf8 = rest.empty();
      } else {
        kept = rest.size();
        std::memmove(block.data(), rest.data(), kept);
      }
    }
    if (*got == 0) break;
    // No record of a sound file goes on for so long; the reader will say where it began.
    const auto* line_end = static_cast<const char*>(::memrchr(text.data(), '\n', text.size()));
    bytes_without_line_end = line_end == nullptr
                                 ? bytes_without_line_end + *got
                                 : static_cast<std::size_t>(text.data() + text.size() - line_end);
    if (bytes_without_line_end > line_bytes_max) break;
  }
  survey.sha256 = hash.hex();

  const auto nul_at = head.find('\0');
  if (head.starts_with(utf8_bom)) {
    survey.encoding = Encoding::utf8;
  } else if (head.starts_with(utf16le_bom)) {
    survey.encoding = Encoding::utf16le;
  } else if (head.starts_with(utf16be_bom)) {
    survey.encoding = Encoding::utf16be;
  } else if (nul_at != std::string::npos) {
    // Header names, digits and delimiters are below U+0100, so that most of one half of the bytes
    // is zero. Where the zeros are few, the file is plain text with NUL characters in it, which the
    // reader then refuses by line.
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == '\0' ? 1 : 0;
    if (zeros[1] > zeros[0] && zeros[1] * 8 >= head.size()) {
      survey.encoding = Encoding::utf16le;
    } else if (zeros[0] > zeros[1] && zeros[0] * 8 >= head.size()) {
      survey.encoding = Encoding::utf16be;
    } else {
      survey.encoding = utf8 ? Encoding::utf8 : Encoding::gb18030;
    }
  } else {
    survey.encoding = utf8 ? Encoding::utf8 : Encoding::gb18030;
  }
  return survey;
}

struct TextReader::State {
  ByteSource* source = nullptr;
  Encoding encoding = Encoding::utf8;
  std::string path;
  std::vector<char> raw = std::vector<char>(block_bytes + 8);
  std::size_t kept = 0;      // raw bytes of a character cut off at the end of the block before
  std::uint64_t offset = 0;  // of raw[0] in the file
  bool started = false;
  std::unique_ptr<Gb18030> gb18030;

  tl::unexpected<Error> wrong(const TextBuffer& to, std::int64_t line, std::uint64_t at) const {
    const auto lines = std::count(to.data(), to.data() + to.size(), '\n');
    return fail(
        ErrorKind::invalid_input, "text.encoding",
        fmt::format(
            "{}: line {}, byte offset {}: not {} text; give the file's encoding with --encoding",
            path, line + lines, at, encoding_name(encoding)));
  }
};

TextReader::TextReader(ByteSource& source, Encoding encoding, std::string path)
    : state_(std::make_unique<State>()) {
  state_->source = &source;
  state_->encoding = encoding;
  state_->path = std::move(path);
  if (encoding == Encoding::gb18030) state_->gb18030 = std::make_unique<Gb18030>();
}
TextReader::~TextReader() = default;

Result<bool> TextReader::read(TextBuffer& to, std::int64_t line) {
  State& s = *state_;
  const std::size_t begin = to.size();

  // UTF-8 needs no turning: read straight to where it is wanted, and check it there.
  if (s.encoding == Encoding::utf8) {
    char* room = to.room(block_bytes + s.kept);
    std::memcpy(room, s.raw.data(), s.kept);
    const auto got = s.source->read(room + s.kept, block_bytes);
    if (!got) return fail(got.error());
    std::size_t size = s.kept + *got;
    if (!s.started && *got > 0) {
      if (size < utf8_bom.size()) {  // too little to tell whether it begins with a BOM
        std::memcpy(s.raw.data(), room, size);
        s.kept = size;
        return true;
      }
      s.started = true;
      if (std::string_view(room, size).starts_with(utf8_bom)) {
        size -= utf8_bom.size();
        std::memmove(room, room + utf8_bom.size(), size);
        s.offset += utf8_bom.size();
      }
    }
    const std::size_t good = valid_utf8_prefix({room, size});
    const std::size_t rest = size - good;
    if (rest <= 3) std::memcpy(s.raw.data(), room + good, rest);
    to.grew(good);  // which clears what is behind
    if (rest > 3 || (rest > 0 && *got == 0)) return s.wrong(to, line, s.offset + good);
    s.kept = rest;
    s.offset += good;
    if (*got == 0) return false;
  } else {
    const auto got = s.source->read(s.raw.data() + s.kept, block_bytes);
    if (!got) return fail(got.error());
    const auto* p = reinterpret_cast<const unsigned char*>(s.raw.data());
    const std::size_t size = s.kept + *got;
    std::size_t i = 0;
    char* const room =
        to.room(size * 2 + 4);  // two bytes become at most three, or four become four
    char* out = room;
    bool good = true;
    if (s.encoding == Encoding::gb18030) {
      while (i < size) {
        const std::size_t ascii = ascii_run(p + i, size - i);
        std::memcpy(out, p + i, ascii);
        out += ascii;
        i += ascii;
        while (i < size && p[i] >= 0x80) {
          if (size - i < 2 || (p[i + 1] >= 0x30 && p[i + 1] <= 0x39 && size - i < 4)) {
            good = *got != 0;
            break;
          }
          if (p[i] == 0x80 || p[i] == 0xFF) {
            good = false;
            break;
          }
          const bool is_four = p[i + 1] >= 0x30 && p[i + 1] <= 0x39;
          const std::uint32_t point = is_four ? s.gb18030->four(p + i) : s.gb18030->two(p + i);
          if (point == Gb18030::none) {
            good = false;
            break;
          }
          out = put_character(out, point);
          i += is_four ? 4 : 2;
        }
        if (i < size && p[i] >= 0x80) break;
      }
    } else {
      const std::size_t low = s.encoding == Encoding::utf16le ? 0 : 1;
      const auto unit = [&](std::size_t at) {
        return static_cast<std::uint32_t>(p[at + low] | p[at + 1 - low] << 8);
      };
      while (i + 2 <= size) {
        std::uint32_t point = unit(i);
        if (point >= 0xD800 && point <= 0xDFFF) {
          if (i + 4 > size) break;
          const std::uint32_t second = unit(i + 2);
          if (point > 0xDBFF || second < 0xDC00 || second > 0xDFFF) {
            good = false;
            break;
          }
          point = 0x10000 + ((point - 0xD800) << 10 | (second - 0xDC00));
          i += 2;
        }
        i += 2;
        if (!s.started && point == 0xFEFF) {
          s.started = true;
          continue;
        }
        s.started = true;
        out = put_character(out, point);
      }
      if (*got == 0 && i < size) good = false;
    }
    to.grew(static_cast<std::size_t>(out - room));
    if (!good) return s.wrong(to, line, s.offset + i);
    s.kept = size - i;
    std::memmove(s.raw.data(), s.raw.data() + i, s.kept);
    s.offset += i;
    if (*got == 0) return false;
  }

  if (const void* nul = std::memchr(to.data() + begin, '\0', to.size() - begin); nul != nullptr) {
    const auto lines = std::count(std::as_const(to).data(), static_cast<const char*>(nul), '\n');
    return fail(ErrorKind::invalid_input, "text.nul",
                fmt::format("{}: line {}: a NUL character in the text", s.path, line + lines));
  }
  return true;
}

}  // namespace anlan::ingest
