#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/table.hpp"

namespace anlan::ingest {

/// From what a file says to the code of our list: the code itself, its Chinese label, a value of
/// another system
/// (`also`), or one the mapping file translates. Codes that lost their leading zeros in a
/// spreadsheet are found too.
class CodeLookup {
 public:
  /// `values` (of a mapping file) come before everything else.
  CodeLookup(const catalog::CodeList& list, const std::map<std::string, std::string>& values);

  /// Index in `codes()`, or -1. Text of up to 8 bytes is found without a string's hash; up to 8
  /// bytes behind `text` are read.
  int find(std::string_view text) const;
  const std::vector<std::string>& codes() const { return codes_; }
  bool open() const { return open_; }

 private:
  struct Slot {
    std::uint64_t word = 0;
    int index = -1;
  };
  void add(const std::string& text, int index);

  std::vector<std::string> codes_;
  std::vector<Slot> slots_;  ///< a power of two of them, at most a quarter filled
  std::unordered_map<std::string, int> longer_;
  std::map<std::string, int> all_;
  bool open_ = false;
};

/// The first `size` (at most 8) bytes at `text` as one word; 8 bytes are read.
std::uint64_t word_of(const char* text, std::size_t size);

}  // namespace anlan::ingest
