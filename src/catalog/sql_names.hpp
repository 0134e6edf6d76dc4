#pragma once

#include <string>
#include <vector>

namespace anlan::catalog {

/// A name in a SQL text and the line it stands on, counted from 1.
struct SqlName {
  std::string name;
  int line = 1;
};

/// The names that matter in one SELECT; strings, quoted names and comments are skipped.
struct SqlNames {
  std::vector<SqlName> params;  ///< each use of `:name`, in order
  std::vector<SqlName>
      sources;  ///< names after FROM and JOIN that the text itself does not define by WITH
  std::string first_word;  ///< in lower case; "" if there is none
  int first_line = 1;
  int second_statement = 0;  ///< line where text follows a `;`, or 0
  int open_quote = 0;        ///< line of a string or comment that never ends, or 0
};

SqlNames names_in(const std::string& sql);

}  // namespace anlan::catalog
