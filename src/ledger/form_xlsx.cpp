#include <fmt/format.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <fstream>

#include "base/text.hpp"
#include "ledger/form.hpp"
#include "ledger/form_extra.hpp"

namespace anlan::ledger {
namespace {

// In characters of the sheet's standard font; together one A4 page across.
constexpr double widths[form_columns] = {6, 18, 34, 52, 12, 12, 12};
constexpr double line_points = 15.5;
constexpr double row_points_max = 409;  // a spreadsheet's own limit

/// How many lines `text` takes in a column so wide: spreadsheets do not find out by themselves.
std::size_t lines_of(const std::string& text, double width) {
  std::size_t lines = 0;
  for (const auto line : split(text, '\n')) {
    const auto across = static_cast<std::size_t>(width) - 1;
    lines += std::max<std::size_t>(1, (display_width(line) + across - 1) / across);
  }
  return lines;
}

lxw_format* bordered(lxw_workbook* book, bool centred) {
  lxw_format* format = workbook_add_format(book);
  format_set_border(format, LXW_BORDER_THIN);
  format_set_text_wrap(format);
  format_set_align(format, LXW_ALIGN_VERTICAL_CENTER);
  if (centred) format_set_align(format, LXW_ALIGN_CENTER);
  format_set_font_name(format, "宋体");
  format_set_font_size(format, 10.5);
  return format;
}

void write_form_sheet(lxw_workbook* book, const Form& form) {
  lxw_worksheet* sheet = workbook_add_worksheet(book, std::string(form_sheet_name).c_str());
  lxw_format* title = workbook_add_format(book);
  format_set_bold(title);
  format_set_font_name(title, "黑体");
  format_set_font_size(title, 18);
  format_set_align(title, LXW_ALIGN_CENTER);
  format_set_align(title, LXW_ALIGN_VERTICAL_CENTER);
  lxw_format* unit = workbook_add_format(book);
  format_set_font_name(unit, "宋体");
  format_set_font_size(unit, 11);
  format_set_align(unit, LXW_ALIGN_VERTICAL_CENTER);
  lxw_format* heading = bordered(book, true);
  format_set_bold(heading);
  format_set_bg_color(heading, 0xE7F1F8);
  lxw_format* left = bordered(book, false);
  lxw_format* centre = bordered(book, true);
  lxw_format* top_left = bordered(book, false);
  lxw_format* top_centre = bordered(book, true);
  for (auto* format : {top_left, top_centre}) format_set_align(format, LXW_ALIGN_VERTICAL_TOP);

  for (std::size_t i = 0; i < form_columns; ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(sheet, column, column, widths[i], nullptr);
  }
  const auto last = static_cast<lxw_col_t>(form_columns - 1);
  worksheet_merge_range(sheet, 0, 0, 0, last, std::string(form_title).c_str(), title);
  worksheet_set_row(sheet, 0, 34, nullptr);
  worksheet_merge_range(sheet, 1, 0, 1, last,
                        fmt::format("{}：{}", form_unit_heading, form.content.unit).c_str(), unit);
  worksheet_set_row(sheet, 1, 24, nullptr);
  for (std::size_t i = 0; i < form_columns; ++i) {
    worksheet_write_string(sheet, 2, static_cast<lxw_col_t>(i),
                           std::string(form_headings[i]).c_str(), heading);
  }
  worksheet_set_row(sheet, 2, 26, nullptr);
  lxw_row_t row = 3;
  std::uint32_t number = 0;
  for (const auto& cells : form_rows(form.content)) {
    std::size_t lines = 1;
    for (std::size_t i = 0; i < form_columns; ++i)
      lines = std::max(lines, lines_of(cells[i], widths[i]));
    const double height = static_cast<double>(lines) * line_points + 8;
    // A row of a sheet has a greatest height; a taller one is made of several, merged.
    const auto rows = static_cast<lxw_row_t>(std::ceil(height / row_points_max));
    ++number;
    for (std::size_t i = 0; i < form_columns; ++i) {
      const auto column = static_cast<lxw_col_t>(i);
      lxw_format* format =
          i == 0 || i > 3 ? (rows > 1 ? top_centre : centre) : (rows > 1 ? top_left : left);
      if (rows > 1) worksheet_merge_range(sheet, row, column, row + rows - 1, column, "", format);
      if (i == 0) {
        worksheet_write_number(sheet, row, column, number, format);
      } else {
        // A text cell stays a text whatever it begins with: no spreadsheet runs it.
        worksheet_write_string(sheet, row, column, cells[i].c_str(), format);
      }
    }
    for (lxw_row_t i = 0; i < rows; ++i) worksheet_set_row(sheet, row + i, height / rows, nullptr);
    row += rows;
  }
  worksheet_set_paper(sheet, 9);  // A4
  worksheet_set_landscape(sheet);
  worksheet_fit_to_pages(sheet, 1, 0);
  worksheet_repeat_rows(sheet, 2, 2);
  worksheet_set_margins(sheet, 0.5, 0.5, 0.6, 0.7);
  worksheet_center_horizontally(sheet);
  worksheet_freeze_panes(sheet, 3, 0);
  worksheet_set_footer(sheet, fmt::format("&L&8 {}&C&9第 &P 页　共 &N 页&R&7SHA-256 {}",
                                          form_version_line(form), form.sha256())
                                  .c_str());
}

void write_extra_sheet(lxw_workbook* book, const Form& form) {
  lxw_worksheet* sheet = workbook_add_worksheet(book, std::string(extra_sheet_name).c_str());
  lxw_format* heading = bordered(book, true);
  format_set_bold(heading);
  lxw_format* plain = bordered(book, false);
  const auto headings = extra_headings();
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(sheet, column, column, 14, nullptr);
    worksheet_write_string(sheet, 0, column, headings[i].c_str(), heading);
  }
  worksheet_freeze_panes(sheet, 1, 0);
  lxw_row_t row = 0;
  for (const auto& point : form.content.points) {
    ++row;
    const auto cells = extra_cells(static_cast<int>(row), point);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      worksheet_write_string(sheet, row, static_cast<lxw_col_t>(i), cells[i].c_str(), plain);
    }
  }
}

}  // namespace

Status write_xlsx(const Form& form, const std::filesystem::path& path) {
  // The library reports a file it cannot make only at the end, and on standard error.
  if (!std::ofstream(path, std::ios::app)) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path.string() + ": " + std::strerror(errno));
  }
  lxw_workbook* book = workbook_new(path.c_str());
  if (book == nullptr) return fail(ErrorKind::unavailable, "file.unwritable", path.string());
  lxw_doc_properties properties{};
  std::string title(form_title);
  properties.title = title.data();
  properties.created = static_cast<std::time_t>(form.made_at.ms / 1000);  // else: now
  workbook_set_properties(book, &properties);
  write_form_sheet(book, form);
  write_extra_sheet(book, form);
  const auto closed = workbook_close(book);
  if (closed != LXW_NO_ERROR) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path.string() + ": " + lxw_strerror(closed));
  }
  return {};
}

}  // namespace anlan::ledger
