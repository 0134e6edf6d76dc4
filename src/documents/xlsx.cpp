#include "documents/xlsx.hpp"

#include <xlsxwriter.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <fstream>

#include "base/text.hpp"

namespace anlan::documents {
namespace {

constexpr double line_points = 15.5;
constexpr double row_points_max = 409;  // a spreadsheet's own limit

/// How many lines `text` takes in a column so wide: spreadsheets do not find out by themselves.
std::size_t lines_of(const std::string& text, double width) {
  std::size_t lines = 0;
  for (const auto line : split(text, '\n')) {
    const auto across = std::max<std::size_t>(1, static_cast<std::size_t>(width) - 1);
    lines += std::max<std::size_t>(1, (display_width(line) + across - 1) / across);
  }
  return lines;
}

/// The formats of one workbook.
struct Formats {
  explicit Formats(lxw_workbook* book) : book_(book) {
    title = plain(18, "黑体");
    format_set_bold(title);
    format_set_align(title, LXW_ALIGN_CENTER);
    line = plain(11, "宋体");
    heading = bordered(true);
    format_set_bold(heading);
    format_set_bg_color(heading, 0xE7F1F8);
    list_heading = bordered(true);
    format_set_bold(list_heading);
    left = bordered(false);
    centre = bordered(true);
    money = bordered(false);
    format_set_num_format(money, "#,##0.00");
    format_set_align(money, LXW_ALIGN_RIGHT);
    top_left = bordered(false);
    top_centre = bordered(true);
    for (auto* format : {top_left, top_centre}) format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
  }

  lxw_format *title, *line, *heading, *list_heading, *left, *centre, *money, *top_left, *top_centre;

 private:
  lxw_format* plain(double size, const char* font) {
    lxw_format* format = workbook_add_format(book_);
    format_set_font_name(format, font);
    format_set_font_size(format, size);
    format_set_align(format, LXW_ALIGN_VERTICAL_CENTER);
    return format;
  }
  lxw_format* bordered(bool centred) {
    lxw_format* format = plain(10.5, "宋体");
    format_set_border(format, LXW_BORDER_THIN);
    format_set_text_wrap(format);
    if (centred) format_set_align(format, LXW_ALIGN_CENTER);
    return format;
  }
  lxw_workbook* book_;
};

void write_cell(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, const SheetCell& cell,
                lxw_format* format, const Formats& formats) {
  if (const auto* text = std::get_if<std::string>(&cell)) {
    worksheet_write_string(sheet, row, column, text->c_str(), format);
  } else if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    worksheet_write_number(sheet, row, column, static_cast<double>(*number), format);
  } else {
    // A spreadsheet counts in doubles: exact to the fen for all amounts below 90 万亿元.
    const auto fen = std::get<Fen>(cell).value;
    worksheet_write_number(sheet, row, column, static_cast<double>(fen) / 100, formats.money);
  }
}

/// A row of a printed sheet, as tall as its longest text; the row behind it.
lxw_row_t write_tall_row(lxw_worksheet* sheet, lxw_row_t row, const Sheet& content,
                         const std::vector<SheetCell>& cells, const Formats& formats) {
  std::size_t lines = 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (const auto* text = std::get_if<std::string>(&cells[i]))
      lines = std::max(lines, lines_of(*text, content.columns[i].width));
  }
  const double height = static_cast<double>(lines) * line_points + 8;
  // A row of a sheet has a greatest height; a taller one is made of several, merged.
  const auto rows = static_cast<lxw_row_t>(std::ceil(height / row_points_max));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    lxw_format* format = content.columns[i].centred
                             ? (rows > 1 ? formats.top_centre : formats.centre)
                             : (rows > 1 ? formats.top_left : formats.left);
    if (rows > 1) worksheet_merge_range(sheet, row, column, row + rows - 1, column, "", format);
    write_cell(sheet, row, column, cells[i], format, formats);
  }
  for (lxw_row_t i = 0; i < rows; ++i) worksheet_set_row(sheet, row + i, height / rows, nullptr);
  return row + rows;
}

/// Title, line and headings; the row behind them.
lxw_row_t write_head(lxw_worksheet* sheet, const Sheet& content, const Formats& formats) {
  const auto last = static_cast<lxw_col_t>(content.columns.size() - 1);
  lxw_row_t row = 0;
  if (!content.title.empty()) {
    worksheet_merge_range(sheet, row, 0, row, last, content.title.c_str(), formats.title);
    worksheet_set_row(sheet, row++, 34, nullptr);
  }
  if (!content.line.empty()) {
    worksheet_merge_range(sheet, row, 0, row, last, content.line.c_str(), formats.line);
    worksheet_set_row(sheet, row++, 24, nullptr);
  }
  for (std::size_t i = 0; i < content.columns.size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(sheet, column, column, content.columns[i].width, nullptr);
    worksheet_write_string(sheet, row, column, content.columns[i].heading.c_str(),
                           content.printed ? formats.heading : formats.list_heading);
  }
  if (content.printed) worksheet_set_row(sheet, row, 26, nullptr);
  return row + 1;
}

void write_sheet(lxw_workbook* book, const Sheet& content, const Formats& formats) {
  lxw_worksheet* sheet = workbook_add_worksheet(book, content.name.c_str());
  const auto first = write_head(sheet, content, formats);
  lxw_row_t row = first;
  for (const auto& cells : content.rows) {
    if (content.printed) {
      row = write_tall_row(sheet, row, content, cells, formats);
      continue;
    }
    for (std::size_t i = 0; i < cells.size(); ++i)
      write_cell(sheet, row, static_cast<lxw_col_t>(i), cells[i], formats.left, formats);
    ++row;
  }
  worksheet_freeze_panes(sheet, first, 0);
  if (!content.printed) return;
  worksheet_set_paper(sheet, 9);  // A4
  if (content.landscape) worksheet_set_landscape(sheet);
  worksheet_fit_to_pages(sheet, 1, 0);
  worksheet_repeat_rows(sheet, first - 1, first - 1);
  worksheet_set_margins(sheet, 0.5, 0.5, 0.6, 0.7);
  worksheet_center_horizontally(sheet);
  if (!content.footer.empty()) worksheet_set_footer(sheet, content.footer.c_str());
}

}  // namespace

Status write_xlsx(const Workbook& workbook, const std::filesystem::path& path) {
  // The library reports a file it cannot make only at the end, and on standard error.
  if (!std::ofstream(path, std::ios::app)) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path.string() + ": " + std::strerror(errno));
  }
  lxw_workbook* book = workbook_new(path.c_str());
  if (book == nullptr) return fail(ErrorKind::unavailable, "file.unwritable", path.string());
  lxw_doc_properties properties{};
  std::string title = workbook.title;
  properties.title = title.data();
  properties.created = static_cast<std::time_t>(workbook.made_at.ms / 1000);  // else: now
  workbook_set_properties(book, &properties);
  const Formats formats(book);
  for (const auto& sheet : workbook.sheets) write_sheet(book, sheet, formats);
  const auto closed = workbook_close(book);
  if (closed != LXW_NO_ERROR) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path.string() + ": " + lxw_strerror(closed));
  }
  return {};
}

}  // namespace anlan::documents
