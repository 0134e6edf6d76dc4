#pragma once

#include <string>
#include <string_view>

#include "documents/docx.hpp"

namespace anlan::documents {

// The layout of an official paper (GB/T 9704): A4, margins 37/35/28/26 mm, title 2号小标宋, body
// 3号仿宋 in lines of 28 points, headings 黑体, page numbers "— 1 —" in 4号宋体.

PageLayout official_page();
/// Width between the margins.
constexpr int official_width = 8845;

/// The issuing organ above its paper's name.
std::string official_organ(std::string_view name);
std::string official_title(std::string_view text);
/// 津人社移〔2026〕1号, at the right above the text.
std::string official_number(std::string_view text);
/// To whom it goes; the line ends with a colon.
std::string official_addressee(std::string_view name);
/// A paragraph of the body, its first line two characters in.
std::string official_text(std::string_view text);
std::string official_heading(std::string_view text);
/// "附件：1. …", the numbers below each other.
std::string official_enclosure(std::string_view first, std::string_view rest);
/// Who signs by hand, above the organ.
std::string official_signers(std::string_view text);
/// Organ and day at the end, at the right, with room for the seal.
std::string official_signature(std::string_view organ, Date on);
std::string official_page_number();
/// "2026年11月25日".
std::string chinese_day(Date day);
/// In a table of such a paper: 小四号仿宋.
TableStyle official_table();

}  // namespace anlan::documents
