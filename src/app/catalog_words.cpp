#include "app/catalog_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/fen.hpp"
#include "base/text.hpp"

namespace anlan::app {
namespace {

std::string phase_name(const std::string& phase, Lang lang) {
  if (lang == Lang::en) return phase;
  return phase == "before" ? "事前" : phase == "during" ? "事中" : "事后";
}

}  // namespace

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string severity_name(catalog::Severity severity, Lang lang) {
  switch (severity) {
    case catalog::Severity::high:
      return std::string(say(lang, "高", "high"));
    case catalog::Severity::medium:
      return std::string(say(lang, "中", "medium"));
    case catalog::Severity::low:
      return std::string(say(lang, "低", "low"));
  }
  return {};
}

std::string amount_name(catalog::AmountKind kind, Lang lang) {
  switch (kind) {
    case catalog::AmountKind::recoverable:
      return std::string(say(lang, "可追回", "recoverable"));
    case catalog::AmountKind::difference:
      return std::string(say(lang, "差额", "difference"));
    case catalog::AmountKind::exposure:
      return std::string(say(lang, "风险敞口", "exposure"));
  }
  return {};
}

std::string phase_names(const std::vector<std::string>& phases, Lang lang) {
  std::vector<std::string> names;
  for (const auto& phase : phases) names.push_back(phase_name(phase, lang));
  return joined(names);
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], display_width(row[c]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c + 1 < row.size(); ++c) line += pad_right(row[c], widths[c] + 2);
    fmt::print("{}\n", line + row.back());
  }
}

std::string param_text(const catalog::Param& param) {
  if (param.type != catalog::ParamType::fen) return param.value;
  const auto amount = parse_fen(param.value);
  return amount ? plain_yuan(*amount) : param.value;
}

}  // namespace anlan::app
