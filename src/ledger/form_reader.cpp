#include "ledger/form_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "ingest/xlsx_source.hpp"
#include "ledger/form.hpp"
#include "ledger/form_extra.hpp"

namespace anlan::ledger {
namespace {

constexpr std::size_t heading_rows_max = 20;  // above the headings: title, unit, date
constexpr std::size_t rows_max = 5000;
constexpr std::size_t problems_max = 100;

struct SheetRow {
  std::int64_t number = 0;
  std::vector<std::string> cells;
};

Result<std::vector<SheetRow>> rows_of(const std::filesystem::path& path, const std::string& sheet) {
  auto source = ingest::open_xlsx(
      path, sheet,
      {.bytes_max = std::uint64_t{256} << 20, .shared_text_max = std::uint64_t{64} << 20});
  if (!source) return fail(source.error());
  std::vector<SheetRow> rows;
  ingest::RecordBatch batch;
  for (;;) {
    const auto more = (*source)->next(batch, 1000);
    if (!more) return fail(more.error());
    if (!*more) return rows;
    std::size_t field = 0;
    for (std::size_t i = 0; i < batch.records(); ++i) {
      SheetRow row{batch.row_nos[i], {}};
      for (; field < batch.record_ends[i]; ++field) {
        const auto begin = field == 0 ? 0 : batch.field_ends[field - 1];
        row.cells.push_back(batch.arena.substr(begin, batch.field_ends[field] - begin));
      }
      rows.push_back(std::move(row));
    }
    if (rows.size() > rows_max)
      return fail(ErrorKind::invalid_input, "file.too_large",
                  fmt::format("{}: more than {} rows", path.filename().string(), rows_max));
  }
}

/// Without any space or line end: headings are broken over lines by whoever likes it narrow.
std::string squeezed(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\xE3\x80\x80")) {
      i += 2;
    } else if (std::string_view(" \t\r\n").find(text[i]) == std::string_view::npos) {
      out += text[i];
    }
  }
  return out;
}

