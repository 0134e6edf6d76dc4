#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace anlan::catalog {

/// A text out of a YAML file that knows where in the file each of its bytes stands, so that an
/// error inside it can point there.
struct LocatedText {
  std::string text;
  int line = 0;                   ///< of its start, from 1
  std::vector<std::uint32_t> at;  ///< offset in the file of each byte; the last one is of its end

  bool empty() const { return text.empty(); }
};

/// The value of the YAML scalar that begins at `offset` of `file`, with its places. `value` is
/// what the YAML parser read; if the places cannot be told for certain, all of them are `offset`.
LocatedText locate_scalar(std::string_view file, std::size_t offset, const std::string& value);

/// "rule.yaml:9:24: `problem`", then the line and, under bytes [begin, end) of `text`, carets.
/// `content` is the whole file. Columns count characters from 1.
std::string point_at(const std::string& file_name, std::string_view content,
                     const LocatedText& text, std::size_t begin, std::size_t end,
                     const std::string& problem);

}  // namespace anlan::catalog
