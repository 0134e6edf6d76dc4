#pragma once

// Values of one expression for many items at once, and the memory they live in.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

#include "dossier/dossier.hpp"
#include "rules/type.hpp"

namespace anlan::rules::columnar {

/// Memory for the values of one block of subjects: given back all at once, and used again.
class Arena {
 public:
  template <class T>
  T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    // T may be a pointer, whose size is what is wanted.
    return static_cast<T*>(take(count * sizeof(T)));  // NOLINT(bugprone-sizeof-expression)
  }
  template <class T>
  T* make(T value) {
    return new (array<T>(1)) T(value);
  }
  void reset() {
    chunk_ = 0;
    used_ = 0;
  }

 private:
  static constexpr std::size_t alignment = 64;
  static constexpr std::size_t chunk_bytes = std::size_t{1} << 20U;

  struct Free {
    void operator()(std::byte* memory) const {
      ::operator delete (memory, std::align_val_t{alignment});
    }
  };
  struct Chunk {
    std::unique_ptr<std::byte, Free> memory;
    std::size_t size = 0;
  };

  void* take(std::size_t bytes) {
    bytes = (bytes + alignment - 1) / alignment * alignment;
    while (chunk_ < chunks_.size() && used_ + bytes > chunks_[chunk_].size) {
      ++chunk_;
      used_ = 0;
    }
    if (chunk_ == chunks_.size()) add_chunk(bytes);
    auto* memory = chunks_[chunk_].memory.get() + used_;
    used_ += bytes;
    return memory;
  }
  void add_chunk(std::size_t bytes) {
    const auto size = bytes > chunk_bytes ? bytes : chunk_bytes;
    auto* memory = static_cast<std::byte*>(::operator new (size, std::align_val_t{alignment}));
    chunks_.push_back({std::unique_ptr<std::byte, Free>(memory), size});
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
};

/// Bools are bytes: a flag column is one as it stands.
constexpr std::uint8_t code_false = 0;
constexpr std::uint8_t code_true = 1;
constexpr std::uint8_t code_unknown = dossier::missing_flag;
constexpr std::uint8_t code_failed = 3;

constexpr std::uint32_t no_row = dossier::missing_text;

/// One value per item: int32 for months and dates, int64 for numbers, uint8 codes for bools, uint32
/// for texts (TextPool) and rows. Missing values as in columns.
struct Vec {
  const void* values = nullptr;
  const std::uint8_t* errors = nullptr;  ///< not of bools: 1 where the value is an error; or none
  bool constant = false;                 ///< one value (and error) stands for all items

  template <class T>
  const T* as() const {
    return static_cast<const T*>(values);
  }
  std::size_t at(std::size_t item) const { return constant ? 0 : item; }
  bool failed(std::size_t item) const { return errors != nullptr && errors[at(item)] != 0; }
};

template <class T>
constexpr T missing_of() {
  if constexpr (std::is_same_v<T, std::int32_t>) return dossier::missing_int32;
  if constexpr (std::is_same_v<T, std::int64_t>) return dossier::missing_int64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return code_unknown;
  if constexpr (std::is_same_v<T, std::uint32_t>) return dossier::missing_text;
}

/// Calls `f` with a value of the type that values of `kind` have.
template <class F>
decltype(auto) with_type(Kind kind, F f) {
  switch (kind) {
    case Kind::boolean:
      return f(std::uint8_t{});
    case Kind::month:
    case Kind::date:
      return f(std::int32_t{});
    case Kind::integer:
    case Kind::fen:
    case Kind::ratio:
      return f(std::int64_t{});
    default:
      return f(std::uint32_t{});
  }
}

}  // namespace anlan::rules::columnar
