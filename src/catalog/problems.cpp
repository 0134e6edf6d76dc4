#include "catalog/problems.hpp"

#include <fmt/format.h>

namespace anlan::catalog {

void Problems::add(std::string code, const std::string& file, int line, const std::string& text) {
  if (lines_.empty()) code_ = std::move(code);
  lines_.push_back(fmt::format("{}:{}: {}", file, line, text));
}

Error Problems::error() const {
  constexpr std::size_t lines_max =
      50;  // our choice: a screen; the rest follows once these are mended
  std::string detail;
  for (std::size_t i = 0; i < lines_.size() && i < lines_max; ++i) {
    if (i > 0) detail += '\n';
    detail += lines_[i];
  }
  if (lines_.size() > lines_max) detail += fmt::format("\nand {} more", lines_.size() - lines_max);
  return {ErrorKind::invalid_input, code_, detail};
}

}  // namespace anlan::catalog
