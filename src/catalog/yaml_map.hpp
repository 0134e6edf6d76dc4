#pragma once

// Heavy (yaml-cpp): for this folder's own .cpp files only.

#include <yaml-cpp/yaml.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "catalog/problems.hpp"

namespace anlan::catalog {

/// Line of a node in its file, counted from 1.
int line_of(const YAML::Node& node);

/// The one document in `text`; nullopt, and a problem, if it is not YAML or not exactly one
/// mapping.
std::optional<YAML::Node> parse_yaml(const std::string& text, const Source& source);

struct LinedText {
  std::string text;
  int line = 0;
};

/// A YAML mapping read strictly: what is not asked for, missing or of the wrong shape becomes a
/// problem of `source`, and the reader goes on with an empty value. Borrows `source`.
class YamlMap {
 public:
  /// `what` names the mapping in messages ("the table", "a column").
  YamlMap(const YAML::Node& node, const Source& source, std::string what,
          std::initializer_list<std::string_view> allowed);

  bool has(const std::string& key) const { return entries_.contains(key); }
  int line() const { return line_; }
  int line(const std::string& key) const;
  void problem(const std::string& key, const std::string& text) const;

  std::string text(const std::string& key) const;           ///< required, not empty
  std::string optional_text(const std::string& key) const;  ///< "" if absent
  /// Required, one of `words`; the first of them if it is wrong.
  std::string word(const std::string& key, const std::vector<std::string>& words) const;
  /// A required snake_case name.
  std::string name(const std::string& key) const;
  bool flag(const std::string& key, bool absent) const;
  std::optional<int> integer(const std::string& key) const;
  Title title(const std::string& key) const;  ///< required {zh, en}
  std::vector<LinedText> required_texts(const std::string& key) const;
  std::vector<LinedText> texts(const std::string& key) const;  ///< none if absent

  /// The node at `key` if it is a text that is not empty; nullopt, and a problem, otherwise.
  std::optional<YAML::Node> scalar_node(const std::string& key) const;
  /// The node at `key` if it is a mapping; nullopt, and a problem, otherwise.
  std::optional<YAML::Node> map(const std::string& key) const;
  /// The nodes in the list at `key`.
  std::vector<YAML::Node> list(const std::string& key) const;

 private:
  bool require(const std::string& key) const;
  std::string scalar(const std::string& key) const;

  const Source& source_;
  std::string what_;
  int line_ = 1;
  bool is_map_ = false;
  std::map<std::string, YAML::Node> entries_;
};

bool is_snake_case(std::string_view text);

/// "a, b or c", for messages.
std::string one_of(const std::vector<std::string>& words);

}  // namespace anlan::catalog
