#include "documents/official.hpp"

#include <fmt/format.h>

namespace anlan::documents {
namespace {

const RunStyle body{"仿宋_GB2312", 32, false};
const RunStyle small_song{"方正小标宋简体", 44, false};
constexpr int line = 560;  // 28 points

ParagraphStyle body_style() {
  ParagraphStyle style;
  style.align = Align::both;
  style.line_exact = line;
  style.char_width = 320;
  return style;
}

}  // namespace

PageLayout official_page() {
  PageLayout page;
  page.top = 2098;     // 37 mm
  page.right = 1474;   // 26 mm
  page.bottom = 1984;  // 35 mm
  page.left = 1587;    // 28 mm
  page.header = 850;
  page.footer = 1587;
  return page;
}

std::string official_organ(std::string_view name) {
  auto style = body_style();
  style.align = Align::centre;
  style.line_exact = 700;
  return paragraph(run(name, small_song), style);
}

std::string official_title(std::string_view text) {
  auto style = body_style();
  style.align = Align::centre;
  style.line_exact = 700;
  style.after = line / 2;
  return paragraph(run(text, small_song), style);
}

std::string official_number(std::string_view text) {
  auto style = body_style();
  style.align = Align::right;
  style.after = line / 2;
  return paragraph(run(text, body), style);
}

std::string official_addressee(std::string_view name) {
  return paragraph(run(std::string(name) + "：", body), body_style());
}

std::string official_text(std::string_view text) {
  auto style = body_style();
  style.first_line_chars = 200;
  return paragraph(run(text, body), style);
}

std::string official_heading(std::string_view text) {
  auto style = body_style();
  style.first_line_chars = 200;
  style.keep_with_next = true;
  return paragraph(run(text, {"黑体", 32, false}), style);
}

std::string official_enclosure(std::string_view first, std::string_view rest) {
  auto style = body_style();
  style.align = Align::left;
  style.first_line_chars = first.empty() ? 500 : 200;
  style.keep_with_next = true;  // a signature never stands alone on a page
  return paragraph(run(std::string(first) + std::string(rest), body), style);
}

std::string official_signers(std::string_view text) {
  auto style = body_style();
  style.first_line_chars = 200;
  style.before = line / 2;
  style.keep_with_next = true;
  return paragraph(run(text, body), style);
}

std::string official_signature(std::string_view organ, Date on) {
  auto style = body_style();
  style.align = Align::right;
  style.right_chars = 400;
  style.keep_with_next = true;
  // Two empty lines: the seal stands over organ and day.
  auto room = style;
  std::string out = paragraph(run("", body), room) + paragraph(run("", body), room);
  out += paragraph(run(organ, body), style);
  style.keep_with_next = false;
  return out + paragraph(run(chinese_day(on), body), style);
}

std::string official_page_number() {
  const RunStyle type{"宋体", 28, false};
  ParagraphStyle style;
  style.align = Align::centre;
  return paragraph(run("— ", type) + field("PAGE", type) + run(" —", type), style);
}

std::string chinese_day(Date day) {
  const auto ymd = day.ymd();
  return fmt::format("{}年{}月{}日", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
}

TableStyle official_table() {
  return {{"黑体", 24, false}, {"仿宋_GB2312", 24, false}, false, 60};
}

}  // namespace anlan::documents
