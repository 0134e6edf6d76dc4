#include "ledger/content.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/test_content.hpp"

namespace anlan::ledger {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> stops_of(const Content& content) {
  std::vector<std::string> kinds;
  for (const auto& gap : gaps_of(content, test_catalog())) {
    if (gap.stops) kinds.push_back(gap.kind + " " + std::to_string(gap.row));
  }
  return kinds;
}

TEST(LedgerContent, IsOneTextAndBack) {
  const auto content = small_content();
  const auto back = content_of(canonical(content));
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, content);
  EXPECT_EQ(hash_of(*back), hash_of(content));
  EXPECT_EQ(hash_of(content).size(), 64U);
  EXPECT_EQ(content_of("{}").error().code, "ledger.content");
  EXPECT_EQ(content_of("{").error().code, "ledger.content");
}

TEST(LedgerContent, EveryFieldIsUnderTheHash) {
  const auto content = small_content();
  void (*const changes[])(Content&) = {
      [](Content& c) { c.organisation = "x"; },
      [](Content& c) { c.unit = "x"; },
      [](Content& c) { c.year = 2019; },
      [](Content& c) { c.points.pop_back(); },
      [](Content& c) { std::swap(c.points[0], c.points[1]); },
      [](Content& c) { c.points[0].node = "DTH-02"; },
      [](Content& c) { c.points[0].department = "x"; },
      [](Content& c) { c.points[0].risk = "x"; },
      [](Content& c) { c.points[0].stage = "management"; },
      [](Content& c) { c.points[0].phase = "before"; },
      [](Content& c) { c.points[0].origin = "internal"; },
      [](Content& c) { c.points[0].domain = "finance"; },
      [](Content& c) { c.points[0].subject = "agency"; },
      [](Content& c) { c.points[0].likelihood = 1; },
      [](Content& c) { c.points[0].impact = 1; },
      [](Content& c) { c.points[0].measures[0].measure = "BU-07"; },
      [](Content& c) { c.points[0].measures[0].text = "x"; },
      [](Content& c) { c.points[0].direct.person = 9; },
      [](Content& c) { c.points[0].direct.name = "x"; },
      [](Content& c) { c.points[0].department_head.name = "x"; },
      [](Content& c) { c.points[0].unit_head.name = "x"; },
  };
  for (const auto& change : changes) {
    auto other = content;
    change(other);
    EXPECT_NE(hash_of(other), hash_of(content));
  }
}

TEST(LedgerContent, ADraftHasARowForEachRiskNode) {
  const auto draft = draft_from(test_catalog(), "d03", "某区中心", 2018);
  EXPECT_TRUE(check(draft, test_catalog()));
  std::size_t nodes = 0;
  for (const auto& process : test_catalog().processes) {
    for (const auto& step : process.steps) nodes += step.nodes.size();
  }
  EXPECT_EQ(draft.points.size(), nodes);
  for (const auto& gap : gaps_of(draft, test_catalog())) {
    EXPECT_TRUE(gap.kind.starts_with("no_") && gap.kind != "no_measure") << gap.kind << gap.row;
  }
}

TEST(LedgerContent, RefusesWhatTheFormCannotHold) {
  const struct {
    void (*change)(Content&);
    const char* said;
  } mistakes[] = {
      {[](Content& c) { c.unit = " "; }, "row 0, 填报单位"},
      {[](Content& c) { c.year = 2017; }, "row 0, year: 2017"},
      {[](Content& c) { c.points[1].department = ""; }, "row 2, 部门（岗位）: empty"},
      {[](Content& c) { c.points[0].risk = " x"; }, "row 1, 风险点: spaces at its ends"},
      {[](Content& c) { c.points[0].risk = "a\tb"; }, "row 1, 风险点: holds a control character"},
      {[](Content& c) { c.points[0].risk = std::string(2001, 'x'); }, "longer than 2000"},
      {[](Content& c) { c.points[0].node = "DTH-99"; }, "unknown risk node DTH-99"},
      {[](Content& c) { c.points[0].phase = "later"; }, "phase: later, expected before, during"},
      {[](Content& c) { c.points[0].impact = 6; }, "impact: 6, expected 1 to 5"},
      {[](Content& c) { c.points[0].measures[0].measure = "BU-99"; }, "unknown measure BU-99"},
      {[](Content& c) { c.points[0].measures[0].text = "a\nb"; }, "a measure is one line"},
      {[](Content& c) { c.points[0].direct.name = ""; }, "直接责任人: a person, no name"},
  };
  EXPECT_TRUE(check(small_content(), test_catalog()));
  for (const auto& mistake : mistakes) {
    auto content = small_content();
    mistake.change(content);
    const auto checked = check(content, test_catalog());
    ASSERT_FALSE(checked) << mistake.said;
    EXPECT_EQ(checked.error().code, "ledger.row");
    EXPECT_THAT(checked.error().detail, HasSubstr(mistake.said));
  }
}

TEST(LedgerContent, TellsWhatStopsTheSigning) {
  EXPECT_TRUE(stops_of(small_content()).empty());
  const struct {
    void (*change)(Content&);
    const char* said;
  } gaps[] = {
      {[](Content& c) { c.points.clear(); }, "empty 0"},
      {[](Content& c) { c.points[1].measures.clear(); }, "no_measure 2"},
      {[](Content& c) { c.points[0].direct = {}; }, "no_direct 1"},
      {[](Content& c) {
         c.points[0].department_head = {0, "周建国"};
       },
       "no_department_head 1"},
      {[](Content& c) { c.points[1].unit_head = {}; }, "no_unit_head 2"},
      {[](Content& c) { c.points[1].department_head = c.points[1].direct; }, "same_person 2"},
      {[](Content& c) { c.points[0].unit_head = c.points[0].department_head; }, "same_person 1"},
      {[](Content& c) {
         c.points[1].unit_head = {9, "钱"};
       },
       "unit_heads_differ 2"},
  };
  for (const auto& gap : gaps) {
    auto content = small_content();
    gap.change(content);
    EXPECT_THAT(stops_of(content), ::testing::Contains(gap.said));
  }
}

TEST(LedgerContent, TellsNodesAndMeasuresThatAreNowhere) {
  auto content = small_content();
  content.points[0].stage = "";
  const auto gaps = gaps_of(content, test_catalog());
  const auto has = [&](const std::string& kind, const std::string& code) {
    return std::any_of(gaps.begin(), gaps.end(), [&](const Gap& gap) {
      return gap.kind == kind && gap.code == code && !gap.stops;
    });
  };
  EXPECT_TRUE(has("not_classified", "DTH-01"));
  EXPECT_TRUE(has("node_missing", "PEN-01"));
  EXPECT_FALSE(has("node_missing", "PAY-01"));
  EXPECT_TRUE(has("measure_missing", "PO-01"));
  EXPECT_FALSE(has("measure_missing", "FI-04"));
  EXPECT_FALSE(has("measure_missing", "SU-08"));  // it has a reason to stand alone
}

}  // namespace
}  // namespace anlan::ledger
