#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace anlan::store {

/// Raw bytes, as hashes and ciphertexts are; never taken for text.
struct Bytes {
  std::string data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

/// One value of a statement or row: NULL, a 64-bit integer, a double, UTF-8 text or bytes. Flags
/// are 0 and 1, money is fen, days are Date::days, moments are Instant::ms.
class Value {
 public:
  using Variant = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;

  // Out of line: g++ 12 sees uninitialised strings in inlined copies of a variant (GCC bug 105562).
  Value();
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();

  Value(std::nullopt_t) : Value() {}
  Value(std::integral auto number) : Value(Whole{static_cast<std::int64_t>(number)}) {}
  Value(double number);
  Value(const char* text);
  Value(std::string_view text);
  Value(std::string text);
  Value(Bytes bytes);
  template <class T>
  Value(std::optional<T> maybe) : Value() {
    if (maybe) *this = Value(std::move(*maybe));
  }

  const Variant& held() const { return held_; }
  bool is_null() const { return held_.index() == 0; }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  struct Whole {
    std::int64_t number;
  };
  explicit Value(Whole whole);

  Variant held_;
};

/// One row of an answer. Asking for a column that is not there, for another type than it has, or
/// for the value of a NULL is a mistake of the program and stops it.
class Row {
 public:
  using Names = std::shared_ptr<const std::vector<std::string>>;
  Row(Names names, std::vector<Value> values)
      : names_(std::move(names)), values_(std::move(values)) {}

  bool is_null(std::string_view column) const { return at(column).is_null(); }
  std::int64_t integer(std::string_view column) const;
  double real(std::string_view column) const;  ///< also of an integer
  const std::string& text(std::string_view column) const;
  const std::string& bytes(std::string_view column) const;
  bool flag(std::string_view column) const { return integer(column) != 0; }
  std::optional<std::int64_t> maybe_integer(std::string_view column) const;
  std::optional<std::string> maybe_text(std::string_view column) const;

  const Value& at(std::string_view column) const;
  const std::vector<std::string>& names() const { return *names_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  Names names_;
  std::vector<Value> values_;
};

using Rows = std::vector<Row>;

}  // namespace anlan::store
