#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/part.hpp"
#include "ingest/text_encoding.hpp"

namespace anlan::ingest {

/// The parts of a delimited text file (RFC 4180; LF or CRLF). A quote opens only at the beginning
/// of a field.
class CsvParts : public PartSource {
 public:
  CsvParts(std::unique_ptr<ByteSource> bytes, Encoding encoding, char delimiter, std::string path);

  /// Errors: invalid_input "csv.quote_open" (line on which the quote opened), "csv.record_too_long"
  /// (line); as TextReader::read.
  Result<bool> next(Part& part, std::size_t records_max) override;
  double progress() const override { return bytes_->progress(); }

 private:
  std::unique_ptr<ByteSource> bytes_;
  TextReader reader_;
  char delimiter_;
  std::string path_;
  std::string carry_;  ///< text read but not yet handed out
  std::int64_t line_ = 1;
  bool at_end_ = false;
};

/// The fields of the records of some CSV text, one record after the other.
class CsvFields {
 public:
  CsvFields(std::string_view text, char delimiter, std::int64_t first_line);

  /// Moves to the next record that is not a blank line; false at the end.
  bool next();

  const std::string_view* fields() const { return fields_.data(); }
  std::size_t count() const { return count_; }
  std::int64_t line() const { return record_line_; }
  std::string_view raw() const { return raw_; }
  /// Text behind a closing quote, such as `"a"b`.
  bool quote_malformed() const { return quote_malformed_; }
  bool too_many() const { return too_many_; }

 private:
  void add(std::string_view field) {
    if (count_ == record_fields_max) {
      too_many_ = true;
      return;
    }
    fields_[count_++] = field;
  }
  std::string_view unescaped(std::string_view quoted);

  const char* at_;
  const char* end_;
  char delimiter_;
  std::int64_t line_;
  std::int64_t record_line_ = 0;
  std::string_view raw_;
  std::vector<std::string_view> fields_;
  std::size_t count_ = 0;
  bool quote_malformed_ = false;
  bool too_many_ = false;
  std::vector<std::unique_ptr<char[]>> scratch_;  ///< fields whose doubled quotes were made single
};

/// The delimiter of a header line among , tab | ; — the one that occurs most outside quotes; a
/// comma if none does.
char guess_delimiter(std::string_view text);

}  // namespace anlan::ingest
