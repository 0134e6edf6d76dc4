#include "store/value.hpp"

#include "base/check.hpp"

namespace anlan::store {

Value::Value() = default;
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

Value::Value(Whole whole) : held_(whole.number) {}
Value::Value(double number) : held_(number) {}
Value::Value(const char* text) : held_(std::string(text)) {}
Value::Value(std::string_view text) : held_(std::string(text)) {}
Value::Value(std::string text) : held_(std::move(text)) {}
Value::Value(Bytes bytes) : held_(std::move(bytes)) {}

const Value& Row::at(std::string_view column) const {
  for (std::size_t i = 0; i < names_->size(); ++i) {
    if ((*names_)[i] == column) return values_[i];
  }
  CHECK(false && "the answer has this column");
  return values_.front();
}

std::int64_t Row::integer(std::string_view column) const {
  const auto* number = std::get_if<std::int64_t>(&at(column).held());
  CHECK(number != nullptr);
  return *number;
}

double Row::real(std::string_view column) const {
  const auto& held = at(column).held();
  if (const auto* number = std::get_if<std::int64_t>(&held)) return static_cast<double>(*number);
  const auto* number = std::get_if<double>(&held);
  CHECK(number != nullptr);
  return *number;
}

const std::string& Row::text(std::string_view column) const {
  const auto* text = std::get_if<std::string>(&at(column).held());
  CHECK(text != nullptr);
  return *text;
}

const std::string& Row::bytes(std::string_view column) const {
  const auto* bytes = std::get_if<Bytes>(&at(column).held());
  CHECK(bytes != nullptr);
  return bytes->data;
}

std::optional<std::int64_t> Row::maybe_integer(std::string_view column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Row::maybe_text(std::string_view column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

}  // namespace anlan::store
