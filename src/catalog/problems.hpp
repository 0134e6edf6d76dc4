#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace anlan::catalog {

/// What is wrong in the files of one load, so that all of it is told at once.
class Problems {
 public:
  void add(std::string code, const std::string& file, int line, const std::string& text);
  bool empty() const { return lines_.empty(); }
  /// invalid_input with the code of the first problem; one line "file:line: text" each.
  Error error() const;

 private:
  std::string code_;
  std::vector<std::string> lines_;
};

/// One file being read: its name for messages, and where its problems go.
struct Source {
  std::string file;
  std::string code;  ///< error code of what is wrong in it: "catalog.table"
  Problems* problems;

  void problem(int line, const std::string& text) const { problems->add(code, file, line, text); }
};

}  // namespace anlan::catalog
