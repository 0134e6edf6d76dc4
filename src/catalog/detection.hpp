#pragma once

#include <string>
#include <vector>

#include "base/lang.hpp"

namespace anlan::catalog {

enum class Severity { low, medium, high };

/// What `amount_fen` of a detection's hits means; only `recoverable` enters totals of money to get
/// back.
enum class AmountKind {
  recoverable,  ///< A1–A5, A8: to be paid back if the lead is confirmed
  difference,   ///< A7: two books that should agree differ by this
  exposure,     ///< A6: handled while a control was broken; not a loss
};

enum class ParamType { integer, fen, ratio, text, date, month };

/// A named value a detection reads. `value` is already in canonical form (fen as an integer, ratio
/// as a decimal, date as 2018-11-30, month as 201811).
struct Param {
  std::string name;
  ParamType type = ParamType::integer;
  std::string value;
  Title title;
  std::string unit;
  std::string sure;  ///< seed | found | known | assumed
};

/// What models and rules have in common: all that leads know of what found them.
struct Detection {
  std::string name;  ///< folder name, snake_case
  std::string code;  ///< EP-15
  Title title;
  std::string about;                ///< subject kind
  std::vector<std::string> phases;  ///< before | during | after
  Severity severity = Severity::medium;
  AmountKind amount_kind = AmountKind::exposure;
  Title because;  ///< one sentence about the lead, with {placeholders}
  std::vector<std::string> measures;
  std::vector<std::string> basis;
  Title false_alarms;
  std::string yaml;     ///< text of its .yaml, so that a run can keep it
  std::string spec;     ///< text of its .spec
  std::string version;  ///< 16 hex digits: hash of all that decides what it finds
};

}  // namespace anlan::catalog
