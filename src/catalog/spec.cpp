#include "catalog/spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/month.hpp"
#include "base/text.hpp"
#include "catalog/near_name.hpp"
#include "catalog/problems.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

/// The line without its comment: `#` at its start, or after two spaces or a tab.
std::string_view without_comment(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    const auto before = line.substr(0, at);
    const bool alone = std::all_of(before.begin(), before.end(), is_blank);
    if (alone || before.ends_with("  ") || before.ends_with('\t')) return before;
  }
  return line;
}

/// Cells are separated by two or more spaces, or a tab; one space belongs to the cell.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  std::string cell;
  std::size_t spaces = 0;
  const auto finish = [&] {
    if (!cell.empty()) cells.push_back(std::move(cell));
    cell.clear();
  };
  for (const char c : line) {
    if (is_blank(c)) {
      spaces += c == ' ' ? 1 : 2;
      continue;
    }
    if (spaces >= 2) finish();
    if (spaces == 1 && !cell.empty()) cell += ' ';
    spaces = 0;
    cell += c;
  }
  finish();
  return cells;
}

class SpecReader {
 public:
  explicit SpecReader(const Source& source) : source_(source) {}

  Spec read(const std::string& text) {
    for (const auto line : split(text, '\n')) {
      ++line_;
      const auto content = without_comment(line);
      if (trim(content).empty()) continue;
      if (is_blank(content.front())) {
        table_line(content);
      } else {
        section_line(content);
      }
    }
    finish_case();
    if (spec_.cases.empty()) source_.problem(1, "the spec has no case, expected `case …`");
    return std::move(spec_);
  }

 private:
  void problem(const std::string& text) { source_.problem(line_, text); }

  /// A line that is not indented: a keyword and what follows it.
  void section_line(std::string_view content) {
    const auto space = std::find_if(content.begin(), content.end(), is_blank);
    const std::string word(content.begin(), space);
    const std::string rest(trim({space, content.end()}));
    static const std::vector<std::string> words = {"case", "params", "as_of", "given", "expect"};
    const bool known = std::find(words.begin(), words.end(), word) != words.end();
    if (!known && table_ != nullptr && did_you_mean(word, words).empty()) {
      problem("a row of a table is not indented, expected spaces before it");
      return table_line(content);  // so that what is wrong in it is told too
    }
    if (word != "case" && !open_) start_case("");
    table_ = nullptr;
    if (word == "case") {
      if (rest.empty()) problem("the case has no name");
      finish_case();
      start_case(rest);
    } else if (word == "params") {
      read_params(rest);
    } else if (word == "as_of") {
      const auto date = parse_date(rest);
      if (!date) problem(fmt::format("as_of is {}, expected a date such as 2018-12-31", rest));
      if (date) current_.as_of = format_date(*date);
    } else if (word == "given") {
      start_given(rest);
    } else if (word == "expect") {
      if (!rest.empty()) problem("text after expect, expected rows below it");
      if (current_.expect.line != 0) problem("this case already has an expect");
      current_.expect = {};
      current_.expect.line = line_;
      table_ = &current_.expect;
    } else {
      problem(fmt::format("unknown word {}, expected {}, or an indented row{}", word, one_of(words),
                          did_you_mean(word, words)));
    }
  }

  void read_params(std::string_view rest) {
    for (const auto& group : cells_of(rest)) {
      for (const auto piece : split(group, ' ')) {
        const auto equals = piece.find('=');
        if (equals == std::string_view::npos || equals == 0 || equals + 1 == piece.size()) {
          problem(fmt::format("parameter {}, expected name=value", piece));
          continue;
        }
        current_.params.push_back(
            {std::string(piece.substr(0, equals)), std::string(piece.substr(equals + 1)), line_});
      }
    }
    std::set<std::string> seen;
    for (const auto& param : current_.params) {
      if (!seen.insert(param.name).second) problem("parameter " + param.name + " is given twice");
    }
  }

  void start_given(const std::string& name) {
    if (!is_snake_case(name)) {
      problem(fmt::format("given {}, expected the name of one table", name));
      return;
    }
    for (const auto& table : current_.given) {
      if (table.name == name) problem(name + " is given twice in this case");
    }
    current_.given.push_back({name, line_, {}, {}});
    table_ = &current_.given.back();
  }

  /// An indented line: the header of the table above, or one of its rows.
  void table_line(std::string_view content) {
    if (table_ == nullptr) {
      problem("a row outside a table, expected `given TABLE` or `expect` above it");
      return;
    }
    auto cells = cells_of(content);
    if (table_->columns.empty()) {
      header_good_ = true;
      std::set<std::string> seen;
      for (const auto& name : cells) {
        // Hits of rules have values by paths: death.date.
        const auto path = split(name, '.');
        const bool known_form = table_->name.empty()
                                    ? std::all_of(path.begin(), path.end(), is_snake_case)
                                    : is_snake_case(name);
        if (!known_form) {
          header_good_ = false;
          // Whoever writes one header so writes them all: told once for the whole spec.
          if (bad_header_.empty()) {
            bad_header_ =
                fmt::format("column {}, expected a snake_case name (two spaces between columns{})",
                            name, name.find('|') == std::string::npos ? "" : ", no |");
          }
          problem(bad_header_);
        }
        if (!seen.insert(name).second) problem("column " + name + " stands twice");
      }
      table_->columns = std::move(cells);
      return;
    }
    if (!header_good_) return;
    if (cells.size() != table_->columns.size()) {
      problem(
          fmt::format("the row has {} cells, expected {} (two spaces between cells, - for NULL)",
                      cells.size(), table_->columns.size()));
      return;
    }
    SpecRow row{line_, {}};
    for (auto& cell : cells) {
      row.cells.push_back(cell == "-" ? std::nullopt : std::optional(std::move(cell)));
    }
    table_->rows.push_back(std::move(row));
  }

  void start_case(const std::string& name) {
    current_ = {};
    current_.name = name;
    current_.line = line_;
    open_ = true;
  }

  void finish_case() {
    if (!open_) return;
    if (current_.expect.line == 0) {
      source_.problem(current_.line, "case " + current_.name + " has no expect");
    }
    for (const auto& table : current_.given) {
      if (table.columns.empty())
        source_.problem(table.line, "given " + table.name + " has no header");
    }
    for (const auto& other : spec_.cases) {
      if (other.name == current_.name) {
        source_.problem(current_.line, "case " + current_.name + " stands twice");
      }
    }
    spec_.cases.push_back(std::move(current_));
    open_ = false;
  }

  const Source& source_;
  int line_ = 0;
  bool open_ = false;
  SpecCase current_;
  SpecTable* table_ = nullptr;  // in current_; set anew by every section line
  bool header_good_ = true;     // of table_
  std::string bad_header_;      // what the first one was told
  Spec spec_;
};

}  // namespace

Result<Spec> parse_spec(const std::string& text, const std::string& file) {
  Problems problems;
  auto spec = parse_spec(text, file, problems);
  if (!problems.empty()) return fail(problems.error());
  return spec;
}

Spec parse_spec(const std::string& text, const std::string& file, Problems& problems) {
  const Source source{file, "catalog.spec", &problems};
  return SpecReader(source).read(text);
}

}  // namespace anlan::catalog
