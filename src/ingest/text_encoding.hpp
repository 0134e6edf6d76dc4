#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ingest/byte_source.hpp"
#include "ingest/text_buffer.hpp"

namespace anlan::ingest {

enum class Encoding { utf8, utf16le, utf16be, gb18030 };

std::string_view encoding_name(Encoding encoding);  ///< "UTF-8", "UTF-16LE", "UTF-16BE", "GB18030"
/// Also "utf8", "gbk", "gb2312", "utf-16" (little-endian) and the like.
std::optional<Encoding> encoding_called(std::string_view name);

/// Length of the longest beginning of `text` that is well-formed UTF-8 (shortest forms, no
/// surrogates).
std::size_t valid_utf8_prefix(std::string_view text);

/// What one pass over a whole file tells before any of it is understood.
struct TextSurvey {
  std::string sha256;
  std::uint64_t bytes = 0;
  Encoding encoding =
      Encoding::utf8;  ///< by BOM, else NUL bytes in the head, else valid UTF-8, else GB18030
};

/// Reads `source` to its end, or to where a line is so long that CsvParts will refuse the file.
/// Nothing is decided from a sample: one late GB18030 name decides. Errors: as ByteSource::read.
Result<TextSurvey> survey_text(ByteSource& source);

/// Turns a file's bytes into UTF-8 text, without its BOM, block by block.
class TextReader {
 public:
  /// Borrows `source`, which must outlive it; `path` is for errors.
  TextReader(ByteSource& source, Encoding encoding, std::string path);
  ~TextReader();

  /// Appends some text to `to`; false at the end. `line` is the line at which all of `to` begins,
  /// for errors. Errors: invalid_input "text.encoding" naming the line and byte offset of what is
  /// not in the encoding, "text.nul" naming the line of a NUL character; as ByteSource::read.
  Result<bool> read(TextBuffer& to, std::int64_t line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace anlan::ingest
