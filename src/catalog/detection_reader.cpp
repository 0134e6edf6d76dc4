#include "catalog/detection_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/fen.hpp"
#include "base/month.hpp"

namespace anlan::catalog {
namespace {

// In the order of ParamType.
const std::vector<std::string> param_types = {"int", "fen", "ratio", "text", "date", "month"};

/// -0.350 stays a decimal: digits, and at most six after one point.
bool is_ratio(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto part = point == std::string_view::npos ? "0" : text.substr(point + 1);
  const auto digits = [](std::string_view piece) {
    return !piece.empty() &&
           std::all_of(piece.begin(), piece.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits(whole) && digits(part) && whole.size() <= 6 && part.size() <= 6;
}

/// The value in the form SQL takes, or an empty text and why in `expected`.
std::string canonical(ParamType type, const std::string& written, std::string& expected) {
  switch (type) {
    case ParamType::integer: {
      std::int64_t value = 0;
      const auto [end, error] =
          std::from_chars(written.data(), written.data() + written.size(), value);
      if (error == std::errc() && end == written.data() + written.size())
        return std::to_string(value);
      expected = "a whole number";
      return {};
    }
    case ParamType::fen: {
      const auto amount = parse_yuan(written);
      if (amount) return std::to_string(amount->value);
      expected = "yuan with at most two decimals, such as \"100.00\"";
      return {};
    }
    case ParamType::ratio:
      if (is_ratio(written)) return written;
      expected = "a decimal with at most six places, such as 0.35";
      return {};
    case ParamType::text:
      return written;
    case ParamType::date: {
      const auto date = parse_date(written);
      if (date) return format_date(*date);
      expected = "a date such as 2018-11-30";
      return {};
    }
    case ParamType::month: {
      const auto month = parse_month(written);
      if (month) return std::to_string(month->value);
      expected = "a month such as 2018-11";
      return {};
    }
  }
  return {};
}

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
  std::string expected;
  if (!written.empty()) param.value = canonical(param.type, written, expected);
  if (!expected.empty()) {
    entry.problem("value", fmt::format("value of {} is {}, expected {}", name, written, expected));
  }
  param.title = {entry.text("zh"), entry.text("en")};
  param.unit = entry.optional_text("unit");
  param.sure = entry.word("sure", {"seed", "found", "known", "assumed"});
  return param;
}

}  // namespace anlan::catalog
