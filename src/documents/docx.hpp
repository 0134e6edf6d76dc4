#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"

namespace anlan::documents {

// Pieces of WordprocessingML as texts that are put together. Sizes are those of the format: type in
// half points, all else in twentieths of a point (567 are 1 cm).

struct RunStyle {
  const char* font = "宋体";
  int half_points = 21;
  bool bold = false;
};
/// A stretch of text in one type. Tabs and line ends in it become those of the document.
std::string run(std::string_view text, const RunStyle& style);
/// A field that the reader's program fills in: "PAGE", "NUMPAGES".
std::string field(std::string_view name, const RunStyle& style);
std::string tab();

enum class Align { left, centre, right, both };

struct ParagraphStyle {
  Align align = Align::left;
  int before = 0;
  int after = 0;
  int line_exact = 0;        ///< 0: as the type asks
  int first_line_chars = 0;  ///< in hundredths of a character
  int right_chars = 0;       ///< kept free at the right, likewise
  int char_width = 210;      ///< of one character, for programs that do not count characters
  bool page_break_before = false;
  bool keep_with_next = false;
  std::string tabs;  ///< "center:7569 right:15138"
};
std::string paragraph(const std::string& runs, const ParagraphStyle& style);

struct Column {
  int width = 0;
  Align align = Align::left;
};
struct TableStyle {
  RunStyle heading{"黑体", 21, false};
  RunStyle text{"宋体", 21, false};
  bool shaded_heading = true;
  int cell_margin = 50;  ///< above and below
};
/// Ruled, the headings on every page, no row torn. Line ends in a cell begin a paragraph.
std::string table(const std::vector<Column>& columns, const std::vector<std::string>& headings,
                  const std::vector<std::vector<std::string>>& rows, const TableStyle& style);

struct PageLayout {
  int width = 11906;  ///< A4 upright
  int height = 16838;
  int top = 1440, right = 1440, bottom = 1440, left = 1440;
  int header = 720, footer = 720;
  bool landscape = false;
};

struct Docx {
  std::string title;  ///< of the file's properties
  Date made_on;
  PageLayout page;
  std::string body;    ///< paragraphs and tables
  std::string footer;  ///< paragraphs at the foot of every page; "" for none
};
/// Errors: unavailable "file.unwritable".
Status write_docx(const Docx& docx, const std::filesystem::path& path);
Result<std::string> docx_bytes(const Docx& docx);

}  // namespace anlan::documents
