#pragma once

#include <cstdint>
#include <string>

#include "catalog/dossier.hpp"

namespace anlan::rules {

enum class Kind : std::uint8_t {
  boolean,
  integer,
  fen,
  ratio,
  month,
  date,
  text,
  row,     ///< one row of a list, a fact, or none: then all its fields are missing
  rows,    ///< some rows of one list
  values,  ///< some values of one scalar kind
};

/// The type of an expression. Every scalar may also be missing; a missing bool is "unknown".
struct Type {
  Kind kind = Kind::boolean;
  Kind element = Kind::boolean;  ///< of `values`
  std::uint16_t list = 0;        ///< of `row` and `rows`: index into DossierKind::lists

  static Type scalar(Kind kind) { return {kind, Kind::boolean, 0}; }
  static Type row_of(std::size_t list) {
    return {Kind::row, Kind::boolean, static_cast<std::uint16_t>(list)};
  }
  static Type rows_of(std::size_t list) {
    return {Kind::rows, Kind::boolean, static_cast<std::uint16_t>(list)};
  }
  static Type values_of(Kind element) { return {Kind::values, element, 0}; }

  bool is_scalar() const { return kind < Kind::row; }
  bool is_list() const { return kind == Kind::rows || kind == Kind::values; }
  /// int, fen or ratio: may be added, negated and summed.
  bool is_number() const {
    return kind == Kind::integer || kind == Kind::fen || kind == Kind::ratio;
  }
  /// Of one element of a list.
  Type of_element() const { return kind == Kind::rows ? row_of(list) : scalar(element); }

  friend bool operator==(const Type&, const Type&) = default;
};

Kind kind_of(catalog::FieldType type);

/// int, list<string>, a row of payments: as docs/rules.md writes types.
std::string type_name(const Type& type, const catalog::DossierKind& dossier);
std::string kind_name(Kind kind);

}  // namespace anlan::rules
