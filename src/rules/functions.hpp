#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/checked.hpp"

namespace anlan::rules {

/// A function of the field: plain values in, a plain value out. One name may stand for several.
struct FieldFunction {
  std::string_view name;
  Op op;
  std::vector<Kind> takes;
  Kind gives;
  bool swapped = false;  ///< the operation takes its two arguments the other way round
};

std::span<const FieldFunction> field_functions();

/// "share(fen, ratio)"
std::string signature(const FieldFunction& function);

}  // namespace anlan::rules
