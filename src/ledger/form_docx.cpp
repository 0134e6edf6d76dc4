#include <fmt/format.h>

#include "documents/docx.hpp"
#include "ledger/form.hpp"

namespace anlan::ledger {
namespace {

using documents::Align;
using documents::RunStyle;

// Twentieths of a point: A4 across less 15 mm at each side is 15138.
constexpr int widths[form_columns] = {700, 1900, 3500, 5048, 1330, 1330, 1330};
constexpr int width_of_all = 15138;

std::string body(const Form& form) {
  std::vector<documents::Column> columns;
  std::vector<std::string> headings;
  for (std::size_t i = 0; i < form_columns; ++i) {
    columns.push_back({widths[i], i == 0 || i > 3 ? Align::centre : Align::left});
    headings.emplace_back(form_headings[i]);
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : form_rows(form.content)) rows.emplace_back(row.begin(), row.end());
  documents::ParagraphStyle title;
  title.align = Align::centre;
  title.after = 120;
  documents::ParagraphStyle unit;
  unit.after = 80;
  return documents::paragraph(documents::run(form_title, {"黑体", 36, true}), title) +
         documents::paragraph(
             documents::run(fmt::format("{}：{}", form_unit_heading, form.content.unit),
                            {"宋体", 22, false}),
             unit) +
         documents::table(columns, headings, rows, {});
}

/// Left, middle and right by tab stops.
std::string footer(const Form& form) {
  const RunStyle small{"宋体", 18, false};
  documents::ParagraphStyle style;
  style.tabs = fmt::format("center:7569 right:{}", width_of_all);
  return documents::paragraph(documents::run(form_version_line(form), small) + documents::tab() +
                                  documents::run("第 ", small) + documents::field("PAGE", small) +
                                  documents::run(" 页　共 ", small) +
                                  documents::field("NUMPAGES", small) +
                                  documents::run(" 页", small) + documents::tab() +
                                  documents::run("SHA-256 " + form.sha256(), {"宋体", 14, false}),
                              style);
}

}  // namespace

Status write_docx(const Form& form, const std::filesystem::path& path) {
  documents::PageLayout page;
  page.width = 16838;
  page.height = 11906;
  page.landscape = true;
  page.top = page.right = page.left = 850;
  page.bottom = 1020;
  page.header = page.footer = 500;
  return documents::write_docx(
      {std::string(form_title), form.made_at.day(), page, body(form), footer(form)}, path);
}

}  // namespace anlan::ledger
