#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "ledger/content.hpp"

namespace anlan::ledger {

/// The seven columns of the printed form, by the founding document; no more and no fewer.
constexpr std::size_t form_columns = 7;
extern const std::array<std::string_view, form_columns> form_headings;
extern const std::string_view form_unit_heading;  ///< 填报单位（盖章）
extern const std::string_view form_title;         ///< 社会保险基金风险防控台账
extern const std::string_view extra_sheet_name;   ///< sheet of an XLSX with what is not printed
extern const std::string_view form_sheet_name;

/// One version of a ledger as it goes out. Equal forms give equal bytes.
struct Form {
  Content content;
  std::int64_t version = 0;
  std::string state;  ///< words for the footer: 草稿, 已签章 …
  Instant made_at;    ///< when this version was made
  std::string sha256() const { return hash_of(content); }
};

using FormRow = std::array<std::string, form_columns>;
/// What stands in the seven columns; measures one a line.
std::vector<FormRow> form_rows(const Content& content);
/// "2018年度 第3版 草稿": left in the footer of every page.
std::string form_version_line(const Form& form);

/// A4 landscape, the headings on every page, page number, version and SHA-256 in the footer. The
/// XLSX has a second sheet with what the form does not show, so that reading it back gives the same
/// ledger. Errors: unavailable "file.unwritable".
Status write_xlsx(const Form& form, const std::filesystem::path& path);
Status write_docx(const Form& form, const std::filesystem::path& path);
/// `fonts` names families, the first that is installed is used; empty: Noto Sans CJK SC.
Status write_pdf(const Form& form, const std::filesystem::path& path,
                 const std::string& fonts = {});

}  // namespace anlan::ledger
