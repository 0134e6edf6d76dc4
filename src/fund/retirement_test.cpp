#include "fund/retirement.hpp"

#include <gtest/gtest.h>

namespace anlan::fund {
namespace {

TEST(Retirement, FollowsTheStatutoryTable) {
  using enum RetirementGroup;
  const struct {
    int birth;
    RetirementGroup group;
    int expected;
  } rows[] = {
      {195811, men, 201811},
      {196412, men, 202412},  // the last of the old law
      {196501, men, 202502},  // +1
      {196504, men, 202505},  // still +1
      {196505, men, 202507},  // +2
      {197608, men, 203907},  // +35, the last before the cap
      {197609, men, 203909},  // +36
      {198501, men, 204801},  // capped at +36
      {196912, women_cadre, 202412},
      {197001, women_cadre, 202502},
      {198109, women_cadre, 203909},  // 58 years
      {199001, women_cadre, 204801},
      {197412, women_worker, 202412},
      {197501, women_worker, 202502},
      {197503, women_worker, 202505},  // +2
      {198410, women_worker, 203909},  // +59
      {198411, women_worker, 203911},  // 55 years
      {199001, women_worker, 204501},
      {197001, resident, 203001},
      {196501, special_men, 202001},
      {197501, special_women, 202001},
      {197001, ill_health_men, 202001},
      {197501, ill_health_women, 202001},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(statutory_retirement_month({row.birth}, row.group).value, row.expected) << row.birth;
  }
}

TEST(Retirement, AsksForMoreMonthsFrom2030) {
  const struct {
    int year;
    int months;
  } rows[] = {{2018, 180}, {2029, 180}, {2030, 186}, {2031, 192},
              {2038, 234}, {2039, 240}, {2050, 240}};
  for (const auto& row : rows) EXPECT_EQ(min_contribution_months(row.year), row.months) << row.year;
}

}  // namespace
}  // namespace anlan::fund
