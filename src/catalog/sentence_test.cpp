#include "catalog/sentence.hpp"

#include <gtest/gtest.h>

namespace anlan::catalog {
namespace {

TEST(Sentence, FallsIntoTextAndPlaceholders) {
  const auto pieces = parse_sentence("在 {month(month_from)} 领 {label(scheme, scheme)}{n_hits}");
  ASSERT_TRUE(pieces) << pieces.error().detail;
  ASSERT_EQ(pieces->size(), 5U);
  EXPECT_EQ((*pieces)[0].text, "在 ");
  EXPECT_EQ((*pieces)[1].function, "month");
  EXPECT_EQ((*pieces)[1].value, "month_from");
  EXPECT_EQ((*pieces)[2].text, " 领 ");
  EXPECT_EQ((*pieces)[3].list, "scheme");
  EXPECT_EQ((*pieces)[3].value, "scheme");
  EXPECT_EQ((*pieces)[4].value, "n_hits");
  EXPECT_EQ((*pieces)[4].function, "");
  EXPECT_EQ(parse_sentence("没有占位")->size(), 1U);
}

TEST(Sentence, KnowsWhereItsPiecesStand) {
  const std::string sentence = "死 {payment.month} 后 {yuan(amount_fen)}";
  const auto pieces = parse_sentence(sentence);
  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 4U);
  EXPECT_EQ((*pieces)[1].value, "payment.month");
  std::string whole;
  for (const auto& piece : *pieces) {
    EXPECT_EQ(piece.begin, whole.size());
    whole += sentence.substr(piece.begin, piece.end - piece.begin);
  }
  EXPECT_EQ(whole, sentence);
}

TEST(Sentence, SaysOneMonthOnce) {
  const auto pieces = parse_sentence("{months(month_from, month_to)}");
  ASSERT_TRUE(pieces) << pieces.error().detail;
  EXPECT_EQ(pieces->front().value, "month_from");
  EXPECT_EQ(pieces->front().last, "month_to");
  EXPECT_EQ(month_span("2018-01", "2018-01", Lang::en), "2018-01");
  EXPECT_EQ(month_span("2018-01", "2018-03", Lang::en), "2018-01 to 2018-03");
  EXPECT_EQ(month_span("2018-01", "2018-03", Lang::zh), "2018-01 至 2018-03");
}

TEST(Sentence, RefusesMalformedPlaceholders) {
  for (const auto* sentence :
       {"{",        "}",          "a {b",         "a b}",          "{a {b}}",      "{}",
        "{ }",      "{A}",        "{a.}",         "{.b}",          "{a..b}",       "{a.b.C}",
        "{yuan()}", "{yuan(a)b}", "{yuan(a, b)}", "{label(a)}",    "{label(, a)}", "{sum(a)}",
        "{a, b}",   "{yuan(a}",   "{months(a)}",  "{months(a, B)}"}) {
    const auto pieces = parse_sentence(sentence);
    ASSERT_FALSE(pieces) << sentence;
    EXPECT_EQ(pieces.error().code, "sentence.malformed");
  }
}

}  // namespace
}  // namespace anlan::catalog
