#pragma once

#include <memory>
#include <string>
#include <string_view>

struct UConverter;

namespace anlan::ingest {

/// Whether `bytes` are UTF-8; a character cut off at the end is forgiven if `cut_off`.
bool is_utf8(std::string_view bytes, bool cut_off = false);

/// Converts GB18030 piece by piece; a character may be split between pieces.
class Gb18030Decoder {
 public:
  Gb18030Decoder();
  /// Appends UTF-8 to `out`; false at the first byte that is no GB18030. `last`: nothing follows.
  bool decode(std::string_view bytes, bool last, std::string& out);

 private:
  struct Close {
    void operator()(UConverter* converter) const;
  };
  std::unique_ptr<UConverter, Close> converter_;
};

}  // namespace anlan::ingest
