#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace anlan::catalog {

/// What is wrong in the files of one load, so that all of it is told at once.
class Problems {
 public:
  /// What is wrong in the same words at several lines of a file is told once, with all its lines.
  void add(std::string code, const std::string& file, int line, const std::string& text);
  /// A message that has its place in it already, and maybe several lines.
  void add_whole(std::string code, const std::string& message);
  bool empty() const { return all_.empty(); }
  bool has_code(const std::string& code) const;
  /// invalid_input with the code of the first problem; one line "file:line: text" each.
  Error error() const;

 private:
  struct Problem {
    std::string code;
    std::string file;  ///< "" of a whole message
    std::string text;
    std::vector<int> lines;
  };

  static std::string words(const Problem& problem);

  std::vector<Problem> all_;
};

/// One file being read: its name for messages, and where its problems go.
struct Source {
  std::string file;
  std::string code;  ///< error code of what is wrong in it: "catalog.table"
  Problems* problems;

  void problem(int line, const std::string& text) const { problems->add(code, file, line, text); }
};

}  // namespace anlan::catalog
