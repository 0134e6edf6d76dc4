#include "ingest/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace anlan::ingest {
namespace {

/// The first `a` or `b` at or behind `from`; `end` if there is none. Up to 15 bytes behind `end`
/// are read.
const char* find_either(const char* from, const char* end, char a, char b) {
#if defined(__SSE2__)
  const __m128i all_a = _mm_set1_epi8(a);
  const __m128i all_b = _mm_set1_epi8(b);
  for (; from < end; from += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const auto found = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(text, all_a), _mm_cmpeq_epi8(text, all_b))));
    if (found != 0) return std::min(from + std::countr_zero(found), end);
  }
  return end;
#else
  while (from < end && *from != a && *from != b) ++from;
  return from;
#endif
}

}  // namespace

CsvParts::CsvParts(std::unique_ptr<ByteSource> bytes, Encoding encoding, char delimiter,
                   std::string path)
    : bytes_(std::move(bytes)),
      reader_(*bytes_, encoding, path),
      delimiter_(delimiter),
      path_(std::move(path)) {}

Result<bool> CsvParts::next(Part& part, std::size_t records_max) {
  part.clear();
  part.first_line = line_;
  TextBuffer& text = part.text;
  text.append(carry_);
  carry_.clear();

  std::size_t at = 0;            // scanned so far
  std::size_t record_start = 0;  // of the record not yet ended
  std::size_t records = 0;
  bool quoted = false;
  std::int64_t lines = 0;
  std::int64_t record_line = line_;
  std::int64_t quote_line = line_;

  while (records < records_max) {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    bool wants_more = true;
    while (at < text.size()) {
      const char* found = nullptr;
      if (!quoted) {
        found = find_either(begin + at, end, '\n', '"');
        if (found == end) {
          at = text.size();
          break;
        }
        at = static_cast<std::size_t>(found - begin) + 1;
        if (*found == '"') {
          const bool opens = found == begin + record_start || found[-1] == delimiter_;
          quoted = opens;
          if (opens) quote_line = line_ + lines;
          continue;
        }
        ++lines;
        ++records;
        record_start = at;
        record_line = line_ + lines;
        if (records == records_max || record_start >= part_bytes_max) {
          wants_more = false;
          break;
        }
      } else {
        found = find_either(begin + at, end, '\n', '"');
        if (found == end) {
          at = text.size();
          break;
        }
        if (*found == '\n') {
          ++lines;
          at = static_cast<std::size_t>(found - begin) + 1;
          continue;
        }
        if (found + 1 == end && !at_end_) {  // whether it closes depends on what follows
          at = static_cast<std::size_t>(found - begin);
          break;
        }
        const bool doubled = found + 1 < end && found[1] == '"';
        quoted = doubled;
        at = static_cast<std::size_t>(found - begin) + (doubled ? 2 : 1);
      }
    }
    if (!wants_more) break;
    if (text.size() - record_start > record_bytes_max) {
      return fail(
          ErrorKind::invalid_input, "csv.record_too_long",
          fmt::format(
              "{}: the record on line {} is longer than {} MiB{}", path_, record_line,
              record_bytes_max >> 20,
              quoted ? fmt::format("; a quote opened on line {} is not closed", quote_line) : ""));
    }
    if (at_end_) {
      if (quoted) {
        return fail(
            ErrorKind::invalid_input, "csv.quote_open",
            fmt::format("{}: a quote opened on line {} is never closed", path_, quote_line));
      }
      if (record_start < text.size()) ++records;  // the last line may lack its line end
      record_start = text.size();
      break;
    }
    const auto more = reader_.read(text, line_);
    if (!more) return fail(more.error());
    at_end_ = !*more;
  }
  carry_.assign(text.data() + record_start, text.size() - record_start);
  text.resize(record_start);
  line_ = record_line;
  return records > 0;
}

CsvFields::CsvFields(std::string_view text, char delimiter, std::int64_t first_line)
    : at_(text.data()),
      end_(text.data() + text.size()),
      delimiter_(delimiter),
      line_(first_line),
      fields_(record_fields_max) {}

std::string_view CsvFields::unescaped(std::string_view quoted) {
  // Behind a field 16 bytes may be read, as with those that lie in the file's own text.
  auto bytes = std::make_unique<char[]>(quoted.size() + 16);
  std::size_t size = 0;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    bytes[size++] = quoted[i];
    if (quoted[i] == '"') ++i;
  }
  const std::string_view plain(bytes.get(), size);
  scratch_.push_back(std::move(bytes));
  return plain;
}

bool CsvFields::next() {
  for (;;) {
    if (at_ >= end_) return false;
    if (*at_ == '\n') {
      ++at_;
    } else if (*at_ == '\r' && (at_ + 1 == end_ || at_[1] == '\n')) {
      at_ += at_ + 1 == end_ ? 1 : 2;
    } else {
      break;
    }
    ++line_;
  }
  record_line_ = line_;
  count_ = 0;
  quote_malformed_ = false;
  too_many_ = false;
  const char* const start = at_;
  const char* p = at_;
  for (;;) {
    if (*p == '"' && p < end_) {
      const char* const opened = ++p;
      bool doubled = false;
      for (;;) {
        p = find_either(p, end_, '"', '\n');
        if (p >= end_) break;
        if (*p == '\n') {
          ++line_;
          ++p;
        } else if (p + 1 < end_ && p[1] == '"') {
          doubled = true;
          p += 2;
        } else {
          break;
        }
      }
      const std::string_view inside(opened, static_cast<std::size_t>(p - opened));
      if (p < end_) ++p;
      const char* const stop = find_either(p, end_, delimiter_, '\n');
      const bool carriage_return = stop - p == 1 && *p == '\r' && (stop == end_ || *stop == '\n');
      if (stop != p && !carriage_return) quote_malformed_ = true;
      add(doubled ? unescaped(inside) : inside);
      p = stop;
    } else {
      const char* const stop = find_either(p, end_, delimiter_, '\n');
      const char* field_end = stop;
      if ((stop == end_ || *stop == '\n') && stop > p && stop[-1] == '\r') --field_end;
      add({p, static_cast<std::size_t>(field_end - p)});
      p = stop;
    }
    if (p >= end_ || *p == '\n') break;
    ++p;  // the delimiter
  }
  const char* raw_end = p;
  if (raw_end > start && raw_end[-1] == '\r') --raw_end;
  raw_ = {start, static_cast<std::size_t>(raw_end - start)};
  at_ = p < end_ ? p + 1 : p;
  ++line_;
  return true;
}

char guess_delimiter(std::string_view text) {
  constexpr std::string_view candidates = ",\t|;";
  std::size_t counts[4] = {};
  bool quoted = false;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c == '"') quoted = !quoted;
    const auto which = candidates.find(c);
    if (!quoted && which != std::string_view::npos) ++counts[which];
  }
  return candidates[static_cast<std::size_t>(std::max_element(counts, counts + 4) - counts)];
}

}  // namespace anlan::ingest
