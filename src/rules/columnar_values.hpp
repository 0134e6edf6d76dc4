#pragma once

// One value at a time in and out of Vecs, for operations that are not worth a loop of their own.

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/check.hpp"
#include "rules/columnar_evaluator.hpp"
#include "rules/columnar_vector.hpp"
#include "rules/scalar.hpp"

namespace anlan::rules::columnar {

template <class T>
T* zeroed(Arena& arena, std::size_t count) {
  auto* values = arena.array<T>(count);
  // T may be a pointer, whose size is what is wanted.
  std::memset(static_cast<void*>(values), 0,
              count * sizeof(T));  // NOLINT(bugprone-sizeof-expression)
  return values;
}

/// Results of a costly function of one number, the latest for each place; in an arena.
class Memo {
 public:
  enum class State : std::uint8_t { fresh, known, missing, failed };
  struct Entry {
    std::uint64_t key;
    std::int64_t number;
    State state;
  };

  /// `places`: a power of two.
  static Memo make(Arena& arena, std::size_t places) {
    return {zeroed<Entry>(arena, places), places};
  }
  Memo() = default;
  bool is_there() const { return entries_ != nullptr; }

  /// The entry for this key, which `find` fills in if it is not there.
  template <class Find>
  const Entry& get(std::uint64_t key, Find find) {
    auto& entry = entries_[(key ^ key >> 32U) & (places_ - 1)];
    if (entry.state == State::fresh || entry.key != key) {
      entry = find();
      entry.key = key;
    }
    return entry;
  }
  static Entry entry(const Scalar& value) {
    return {0, value.number,
            value.is_error()     ? State::failed
            : value.is_missing() ? State::missing
                                 : State::known};
  }

 private:
  Memo(Entry* entries, std::size_t places) : entries_(entries), places_(places) {}

  Entry* entries_ = nullptr;
  std::size_t places_ = 0;
};

class Reader {
 public:
  Reader(const Vec& vec, Kind kind) : vec_(vec), kind_(kind) {}

  bool failed(std::size_t i) const {
    if (kind_ == Kind::boolean) return vec_.as<std::uint8_t>()[vec_.at(i)] == code_failed;
    return vec_.failed(i);
  }
  bool missing(std::size_t i) const {
    return with_type(kind_,
                     [&](auto type) {
                       using T = decltype(type);
                       return vec_.as<T>()[vec_.at(i)] == missing_of<T>();
                     }) &&
           !failed(i);
  }
  bool known(std::size_t i) const { return !failed(i) && !missing(i); }
  std::int64_t number(std::size_t i) const {
    return with_type(kind_, [&](auto type) {
      return static_cast<std::int64_t>(vec_.as<decltype(type)>()[vec_.at(i)]);
    });
  }

 private:
  Vec vec_;
  Kind kind_;
};

class Writer {
 public:
  Writer(Arena& arena, Kind kind, std::size_t count) : arena_(arena), kind_(kind), count_(count) {
    with_type(kind, [&](auto type) { values_ = arena.array<decltype(type)>(count); });
  }

  void set(std::size_t i, std::int64_t number) {
    with_type(kind_, [&](auto type) {
      using T = decltype(type);
      static_cast<T*>(values_)[i] = static_cast<T>(number);
    });
  }
  /// The number for all items; none: missing.
  void fill(std::optional<std::int64_t> number) {
    with_type(kind_, [&](auto type) {
      using T = decltype(type);
      std::fill_n(static_cast<T*>(values_), count_,
                  number ? static_cast<T>(*number) : missing_of<T>());
    });
  }
  void miss(std::size_t i) {
    with_type(kind_, [&](auto type) {
      using T = decltype(type);
      static_cast<T*>(values_)[i] = missing_of<T>();
    });
  }
  void fail(std::size_t i) {
    if (kind_ == Kind::boolean) return set(i, code_failed);
    if (errors_ == nullptr) errors_ = zeroed<std::uint8_t>(arena_, count_);
    errors_[i] = 1;
    miss(i);
  }
  void copy(std::size_t i, const Reader& from, std::size_t at) {
    if (from.failed(at)) {
      fail(i);
    } else {
      set(i, from.number(at));
    }
  }
  /// Of a kind other than text.
  void put(std::size_t i, const Scalar& value) {
    if (value.is_error()) return fail(i);
    if (value.is_missing()) return miss(i);
    set(i, value.number);
  }
  void put(std::size_t i, const Memo::Entry& value) {
    if (value.state == Memo::State::failed) return fail(i);
    if (value.state == Memo::State::missing) return miss(i);
    set(i, value.number);
  }
  template <class T>
  T* values() {
    return static_cast<T*>(values_);
  }
  Vec done() const { return {values_, errors_, false}; }

 private:
  Arena& arena_;
  Kind kind_;
  std::size_t count_;
  void* values_ = nullptr;
  std::uint8_t* errors_ = nullptr;
};

}  // namespace anlan::rules::columnar
