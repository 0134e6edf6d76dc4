#include "ingest/rejects.hpp"

#include <fmt/format.h>

#include <iterator>

namespace anlan::ingest {
namespace {

void append_quoted(std::string& lines, std::string_view text) {
  lines += '"';
  for (const char c : text) {
    if (c == '"') lines += '"';
    lines += c;
  }
  lines += '"';
}

}  // namespace

std::string rejects_header() {
  return "\xEF\xBB\xBFrow_no,kind,column,value,code,reason_zh,reason_en,row\n";
}

void append_reject(std::string& lines, std::int64_t row_no, bool mark, std::string_view column,
                   std::string_view value, Reason reason, std::string_view row) {
  fmt::format_to(std::back_inserter(lines), "{},{},{},", row_no, mark ? "mark" : "reject", column);
  append_quoted(lines, value);
  fmt::format_to(std::back_inserter(lines), ",{},", reason_code(reason));
  append_quoted(lines, reason_words(reason, Lang::zh));
  lines += ',';
  append_quoted(lines, reason_words(reason, Lang::en));
  lines += ',';
  append_quoted(lines, row);
  lines += '\n';
}

}  // namespace anlan::ingest
