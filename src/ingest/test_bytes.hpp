#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "ingest/byte_source.hpp"

namespace anlan::ingest {

/// Bytes from memory, handed out in pieces so small that every border is met.
class Bytes : public ByteSource {
 public:
  Bytes(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    const std::size_t count = std::min({size, piece_, text_.size() - at_});
    std::memcpy(to, text_.data() + at_, count);
    at_ += count;
    return count;
  }
  double progress() const override { return -1; }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

}  // namespace anlan::ingest
