#include "ledger/form_extra.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/text.hpp"

namespace anlan::ledger {
namespace {

/// "BU-06 – IT-07": the catalog's measure of each line, – for words of the unit's own.
std::string measure_codes(const RiskPoint& point) {
  std::string codes;
  for (const auto& one : point.measures)
    codes += (codes.empty() ? "" : " ") + (one.measure.empty() ? std::string("–") : one.measure);
  return codes;
}

std::string words_of(const std::string& word) {
  return word.empty() ? "" : catalog::classification_title(word).zh;
}

std::string number_text(std::int64_t number) {
  return number == 0 ? "" : std::to_string(number);
}

}  // namespace

std::vector<std::string> extra_headings() {
  return {"序号",           "风险节点",       "环节",          "时段",     "来源",
          "领域",           "主体",           "可能性",        "影响程度", "措施编号",
          "直接责任人编号", "部门负责人编号", "单位负责人编号"};
}

std::vector<std::string> extra_cells(int number, const RiskPoint& point) {
  return {std::to_string(number),
          point.node,
          words_of(point.stage),
          words_of(point.phase),
          words_of(point.origin),
          words_of(point.domain),
          words_of(point.subject),
          number_text(point.likelihood),
          number_text(point.impact),
          measure_codes(point),
          number_text(point.direct.person),
          number_text(point.department_head.person),
          number_text(point.unit_head.person)};
}

std::vector<std::string> take_extra(const std::vector<std::string>& cells, RiskPoint& point) {
  std::vector<std::string> problems;
  const auto headings = extra_headings();
  const auto cell = [&](std::size_t column) {
    return column < cells.size() ? std::string(trim(cells[column])) : std::string();
  };
  const auto say = [&](std::size_t column, const std::string& problem) {
    problems.push_back(headings[column] + ": " + problem);
  };
  const auto word = [&](std::size_t column, const std::vector<std::string>& words,
                        std::string& into) {
    const auto text = cell(column);
    if (text.empty()) return;
    for (const auto& one : words) {
      if (text == one || text == words_of(one)) {
        into = one;
        return;
      }
    }
    std::string expected;
    for (const auto& one : words) expected += (expected.empty() ? "" : "、") + words_of(one);
    say(column, text + ", expected " + expected);
  };
  const auto number = [&](std::size_t column, std::int64_t most) -> std::int64_t {
    const auto text = cell(column);
    std::int64_t value = 0;
    if (text.empty()) return 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= most)
      return value;
    say(column, fmt::format("{}, expected a whole number up to {}", text, most));
    return 0;
  };

  point.node = cell(1);
  word(2, catalog::node_stages(), point.stage);
  word(3, catalog::node_phases(), point.phase);
  word(4, catalog::node_origins(), point.origin);
  word(5, catalog::node_domains(), point.domain);
  word(6, catalog::node_subjects(), point.subject);
  point.likelihood = static_cast<int>(number(7, 5));
  point.impact = static_cast<int>(number(8, 5));
  if (const auto codes = cell(9); !codes.empty()) {
    std::vector<std::string> all;
    for (const auto piece : split(codes, ' ')) {
      if (!piece.empty()) all.emplace_back(piece);
    }
    if (all.size() != point.measures.size()) {
      say(9,
          fmt::format("{} codes for {} lines of 风险防控措施", all.size(), point.measures.size()));
    } else {
      for (std::size_t i = 0; i < all.size(); ++i)
        point.measures[i].measure = all[i] == "–" ? "" : all[i];
    }
  }
  constexpr std::int64_t most = 1'000'000'000'000;
  point.direct.person = number(10, most);
  point.department_head.person = number(11, most);
  point.unit_head.person = number(12, most);
  return problems;
}

}  // namespace anlan::ledger
