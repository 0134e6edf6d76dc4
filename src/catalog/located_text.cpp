#include "catalog/located_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace anlan::catalog {
namespace {

/// Walks the scalar as the file writes it and says which byte each byte of the value came from.
class ScalarWalk {
 public:
  ScalarWalk(std::string_view file, std::size_t offset, const std::string& value)
      : file_(file), at_(offset), value_(value) {}

  /// Whether the walk gave exactly the value.
  bool run() {
    if (at_ >= file_.size()) return false;
    switch (file_[at_]) {
      case '"':
        ++at_;
        flow('"');
        break;
      case '\'':
        ++at_;
        flow('\'');
        break;
      case '|':
        block(false);
        break;
      case '>':
        block(true);
        break;
      default:
        flow('\0');
    }
    if (out_ != value_) return false;
    places_.push_back(static_cast<std::uint32_t>(at_));
    return true;
  }

  std::vector<std::uint32_t> places() { return std::move(places_); }

 private:
  bool done() const { return out_.size() >= value_.size() || at_ >= file_.size(); }

  void put(char c, std::size_t from) {
    out_ += c;
    places_.push_back(static_cast<std::uint32_t>(from));
  }

  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

  /// Plain and quoted scalars: line ends fold to a space, or to the empty lines between.
  void flow(char quote) {
    while (!done()) {
      const char c = file_[at_];
      if (c == '\n' || (is_blank(c) && blank_to_line_end())) {
        fold();
      } else if (quote == '\'' && c == '\'') {
        put('\'', at_);
        at_ += 2;
      } else if (quote == '"' && c == '\\') {
        if (!escape()) return;
      } else {
        put(c, at_++);
      }
    }
  }

  bool blank_to_line_end() const {
    const auto next =
        std::find_if_not(file_.begin() + static_cast<std::ptrdiff_t>(at_), file_.end(), is_blank);
    return next != file_.end() && *next == '\n';
  }

  void fold() {
    const std::size_t from = at_;
    int lines = 0;
    while (at_ < file_.size() && (is_blank(file_[at_]) || file_[at_] == '\n')) {
      if (file_[at_] == '\n') ++lines;
      ++at_;
    }
    if (lines == 1) put(' ', from);
    for (int i = 1; i < lines; ++i) put('\n', from);
  }

  bool escape() {
    const std::string_view known = "\"\\/ nrt";
    const std::string_view meant = "\"\\/ \n\r\t";
    const auto found = at_ + 1 < file_.size() ? known.find(file_[at_ + 1]) : std::string_view::npos;
    if (found == std::string_view::npos) return false;
    put(meant[found], at_);
    at_ += 2;
    return true;
  }

  /// `|` and `>` scalars; lines of a `>` scalar that are indented further are not followed.
  void block(bool folded) {
    while (at_ < file_.size() && file_[at_] != '\n') ++at_;
    ++at_;
    std::size_t indent = 0;
    while (at_ + indent < file_.size() && file_[at_ + indent] == ' ') ++indent;
    bool begun = false;
    while (!done()) {
      const auto end = std::min(file_.find('\n', at_), file_.size());
      const auto begin = std::min(at_ + indent, end);
      if (folded && begun && begin < end && !out_.empty() && out_.back() == '\n') {
        const bool empty_before = out_.size() > 1 && out_[out_.size() - 2] == '\n';
        if (empty_before) {
          out_.pop_back();
          places_.pop_back();
        } else {
          out_.back() = ' ';
        }
      }
      for (std::size_t i = begin; i < end; ++i) put(file_[i], i);
      put('\n', end);
      at_ = std::min(end + 1, file_.size());
      begun = true;
    }
    while (out_.size() > value_.size()) {
      out_.pop_back();
      places_.pop_back();
    }
  }

  std::string_view file_;
  std::size_t at_;
  const std::string& value_;
  std::string out_;
  std::vector<std::uint32_t> places_;
};

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

LocatedText locate_scalar(std::string_view file, std::size_t offset, const std::string& value) {
  LocatedText located;
  located.text = value;
  offset = std::min(offset, file.size());
  located.line = 1 + static_cast<int>(std::count(
                         file.begin(), file.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
  ScalarWalk walk(file, offset, value);
  if (walk.run()) {
    located.at = walk.places();
  } else {
    located.at.assign(value.size() + 1, static_cast<std::uint32_t>(offset));
  }
  return located;
}

std::string point_at(const std::string& file_name, std::string_view content,
                     const LocatedText& text, std::size_t begin, std::size_t end,
                     const std::string& problem) {
  if (text.at.empty()) return fmt::format("{}:{}: {}", file_name, std::max(text.line, 1), problem);
  const auto last = text.at.size() - 1;
  const std::size_t from = std::min<std::size_t>(text.at[std::min(begin, last)], content.size());
  const std::size_t to = std::min<std::size_t>(text.at[std::min(end, last)], content.size());
  const auto before = from == 0 ? std::string_view::npos : content.rfind('\n', from - 1);
  const std::size_t line_begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t line_end = std::min(content.find('\n', line_begin), content.size());
  const auto line_no =
      1 +
      std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(line_begin), '\n');
  const auto line = content.substr(line_begin, line_end - line_begin);
  const auto ahead = content.substr(line_begin, from - line_begin);
  const auto marked = content.substr(from, std::clamp(to, from, std::max(from, line_end)) - from);
  const auto gutter = fmt::format("{:>5} | ", line_no);
  return fmt::format("{}:{}:{}: {}\n{}{}\n{:>5} | {}{}", file_name, line_no, characters(ahead) + 1,
                     problem, gutter, line, "", std::string(display_width(ahead), ' '),
                     "^" + std::string(std::max<std::size_t>(display_width(marked), 1) - 1, '~'));
}

}  // namespace anlan::catalog
