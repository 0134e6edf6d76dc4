#include "leads/export.hpp"

#include <fmt/format.h>
#include <xlsxwriter.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <ostream>
#include <vector>

#include "base/fen.hpp"
#include "base/text.hpp"

namespace anlan::leads {
namespace {

struct Words {
  const char* name;
  const char* zh;
  const char* en;
};

template <std::size_t N>
std::string translated(const Words (&all)[N], const std::string& name, Lang lang) {
  for (const auto& words : all) {
    if (name == words.name) return lang == Lang::zh ? words.zh : words.en;
  }
  return name;
}

struct Heading {
  const char* zh;
  const char* en;
  double width;
};

constexpr Heading lead_headings[] = {
    {"序号", "No.", 6},
    {"疑点编号", "Lead", 22},
    {"检测编号", "Code", 9},
    {"检测名称", "Detection", 24},
    {"严重程度", "Severity", 9},
    {"得分", "Score", 7},
    {"核查期限(工作日)", "Verify within (working days)", 10},
    {"对象类型", "Subject kind", 10},
    {"对象标识", "Subject", 22},
    {"起始月", "From", 9},
    {"截止月", "To", 9},
    {"金额(元)", "Amount (yuan)", 16},
    {"金额性质", "Kind of amount", 12},
    {"命中数", "Hits", 8},
    {"变化", "Change", 8},
    {"说明", "Reason", 90},
};
constexpr Heading evidence_headings[] = {
    {"疑点编号", "Lead", 22}, {"月份", "Month", 9},  {"金额(元)", "Amount (yuan)", 16},
    {"数据表", "Table", 20},  {"行标识", "Row", 40},
};

std::string title_of(const Titles& titles, const LeadRow& row, Lang lang) {
  const auto found = titles.find(row.code);
  return found == titles.end() ? row.detection : found->second.in(lang);
}

/// A cell that no spreadsheet takes for a formula.
std::string safe(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t").find(text.front()) != std::string_view::npos) {
    text.insert(text.begin(), '\'');
  }
  return text;
}

struct Sheet {
  lxw_worksheet* sheet;
  lxw_row_t row = 0;
};

template <std::size_t N>
void put_headings(Sheet& sheet, const Heading (&headings)[N], lxw_format* format, Lang lang) {
  for (std::size_t i = 0; i < N; ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(sheet.sheet, column, column, headings[i].width, nullptr);
    worksheet_write_string(sheet.sheet, 0, column,
                           lang == Lang::zh ? headings[i].zh : headings[i].en, format);
  }
  worksheet_freeze_panes(sheet.sheet, 1, 0);
  sheet.row = 1;
}

}  // namespace

std::string severity_words(const std::string& severity, Lang lang) {
  constexpr Words all[] = {
      {"high", "高", "high"}, {"medium", "中", "medium"}, {"low", "低", "low"}};
  return translated(all, severity, lang);
}

std::string amount_kind_words(const std::string& kind, Lang lang) {
  constexpr Words all[] = {{"recoverable", "可追回", "recoverable"},
                           {"difference", "差额", "difference"},
                           {"exposure", "涉及", "exposure"}};
  return translated(all, kind, lang);
}

std::string subject_kind_words(const std::string& kind, Lang lang) {
  constexpr Words all[] = {
      {"person", "人员", "person"},       {"employer", "单位", "employer"},
      {"account", "账户", "account"},     {"case", "办件", "case"},
      {"operator", "操作员", "operator"}, {"institution", "服务机构", "institution"},
      {"fund", "基金", "fund"},           {"region", "区划", "region"},
      {"document", "材料", "document"}};
  return translated(all, kind, lang);
}

std::string change_words(Change change, Lang lang) {
  switch (change) {
    case Change::first:
      return std::string(say(lang, "首次", "first run"));
    case Change::fresh:
      return std::string(say(lang, "新增", "new"));
    case Change::grown:
      return std::string(say(lang, "增加", "grown"));
    case Change::shrunk:
      return std::string(say(lang, "减少", "shrunk"));
    case Change::same:
      return std::string(say(lang, "不变", "same"));
    case Change::gone:
      return std::string(say(lang, "消失", "gone"));
  }
  return "";
}

Status write_csv(LeadList& list, const Titles& titles, Lang lang, std::ostream& out) {
  out << "\xEF\xBB\xBF";
  const char* separator = "";
  for (const auto& heading : lead_headings) {
    out << separator << (lang == Lang::zh ? heading.zh : heading.en);
    separator = ",";
  }
  out << "\r\n";
  std::int64_t number = 0;
  return list.each([&](const LeadRow& row) -> Status {
    const std::string cells[] = {std::to_string(++number),
                                 row.lead_id,
                                 row.code,
                                 title_of(titles, row, lang),
                                 severity_words(row.severity, lang),
                                 row.score,
                                 std::to_string(row.verify_within_days),
                                 subject_kind_words(row.subject_kind, lang),
                                 safe(row.subject_id),
                                 row.month_from,
                                 row.month_to,
                                 plain_yuan(Fen{row.amount_fen}),
                                 amount_kind_words(row.amount_kind, lang),
                                 std::to_string(row.n_hits),
                                 change_words(row.change, lang),
                                 safe(row.reason.in(lang))};
    const char* comma = "";
    for (const auto& cell : cells) {
      out << comma << csv_field(cell);
      comma = ",";
    }
    out << "\r\n";
    return {};
  });
}

