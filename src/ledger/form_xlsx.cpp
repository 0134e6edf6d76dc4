#include <fmt/format.h>

#include "documents/xlsx.hpp"
#include "ledger/form.hpp"
#include "ledger/form_extra.hpp"

namespace anlan::ledger {
namespace {

// In characters of the sheet's standard font; together one A4 page across.
constexpr double widths[form_columns] = {6, 18, 34, 52, 12, 12, 12};

documents::Sheet form_sheet(const Form& form) {
  documents::Sheet sheet;
  sheet.name = form_sheet_name;
  sheet.title = form_title;
  sheet.line = fmt::format("{}：{}", form_unit_heading, form.content.unit);
  for (std::size_t i = 0; i < form_columns; ++i)
    sheet.columns.push_back({std::string(form_headings[i]), widths[i], i == 0 || i > 3});
  std::int64_t number = 0;
  for (const auto& row : form_rows(form.content)) {
    std::vector<documents::SheetCell> cells(row.begin(), row.end());
    cells.front() = ++number;
    sheet.rows.push_back(std::move(cells));
  }
  sheet.footer = fmt::format("&L&8 {}&C&9第 &P 页　共 &N 页&R&7SHA-256 {}", form_version_line(form),
                             form.sha256());
  return sheet;
}

documents::Sheet extra_sheet(const Form& form) {
  documents::Sheet sheet;
  sheet.name = extra_sheet_name;
  sheet.printed = false;
  for (const auto& heading : extra_headings()) sheet.columns.push_back({heading, 14, false});
  int row = 0;
  for (const auto& point : form.content.points) {
    const auto cells = extra_cells(++row, point);
    sheet.rows.emplace_back(cells.begin(), cells.end());
  }
  return sheet;
}

}  // namespace

Status write_xlsx(const Form& form, const std::filesystem::path& path) {
  return documents::write_xlsx(
      {std::string(form_title), form.made_at, {form_sheet(form), extra_sheet(form)}}, path);
}

}  // namespace anlan::ledger
