#include "catalog/yaml_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "catalog/near_name.hpp"

namespace anlan::catalog {

int line_of(const YAML::Node& node) {
  return node.Mark().line + 1;
}

std::optional<YAML::Node> parse_yaml(const std::string& text, const Source& source) {
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.size() != 1 || !documents.front().IsMap()) {
      source.problem(1, "not one YAML mapping, expected `key: value` lines");
      return std::nullopt;
    }
    return documents.front();
  } catch (const YAML::Exception& error) {
    source.problem(std::max(error.mark.line + 1, 1), "not YAML: " + error.msg);
    return std::nullopt;
  }
}

bool is_snake_case(std::string_view text) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string one_of(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

YamlMap::YamlMap(const YAML::Node& node, const Source& source, std::string what,
                 std::initializer_list<std::string_view> allowed)
    : source_(source), what_(std::move(what)), line_(line_of(node)), is_map_(node.IsMap()) {
  if (!is_map_) {
    source_.problem(line_, what_ + " is not a mapping, expected {key: value, …}");
    return;
  }
  const std::vector<std::string> known(allowed.begin(), allowed.end());
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      source_.problem(line_of(entry.first), "a key of " + what_ + " is not a plain word");
      continue;
    }
    const std::string key = entry.first.Scalar();
    const int line = line_of(entry.first);
    if (!known.empty() && std::find(known.begin(), known.end(), key) == known.end()) {
      source_.problem(line, fmt::format("unknown key {} in {}, expected {}{}", key, what_,
                                        one_of(known), did_you_mean(key, known)));
    } else if (!entries_.emplace(key, entry.second).second) {
      source_.problem(line, fmt::format("key {} stands twice in {}", key, what_));
    }
  }
}

int YamlMap::line(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? line_ : line_of(found->second);
}

void YamlMap::problem(const std::string& key, const std::string& text) const {
  source_.problem(line(key), text);
}

bool YamlMap::require(const std::string& key) const {
  if (has(key)) return true;
  if (is_map_) source_.problem(line_, fmt::format("{} has no {}", what_, key));
  return false;
}

std::string YamlMap::scalar(const std::string& key) const {
  const auto& node = entries_.at(key);
  if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
  problem(key, fmt::format("{} of {} is {}, expected a text", key, what_,
                           node.IsScalar() || node.IsNull() ? "empty" : "a list or mapping"));
  return {};
}

std::string YamlMap::text(const std::string& key) const {
  return require(key) ? scalar(key) : "";
}

std::string YamlMap::optional_text(const std::string& key) const {
  return has(key) ? scalar(key) : "";
}

std::string YamlMap::word(const std::string& key, const std::vector<std::string>& words) const {
  const auto found = text(key);
  if (std::find(words.begin(), words.end(), found) != words.end()) return found;
  if (!found.empty()) {
    problem(key, fmt::format("{} of {} is {}, expected {}{}", key, what_, found, one_of(words),
                             did_you_mean(found, words)));
  }
  return words.front();
}

std::string YamlMap::name(const std::string& key) const {
  auto found = text(key);
  if (!found.empty() && !is_snake_case(found)) {
    problem(key, fmt::format("{} of {} is {}, expected a snake_case name", key, what_, found));
  }
  return found;
}

bool YamlMap::flag(const std::string& key, bool absent) const {
  if (!has(key)) return absent;
  const auto found = scalar(key);
  if (found != "true" && found != "false" && !found.empty()) {
    problem(key, fmt::format("{} of {} is {}, expected true or false", key, what_, found));
  }
  return found == "true";
}

std::optional<int> YamlMap::integer(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  const auto found = scalar(key);
  int value = 0;
  const auto [end, error] = std::from_chars(found.data(), found.data() + found.size(), value);
  if (error == std::errc() && end == found.data() + found.size()) return value;
  if (!found.empty()) {
    problem(key, fmt::format("{} of {} is {}, expected a whole number", key, what_, found));
  }
  return std::nullopt;
}

Title YamlMap::title(const std::string& key) const {
  if (!require(key)) return {};
  const YamlMap both(entries_.at(key), source_, key + " of " + what_, {"zh", "en"});
  return {both.text("zh"), both.text("en")};
}

std::vector<LinedText> YamlMap::texts(const std::string& key) const {
  std::vector<LinedText> out;
  for (const auto& node : list(key)) {
    if (node.IsScalar() && !node.Scalar().empty()) {
      out.push_back({node.Scalar(), line_of(node)});
    } else {
      source_.problem(line_of(node), fmt::format("an entry of {} of {} is not a text", key, what_));
    }
  }
  return out;
}

std::vector<LinedText> YamlMap::required_texts(const std::string& key) const {
  if (!require(key)) return {};
  auto out = texts(key);
  if (out.empty() && entries_.at(key).IsSequence() && entries_.at(key).size() == 0) {
    problem(key, fmt::format("{} of {} is empty, expected at least one entry", key, what_));
  }
  return out;
}

std::optional<YAML::Node> YamlMap::scalar_node(const std::string& key) const {
  if (!require(key) || scalar(key).empty()) return std::nullopt;
  return entries_.at(key);
}

std::optional<YAML::Node> YamlMap::map(const std::string& key) const {
  if (!require(key)) return std::nullopt;
  const auto& node = entries_.at(key);
  if (node.IsMap()) return node;
  problem(key, fmt::format("{} of {} is not a mapping, expected {{key: value, …}}", key, what_));
  return std::nullopt;
}

std::vector<YAML::Node> YamlMap::list(const std::string& key) const {
  if (!has(key)) return {};
  const auto& node = entries_.at(key);
  if (!node.IsSequence()) {
    problem(key,
            fmt::format("{} of {} is not a list, expected [a, b] or lines with `- `", key, what_));
    return {};
  }
  return {node.begin(), node.end()};
}

}  // namespace anlan::catalog
