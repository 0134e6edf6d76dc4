#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "rules/arithmetic.hpp"
#include "rules/checked.hpp"

namespace anlan::rules {

/// What a scalar expression gives: a value, nothing known, or an error.
struct Scalar {
  enum class State : std::uint8_t { known, missing, error };

  State state = State::missing;
  Fault fault = Fault::none;
  std::int64_t number = 0;  ///< as Node::value; of text unused
  std::string text;

  static Scalar of(std::int64_t number) { return {State::known, Fault::none, number, {}}; }
  static Scalar of(Number number) {
    if (number.fault != Fault::none) return failed(number.fault);
    return of(number.value);
  }
  static Scalar of_text(std::string text) {
    return {State::known, Fault::none, 0, std::move(text)};
  }
  static Scalar missing() { return {}; }
  static Scalar failed(Fault fault) { return {State::error, fault, 0, {}}; }

  bool known() const { return state == State::known; }
  bool is_missing() const { return state == State::missing; }
  bool is_error() const { return state == State::error; }
  bool is_true() const { return known() && number != 0; }
  bool is_false() const { return known() && number == 0; }

  friend bool operator==(const Scalar&, const Scalar&) = default;
};

/// Less than zero, zero or more than zero, as `a` comes before, with or after `b`, both known.
int compare(const Scalar& a, const Scalar& b, Kind kind);

/// Of bools: false if any is false, else an error if any is one, else unknown if any is, else true;
/// so the order of the parts never shows. `any_of` is its dual.
Scalar all_of(std::span<const Scalar> parts);
Scalar any_of(std::span<const Scalar> parts);

/// The value of an operation on scalars (Op from `equal` on, except lists' and `has`, and
/// logical_not): an error if an argument is one, else missing if one is, with stat_month's post
/// class the one exception. `kind` is that of the first argument; `pattern` is for `matches`.
Scalar apply(Op op, Kind kind, std::span<const Scalar> arguments,
             const re2::RE2* pattern = nullptr);

/// Whether `apply` knows the operation.
bool is_plain(Op op);

/// The value as hits carry it: fen and int as digits, months 2018-11, dates 2018-11-30, ratios
/// 0.35, bools true and false; the value must be known.
std::string canonical_text(const Scalar& value, Kind kind);

}  // namespace anlan::rules
