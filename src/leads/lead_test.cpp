#include "leads/lead.hpp"

#include <gtest/gtest.h>

#include "leads/sentence.hpp"

namespace anlan::leads {
namespace {

using catalog::Severity;

TEST(Lead, IdDependsOnDetectionAndSubjectOnly) {
  EXPECT_EQ(lead_id("EP-15", "account", "A1"), "EP-15-57c15d39ce93");
  EXPECT_NE(lead_id("EP-15", "account", "A1"), lead_id("EP-15", "account", "A2"));
  EXPECT_NE(lead_id("EP-15", "account", "A1"), lead_id("EP-15", "person", "A1"));
}

TEST(Lead, ScoreFollowsTheHandbook) {
  const struct {
    Severity severity;
    std::int64_t amount_fen;
    double identity;
    double source;
    int tenths;
    int days;
  } rows[] = {
      {Severity::high, 0, 1, 1, 750, 10},            // 40 + 0 + 20 + 15
      {Severity::high, 999'900, 1, 1, 1000, 10},     // log10(1 + 9999) = 4: full marks for money
      {Severity::high, 99'999'900, 1, 1, 1000, 10},  // and never more
      {Severity::medium, 0, 1, 1, 590, 20},          // 24 + 35
      {Severity::low, 0, 0.5, 0, 220, 30},           // 12 + 10
      {Severity::high, 0, 1, 0.9, 735, 20},          // just below 75
      {Severity::high, -100'00, 1, 1, 750, 10},      // a negative amount adds nothing
  };
  for (const auto& row : rows) {
    EXPECT_EQ(score_tenths(row.severity, row.amount_fen, row.identity, row.source), row.tenths);
    EXPECT_EQ(verify_within_days(row.tenths), row.days) << row.tenths;
  }
  EXPECT_EQ(verify_within_days(749), 20);
  EXPECT_EQ(verify_within_days(500), 20);
  EXPECT_EQ(verify_within_days(499), 30);
}

TEST(Lead, MasksTheMiddle) {
  EXPECT_EQ(masked("11010519491231002X"), "1101**********002X");
  EXPECT_EQ(masked("12345678"), "****5678");
  EXPECT_EQ(masked("1234"), "1234");
}

TEST(Lead, ShowsTheAuthoritysOwnNumbersWhole) {
  EXPECT_EQ(shown_subject("person", "11010519491231002X"), "1101**********002X");
  EXPECT_EQ(shown_subject("account", "9995000000000004"), "9995********0004");
  EXPECT_EQ(shown_subject("account", "ZH390-3-1"), "ZH390-3-1");
  EXPECT_EQ(shown_subject("operator", "120100JH0112345"), "120100JH0112345");
}

TEST(Lead, SentenceFillsEveryFunction) {
  catalog::Catalog catalog;
  catalog.lists["scheme"].values = {{"110", {"企业职工养老", "Employee pension"}, "found"}};
  const ValueOf value_of = [](const std::string& name) -> std::optional<std::string> {
    if (name == "amount_fen") return "312050";
    if (name == "month") return "201811";
    if (name == "later") return "201901";
    if (name == "day") return "2018-11-30";
    if (name == "n") return "1234567";
    if (name == "acct") return "999000001234";
    if (name == "share") return "0.125";
    if (name == "scheme") return "110";
    return std::nullopt;
  };
  EXPECT_EQ(
      fill_sentence(
          "{label(scheme, scheme)} 账户 {tail(acct)} 于 {month(month)} 收 {yuan(amount_fen)} 元，"
          "{count(n)} 笔，{percent(share)}，{date(day)}，{nothing}",
          Lang::zh, catalog, value_of),
      "企业职工养老 账户 1234 于 2018-11 收 3,120.50 元，1,234,567 笔，12.5%，2018-11-30，—");
  EXPECT_EQ(fill_sentence("{label(scheme, scheme)}", Lang::en, catalog, value_of),
            "Employee pension");
  EXPECT_EQ(fill_sentence("{months(month, month)}，{months(month, later)}，{months(month, none)}",
                          Lang::zh, catalog, value_of),
            "2018-11，2018-11 至 2019-01，—");
}

}  // namespace
}  // namespace anlan::leads
