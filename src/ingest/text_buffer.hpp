#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace anlan::ingest {

/// Growing text that is never cleared to zero first, and behind whose end 64 bytes may always be
/// read: so that scanning needs no look at the end before each step.
class TextBuffer {
 public:
  static constexpr std::size_t padding = 64;

  std::size_t size() const { return size_; }
  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  std::string_view view() const { return {bytes_.get(), size_}; }

  void clear() { resize(0); }
  /// Makes room for `more` bytes behind the end, and gives their place; call grew() once they are
  /// filled.
  char* room(std::size_t more) {
    if (size_ + more + padding > capacity_) grow(size_ + more + padding);
    return bytes_.get() + size_;
  }
  void grew(std::size_t more) { resize(size_ + more); }
  void resize(std::size_t size) {
    if (capacity_ == 0) grow(padding);
    size_ = size;
    std::memset(bytes_.get() + size_, 0, padding);
  }
  void append(std::string_view text) {
    char* to = room(text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    grew(text.size());
  }

 private:
  void grow(std::size_t capacity) {
    capacity = std::max(capacity, capacity_ + capacity_ / 2);
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace anlan::ingest
