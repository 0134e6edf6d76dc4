#include "fund/id_number.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace anlan::fund {
namespace {

struct Row {
  std::string_view text;
  IdOutcome outcome;
  std::string_view normalised;
};

TEST(IdNumber, IsNormalisedAsThePeopleOfTheFieldWriteIt) {
  const Row rows[] = {
      {"11010519491231002X", IdOutcome::ok, "11010519491231002X"},  // the standard's own sample
      {"11010519491231002x", IdOutcome::ok, "11010519491231002X"},
      {"  11010519491231002X\t", IdOutcome::ok, "11010519491231002X"},
      {"\u300011010519491231002X\u3000", IdOutcome::ok, "11010519491231002X"},
      {"１１０１０５１９４９１２３１００２Ｘ", IdOutcome::ok, "11010519491231002X"},
      {"１１０１０５１９４９１２３１００２ｘ", IdOutcome::ok, "11010519491231002X"},
      {"110105491231002", IdOutcome::ok, "11010519491231002X"},  // 15 digits
      {"１１０１０５４９１２３１００２", IdOutcome::ok, "11010519491231002X"},
      {"129900981231996", IdOutcome::ok, "129900189812319962"},  // centenarians' serials: born 1898
      {"129900981231999", IdOutcome::ok, "129900189812319997"},
      {"129900981231995", IdOutcome::ok, "129900199812319953"},
      {"110105194912310021", IdOutcome::bad_check_digit, "110105194912310021"},
      {"11010519490229002X", IdOutcome::impossible_date, "11010519490229002X"},
      {"110105194913310029", IdOutcome::impossible_date, "110105194913310029"},
      {"110105490229002", IdOutcome::impossible_date, {}},
      {"", IdOutcome::malformed, {}},
      {"11010519491231002", IdOutcome::malformed, {}},
      {"11010519491231002XX", IdOutcome::malformed, {}},
      {"1101051949123100X2", IdOutcome::malformed, {}},
      {"11010549123100X", IdOutcome::malformed, {}},
      {"11010519491231002Y", IdOutcome::malformed, {}},
      {"1.10105E+17", IdOutcome::malformed, {}},
      {"110105 194912 31002X", IdOutcome::malformed, {}},
  };
  for (const auto& row : rows) {
    IdDigits digits{};
    EXPECT_EQ(normalise_id_no(row.text, digits), row.outcome) << row.text;
    if (!row.normalised.empty()) {
      EXPECT_EQ(std::string_view(digits.data(), digits.size()), row.normalised) << row.text;
    }
  }
}

TEST(IdNumber, LeavesTheOutputAloneWhenMalformed) {
  IdDigits digits;
  digits.fill('*');
  EXPECT_EQ(normalise_id_no("1101", digits), IdOutcome::malformed);
  EXPECT_EQ(digits[0], '*');
}

TEST(IdNumber, FindsEveryWrongDigitInEveryPlace) {
  const std::string right = "11010519491231002X";
  for (std::size_t place = 0; place < 17; ++place) {
    for (char c = '0'; c <= '9'; ++c) {
      if (c == right[place]) continue;
      std::string wrong = right;
      wrong[place] = c;
      IdDigits digits{};
      EXPECT_NE(normalise_id_no(wrong, digits), IdOutcome::ok) << wrong;
    }
  }
}

TEST(IdNumber, ShowsItselfOnlyMaskedOrOnPurpose) {
  const auto id = IdNumber::parse("110105491231002");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->masked(), "110105********002X");
  EXPECT_EQ(id->reveal(), "11010519491231002X");
  EXPECT_EQ(format_date(id->birth_date()), "1949-12-31");
  EXPECT_FALSE(id->is_male());
  static_assert(!std::is_convertible_v<IdNumber, std::string>);
  static_assert(!std::is_convertible_v<IdNumber, std::string_view>);
}

TEST(IdNumber, NamesTheFaultWithoutTheNumber) {
  const struct {
    std::string_view text;
    std::string_view code;
  } rows[] = {{"12", "id_no.malformed"},
              {"110105194912310021", "id_no.bad_check_digit"},
              {"11010519490229002X", "id_no.impossible_date"}};
  for (const auto& row : rows) {
    const auto id = IdNumber::parse(row.text);
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, row.code);
    EXPECT_EQ(id.error().detail.find(row.text), std::string::npos);
  }
}

}  // namespace
}  // namespace anlan::fund
