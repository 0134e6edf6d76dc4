#include "catalog/spec_difference.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace anlan::catalog {
namespace {

std::string table_text(const SpecCells& columns, const std::vector<SpecCells>& missing,
                       const std::vector<SpecCells>& unexpected) {
  std::vector<SpecCells> lines;
  lines.push_back(columns);
  lines.back().insert(lines.back().begin(), "");
  for (const auto& hit : missing) {
    lines.push_back(hit);
    lines.back().insert(lines.back().begin(), "missing");
  }
  for (const auto& hit : unexpected) {
    lines.push_back(hit);
    lines.back().insert(lines.back().begin(), "unexpected");
  }
  std::vector<std::size_t> widths(columns.size() + 1);
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c)
      widths[c] = std::max(widths[c], display_width(line[c]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t c = 0; c < line.size(); ++c) text += pad_right(line[c], widths[c] + 2);
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

}  // namespace

std::string spec_difference(const SpecCells& columns, const std::vector<SpecCells>& wanted,
                            const std::vector<SpecCells>& found) {
  std::map<SpecCells, int> still;  // how often still wanted
  for (const auto& row : wanted) ++still[row];
  std::vector<SpecCells> unexpected;
  for (const auto& row : found) {
    const auto at = still.find(row);
    if (at != still.end() && at->second > 0) {
      --at->second;
    } else {
      unexpected.push_back(row);
    }
  }
  std::vector<SpecCells> missing;
  for (const auto& row : wanted) {
    if (still[row] == 0) continue;
    --still[row];
    missing.push_back(row);
  }
  return missing.empty() && unexpected.empty() ? "" : table_text(columns, missing, unexpected);
}

}  // namespace anlan::catalog