Status write_xlsx(LeadList& list, const Titles& titles, Lang lang,
                  const std::filesystem::path& path) {
  return write_xlsx([&](const auto& take) { return list.each(take); },
                    [&](const auto& take) { return list.each_evidence(take); }, titles, lang, path);
}

Status write_xlsx(const EachOf<LeadRow>& each_lead, const EachOf<EvidenceRow>& each_evidence,
                  const Titles& titles, Lang lang, const std::filesystem::path& path) {
  // The library reports a file it cannot make only at the end, and on standard error.
  if (!std::ofstream(path, std::ios::app)) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path.string() + ": " + std::strerror(errno));
  }
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  lxw_workbook* book = workbook_new_opt(path.c_str(), &options);
  if (book == nullptr) return fail(ErrorKind::unavailable, "file.unwritable", path.string());
  lxw_format* bold = workbook_add_format(book);
  format_set_bold(bold);
  format_set_bg_color(bold, 0xE7F1F8);
  format_set_border(bold, LXW_BORDER_THIN);
  format_set_text_wrap(bold);
  lxw_format* money = workbook_add_format(book);
  format_set_num_format(money, "#,##0.00");

  Sheet leads{workbook_add_worksheet(book, lang == Lang::zh ? "疑点" : "Leads")};
  put_headings(leads, lead_headings, bold, lang);
  worksheet_set_landscape(leads.sheet);
  worksheet_set_paper(leads.sheet, 9);
  worksheet_fit_to_pages(leads.sheet, 1, 0);
  worksheet_repeat_rows(leads.sheet, 0, 0);
  Status done = each_lead([&](const LeadRow& row) -> Status {
    const auto r = leads.row++;
    const auto text = [&](int column, const std::string& words) {
      worksheet_write_string(leads.sheet, r, static_cast<lxw_col_t>(column), words.c_str(),
                             nullptr);
    };
    worksheet_write_number(leads.sheet, r, 0, r, nullptr);
    text(1, row.lead_id);
    text(2, row.code);
    text(3, title_of(titles, row, lang));
    text(4, severity_words(row.severity, lang));
    worksheet_write_number(leads.sheet, r, 5, std::stod(row.score), nullptr);
    worksheet_write_number(leads.sheet, r, 6, row.verify_within_days, nullptr);
    text(7, subject_kind_words(row.subject_kind, lang));
    text(8, row.subject_id);  // as text: a spreadsheet keeps only 15 digits of a number
    text(9, row.month_from);
    text(10, row.month_to);
    // A spreadsheet knows no other number; below 90 trillion yuan the fen stay exact.
    worksheet_write_number(leads.sheet, r, 11, static_cast<double>(row.amount_fen) / 100.0, money);
    text(12, amount_kind_words(row.amount_kind, lang));
    worksheet_write_number(leads.sheet, r, 13, static_cast<double>(row.n_hits), nullptr);
    text(14, change_words(row.change, lang));
    text(15, row.reason.in(lang));
    return {};
  });

  constexpr lxw_row_t rows_max = 1'048'575;
  if (done && each_evidence) {
    Sheet evidence{workbook_add_worksheet(book, lang == Lang::zh ? "证据" : "Evidence")};
    put_headings(evidence, evidence_headings, bold, lang);
    done = each_evidence([&](const EvidenceRow& row) -> Status {
      if (evidence.row == rows_max) {
        worksheet_write_string(evidence.sheet, evidence.row++, 0,
                               lang == Lang::zh
                                   ? "超出工作表行数，其余见 JSON Lines 输出"
                                   : "More than a sheet holds; see the JSON Lines output",
                               nullptr);
      }
      if (evidence.row > rows_max) return {};
      const auto r = evidence.row++;
      worksheet_write_string(evidence.sheet, r, 0, row.lead_id.c_str(), nullptr);
      worksheet_write_string(evidence.sheet, r, 1, row.month.c_str(), nullptr);
      if (row.amount_fen) {
        worksheet_write_number(evidence.sheet, r, 2, static_cast<double>(*row.amount_fen) / 100.0,
                               money);
      }
      worksheet_write_string(evidence.sheet, r, 3, row.table.c_str(), nullptr);
      worksheet_write_string(evidence.sheet, r, 4, row.key.c_str(), nullptr);
      return {};
    });
  }
  const auto closed = workbook_close(book);
  if (!done) return done;
  if (closed != LXW_NO_ERROR) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path.string() + ": " + lxw_strerror(closed));
  }
  return {};
}

}  // namespace anlan::leads
