#include "catalog/detection_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "catalog/param_value.hpp"

namespace anlan::catalog {
namespace {

// In the order of ParamType.
const std::vector<std::string> param_types = {"int", "fen", "ratio", "text", "date", "month"};

}  // namespace

bool is_item_code(std::string_view text) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 5 && capital(text[0]) && capital(text[1]) && text[2] == '-' &&
         digit(text[3]) && digit(text[4]);
}

bool is_exclusion(std::string_view text) {
  int number = 0;
  if (text.size() < 2 || text[0] != 'E' || text[1] == '0') return false;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 1 && number <= 12;
}

bool is_phase(std::string_view text) {
  return text == "before" || text == "during" || text == "after";
}

std::vector<std::string> read_words(const YamlMap& top, const std::string& key,
                                    const Source& source, bool (*fits)(std::string_view),
                                    const std::string& expected) {
  std::vector<std::string> words;
  for (const auto& entry : top.texts(key)) {
    if (!fits(entry.text)) {
      source.problem(entry.line,
                     fmt::format("{} names {}, expected {}", key, entry.text, expected));
    }
    if (std::find(words.begin(), words.end(), entry.text) != words.end()) {
      source.problem(entry.line, fmt::format("{} names {} twice", key, entry.text));
    }
    words.push_back(entry.text);
  }
  return words;
}

Severity read_severity(const YamlMap& top) {
  const auto severity = top.word("severity", {"high", "medium", "low"});
  return severity == "high"     ? Severity::high
         : severity == "medium" ? Severity::medium
                                : Severity::low;
}

Param read_param(const std::string& name, const YamlMap& entry, bool needs_value) {
  Param param;
  param.name = name;
  const auto type = entry.word("type", param_types);
  param.type = static_cast<ParamType>(std::find(param_types.begin(), param_types.end(), type) -
                                      param_types.begin());
  const auto written = needs_value ? entry.text("value") : entry.optional_text("value");
  const bool known_type = entry.has("type") && entry.optional_text("type") == type;
  const auto value = known_type ? canonical_param(param.type, written) : std::nullopt;
  if (value) param.value = *value;
  if (!value && known_type && !written.empty()) {
    entry.problem("value", fmt::format("value of {} is {}, expected {}", name, written,
                                       expected_of(param.type)));
  }
  param.title = {entry.text("zh"), entry.text("en")};
  param.unit = entry.optional_text("unit");
  param.sure = entry.word("sure", {"seed", "found", "known", "assumed"});
  return param;
}

}  // namespace anlan::catalog