/// Line ends of Windows and spaces at the ends of lines are typing, not content.
std::string tidy(std::string_view text) {
  std::string out;
  for (const auto line : split(text, '\n')) {
    const auto content = trim(line);
    if (content.empty() && out.empty()) continue;
    if (!out.empty()) out += '\n';
    out += content;
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

class Reader {
 public:
  Reader(const std::filesystem::path& path, const catalog::Catalog& catalog,
         const ReadOptions& options)
      : path_(path), file_(path.filename().string()), catalog_(catalog), options_(options) {}

  Result<ReadForm> read() {
    auto sheet = rows_of(path_, std::string(form_sheet_name));
    if (!sheet && sheet.error().code == "file.sheet_missing") sheet = rows_of(path_, "");
    if (!sheet) return fail(sheet.error());
    auto extra = rows_of(path_, std::string(extra_sheet_name));
    if (extra) {
      out_.registered = true;
    } else if (extra.error().code != "file.sheet_missing") {
      return fail(extra.error());
    }

    const auto heading = find_headings(*sheet);
    if (heading) {
      for (std::size_t i = *heading + 1; i < sheet->size(); ++i) {
        if (!take_row((*sheet)[i])) break;
      }
      if (out_.content.points.empty() && problems_.empty())
        say(0, "", "no rows below the headings");
      if (extra) take_extra_rows(*extra);
    }
    if (problems_.empty()) check_words();
    if (problems_.empty()) return std::move(out_);
    return fail(ErrorKind::invalid_input, "ledger.form",
                fmt::format("{}", fmt::join(problems_, "\n")));
  }

 private:
  void say(std::int64_t row, std::string_view column, const std::string& problem) {
    if (problems_.size() == problems_max) problems_.push_back(file_ + ": and more");
    if (problems_.size() >= problems_max) return;
    std::string where = file_;
    if (row > 0) where += fmt::format(": row {}", row);
    if (!column.empty()) where += fmt::format(", {}", column);
    problems_.push_back(where + ": " + problem);
  }

  /// Also takes the unit's name above them.
  std::optional<std::size_t> find_headings(const std::vector<SheetRow>& sheet) {
    for (std::size_t i = 0; i < std::min(sheet.size(), heading_rows_max); ++i) {
      const auto& row = sheet[i];
      std::vector<std::string> cells;
      for (const auto& cell : row.cells) cells.push_back(squeezed(cell));
      if (std::find(cells.begin(), cells.end(), form_headings[2]) == cells.end()) {
        take_unit(row);
        continue;
      }
      bool whole = true;
      for (std::size_t column = 0; column < form_columns; ++column) {
        const auto found = std::find(cells.begin(), cells.end(), form_headings[column]);
        if (found == cells.end()) {
          say(row.number, form_headings[column], "there is no such column");
          whole = false;
        }
        columns_[column] = static_cast<std::size_t>(found - cells.begin());
      }
      for (const auto& cell : cells) {
        if (!cell.empty() &&
            std::find(form_headings.begin(), form_headings.end(), cell) == form_headings.end()) {
          say(row.number, cell, "the form has seven columns, and not this one");
          whole = false;
        }
      }
      if (out_.content.unit.empty())
        say(row.number, form_unit_heading, "expected the unit's name above the table");
      return whole ? std::optional(i) : std::nullopt;
    }
    say(0, "",
        fmt::format("expected the headings {} in the first {} rows", fmt::join(form_headings, "、"),
                    heading_rows_max));
    return std::nullopt;
  }

  /// "填报单位（盖章）：" and the name, in one cell or in the next.
  void take_unit(const SheetRow& row) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      auto text = std::string(trim(row.cells[i]));
      if (!text.starts_with("填报单位")) continue;
      for (const std::string_view colon : {"：", ":"}) {
        const auto at = text.find(colon);
        if (at != std::string::npos)
          out_.content.unit = std::string(trim(std::string_view(text).substr(at + colon.size())));
      }
      for (auto next = i + 1; next < row.cells.size() && out_.content.unit.empty(); ++next)
        out_.content.unit = std::string(trim(row.cells[next]));
    }
  }

  std::string cell(const SheetRow& row, std::size_t column) const {
    const auto at = columns_[column];
    return at < row.cells.size() ? tidy(row.cells[at]) : std::string();
  }

  /// False at what stands below the table.
  bool take_row(const SheetRow& row) {
    std::array<std::string, form_columns> cells;
    bool blank = true;
    for (std::size_t i = 0; i < form_columns; ++i) {
      cells[i] = cell(row, i);
      blank = blank && cells[i].empty();
    }
    if (blank) return true;
    for (const std::string_view word : {"注", "备注", "说明", "填表", "填报"}) {
      if (cells[0].starts_with(word)) return false;
    }
    const auto expected = std::to_string(out_.content.points.size() + 1);
    if (cells[0] != expected) {
      say(row.number, form_headings[0],
          fmt::format("{}, expected {}", cells[0].empty() ? "empty" : cells[0], expected));
    }
    if (options_.fill_down && !out_.content.points.empty()) {
      const auto& above = out_.content.points.back();
      const auto fill = [](std::string& text, const std::string& from) {
        if (text.empty()) text = from;
      };
      fill(cells[1], above.department);
      fill(cells[4], above.direct.name);
      fill(cells[5], above.department_head.name);
      fill(cells[6], above.unit_head.name);
    }
    RiskPoint point;
    const auto needed = [&](std::size_t column) {
      if (cells[column].empty())
        say(row.number, form_headings[column],
            "empty (merged cells: fill in each row, or read with --fill-down)");
      return cells[column];
    };
    point.department = needed(1);
    point.risk = needed(2);
    for (const auto line : split(cells[3], '\n')) {
      if (!trim(line).empty()) point.measures.push_back(assignment(std::string(trim(line))));
    }
    point.direct.name = cells[4];
    point.department_head.name = cells[5];
    point.unit_head.name = cells[6];
    out_.content.points.push_back(std::move(point));
    row_numbers_.push_back(row.number);
    return true;
  }

  Assignment assignment(std::string text) const {
    for (const auto& measure : catalog_.measures) {
      if (text.starts_with(measure.title.zh) || text.starts_with(measure.code))
        return {measure.code, std::move(text)};
    }
    return {"", std::move(text)};
  }

  void take_extra_rows(const std::vector<SheetRow>& extra) {
    const auto headings = extra_headings();
    const auto sheet_problem = [&](std::int64_t row, const std::string& problem) {
      say(row, fmt::format("{}", extra_sheet_name), problem);
    };
    if (extra.empty()) return;
    for (std::size_t i = 0; i < headings.size(); ++i) {
      const auto there = i < extra[0].cells.size() ? squeezed(extra[0].cells[i]) : "";
      if (there != headings[i]) {
        return sheet_problem(extra[0].number,
                             fmt::format("column {} is {}, expected {}", i + 1,
                                         there.empty() ? "empty" : there, headings[i]));
      }
    }
    std::map<std::string, bool> seen;
    for (std::size_t i = 1; i < extra.size(); ++i) {
      const auto& row = extra[i];
      if (std::all_of(row.cells.begin(), row.cells.end(),
                      [](const std::string& one) { return trim(one).empty(); }))
        continue;
      const auto number = row.cells.empty() ? std::string() : std::string(trim(row.cells[0]));
      std::size_t at = 0;
      for (std::size_t point = 0; point < out_.content.points.size(); ++point) {
        if (number == std::to_string(point + 1)) at = point + 1;
      }
      if (at == 0 || seen[number]) {
        sheet_problem(row.number,
                      fmt::format("序号 {}: {}", number,
                                  at == 0 ? "there is no such row in the form" : "stands twice"));
        continue;
      }
      seen[number] = true;
      for (const auto& problem : take_extra(row.cells, out_.content.points[at - 1]))
        sheet_problem(row.number, problem);
    }
  }

  /// The year is not in the form; any that is allowed will do here.
  void check_words() {
    out_.content.year = 2018;
    for (const auto& one : problems_of(out_.content, catalog_)) {
      say(one.row == 0 ? 0 : row_numbers_[static_cast<std::size_t>(one.row - 1)], one.column,
          one.problem);
    }
    out_.content.year = 0;
  }

  const std::filesystem::path& path_;
  std::string file_;
  const catalog::Catalog& catalog_;
  const ReadOptions& options_;
  std::array<std::size_t, form_columns> columns_{};
  std::vector<std::int64_t> row_numbers_;  // of the sheet, for each point
  std::vector<std::string> problems_;
  ReadForm out_;
};

}  // namespace

Result<ReadForm> read_form(const std::filesystem::path& path, const catalog::Catalog& catalog,
                           const ReadOptions& options) {
  return Reader(path, catalog, options).read();
}

}  // namespace anlan::ledger
