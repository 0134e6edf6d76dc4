#include "fund/pension.hpp"

#include <gtest/gtest.h>

namespace anlan::fund {
namespace {

TEST(Pension, DivisorFollowsTheTableAndRunsStraightBetweenYears) {
  const struct {
    int age_months;
    std::int64_t twelfths;
  } rows[] = {
      {40 * 12, 233 * 12},         {50 * 12, 195 * 12},           {55 * 12, 170 * 12},
      {60 * 12, 139 * 12},         {65 * 12, 101 * 12},           {70 * 12, 56 * 12},
      {60 * 12 + 1, 139 * 12 - 7}, {60 * 12 + 11, 139 * 12 - 77}, {30 * 12, 233 * 12},
      {90 * 12, 56 * 12},          {39 * 12 + 11, 233 * 12},
  };
  for (const auto& row : rows)
    EXPECT_EQ(divisor_twelfths(row.age_months), row.twelfths) << row.age_months;
}

TEST(Pension, EmployeeFormulaAddsItsThreeParts) {
  // C 5,000.00 yuan, index 1.2, 30 years of which 8 deemed at index 1, r 1.3 %, account 139,000.00,
  // age 60.
  const EmployeePension pension = employee_pension({.average_wage = {500000},
                                                    .index_millionths = 1'200'000,
                                                    .total_months = 360,
                                                    .deemed_months = 96,
                                                    .deemed_index_millionths = 1'000'000,
                                                    .transit_rate_ten_thousandths = 130,
                                                    .account = {13900000},
                                                    .age_months = 720});
  EXPECT_EQ(pension.base.value, 165000);     // 5000 · 1.1 · 30 %
  EXPECT_EQ(pension.transit.value, 52000);   // 5000 · 8 · 1.3 %
  EXPECT_EQ(pension.account.value, 100000);  // 139000 ÷ 139
  EXPECT_EQ(pension.total.value, 317000);
}

TEST(Pension, IsRoundedOnceAtTheEnd) {
  // Two parts of 0.4 fen each: both round to nothing, their sum to one.
  const EmployeePension pension = employee_pension({.average_wage = {480},
                                                    .index_millionths = 1'000'000,
                                                    .total_months = 1,
                                                    .account = {56},
                                                    .age_months = 720});
  EXPECT_EQ(pension.base.value, 0);
  EXPECT_EQ(pension.account.value, 0);
  EXPECT_EQ(pension.total.value, 1);
}

TEST(Pension, HalfAFenGoesUp) {
  EXPECT_EQ(account_pension({139}, 139 * 12 * 2).value, 1);
  EXPECT_EQ(account_pension({138}, 139 * 12 * 2).value, 0);
}

TEST(Pension, ResidentFormulaDividesBy139) {
  EXPECT_EQ(resident_pension({8800}, {1390000}).value, 18800);
  EXPECT_EQ(resident_pension({8800}, {0}).value, 8800);
}

TEST(Pension, UnemploymentMonthsGoByYearsPaid) {
  const struct {
    int paid;
    int carried;
    int months;
  } rows[] = {{11, 5, 0},   {12, 0, 12}, {59, 0, 12}, {60, 0, 18}, {119, 0, 18},
              {120, 0, 24}, {60, 6, 24}, {60, 7, 24}, {12, 3, 15}, {400, 10, 24}};
  for (const auto& row : rows) {
    EXPECT_EQ(unemployment_months_max(row.paid, row.carried), row.months)
        << row.paid << ' ' << row.carried;
  }
}

}  // namespace
}  // namespace anlan::fund
