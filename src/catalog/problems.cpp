#include "catalog/problems.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace anlan::catalog {

void Problems::add(std::string code, const std::string& file, int line, const std::string& text) {
  for (auto& known : all_) {
    if (known.file != file || known.text != text) continue;
    if (std::find(known.lines.begin(), known.lines.end(), line) == known.lines.end())
      known.lines.push_back(line);
    return;
  }
  all_.push_back({std::move(code), file, text, {line}});
}

void Problems::add_whole(std::string code, const std::string& message) {
  all_.push_back({std::move(code), "", message, {}});
}

bool Problems::has_code(const std::string& code) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const Problem& problem) { return problem.code == code; });
}

std::string Problems::words(const Problem& problem) {
  if (problem.lines.empty()) return problem.text;
  std::string out = fmt::format("{}:{}: {}", problem.file, problem.lines.front(), problem.text);
  if (problem.lines.size() == 1) return out;
  constexpr std::size_t lines_max = 8;  // our choice: enough to see that it goes on so
  const std::size_t shown = std::min(problem.lines.size(), lines_max);
  out += fmt::format(" (also in line {}",
                     fmt::join(problem.lines.begin() + 1,
                               problem.lines.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return out + (shown < problem.lines.size() ? ", …)" : ")");
}

Error Problems::error() const {
  constexpr std::size_t problems_max =
      50;  // our choice: a screen; the rest follows once these are mended
  std::string detail;
  for (std::size_t i = 0; i < all_.size() && i < problems_max; ++i) {
    if (i > 0) detail += '\n';
    detail += words(all_[i]);
  }
  if (all_.size() > problems_max)
    detail += fmt::format("\nand {} more", all_.size() - problems_max);
  return {ErrorKind::invalid_input, all_.empty() ? std::string() : all_.front().code, detail};
}

}  // namespace anlan::catalog
