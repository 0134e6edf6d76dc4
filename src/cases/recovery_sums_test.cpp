#include "cases/recovery_sums.hpp"

#include <gtest/gtest.h>

#include <random>

namespace anlan::cases {
namespace {

const Date due_on = Date::of(2019, 1, 10);
Date after(int days) {
  return Date{due_on.days + days};
}

catalog::InterestRule rule(std::int64_t per_million, std::optional<std::int64_t> cap = {}) {
  return {"test", {"试", "test"}, per_million, cap, {"x"}, "assumed"};
}

TEST(RecoverySums, InterestAtItsLimits) {
  struct Row {
    std::int64_t due;
    std::int64_t per_million;
    std::optional<std::int64_t> cap;
    int days;  ///< after the day it was due
    std::int64_t expected;
  };
  const Row rows[] = {
      {1'000'000, 500, {}, -1, 0},
      {1'000'000, 500, {}, 0, 0},    // the day itself costs nothing
      {1'000'000, 500, {}, 1, 500},  // 10,000 yuan at 万分之五: 5 yuan a day
      {1'000'000, 500, {}, 365, 182'500},
      {1'000'000, 0, {}, 365, 0},
      {999, 500, {}, 1, 0},    // 0.4995 fen is rounded down,
      {1'000, 500, {}, 1, 1},  // half a fen up,
      {999, 500, {}, 2, 1},    // and days are summed before they are rounded
      {1'000'000, 30'000, 1000, 33, 990'000},
      {1'000'000, 30'000, 1000, 34, 1'000'000},  // one day over the principal: held to it
      {1'000'000, 30'000, 1000, 20'000, 1'000'000},
      {1'000'000, 30'000, 500, 17, 500'000},
      {10'000'000'000'000, 30'000, 1000, 36'500, 10'000'000'000'000},  // the greatest there is
      {10'000'000'000'000, 500, {}, 36'500, 182'500'000'000'000},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(interest_of(rule(row.per_million, row.cap), catalog::Rounding::half_up, Fen{row.due},
                          due_on, {}, after(row.days))
                  .value,
              row.expected)
        << row.due << " fen, " << row.days << " days";
  }
}

TEST(RecoverySums, RoundingDownLosesTheHalf) {
  EXPECT_EQ(interest_of(rule(500), catalog::Rounding::down, Fen{1'000}, due_on, {}, after(1)).value,
            0);
  EXPECT_EQ(interest_of(rule(500), catalog::Rounding::down, Fen{1'999}, due_on, {}, after(1)).value,
            0);
  EXPECT_EQ(interest_of(rule(500), catalog::Rounding::down, Fen{2'000}, due_on, {}, after(1)).value,
            1);
}

TEST(RecoverySums, APaymentLowersTheDaysAfterIt) {
  const auto of = [](const std::vector<Payment>& payments, int days) {
    return interest_of(rule(500), catalog::Rounding::half_up, Fen{1'000'000}, due_on, payments,
                       after(days))
        .value;
  };
  EXPECT_EQ(of({{after(0), Fen{1'000'000}}}, 100), 0);    // paid on its day: nothing
  EXPECT_EQ(of({{after(1), Fen{1'000'000}}}, 100), 500);  // one day late
  EXPECT_EQ(of({{after(2), Fen{500'000}}}, 3), 500 + 500 + 250);
  EXPECT_EQ(of({{after(-5), Fen{500'000}}}, 2), 2 * 250);  // paid before it was due
  EXPECT_EQ(of({{after(9), Fen{500'000}}}, 2), 2 * 500);   // not yet paid on that day
  // Order does not matter, nor does a payment cut in two.
  EXPECT_EQ(of({{after(4), Fen{300'000}}, {after(2), Fen{200'000}}}, 6),
            of({{after(2), Fen{200'000}}, {after(4), Fen{100'000}}, {after(4), Fen{200'000}}}, 6));
}

TEST(RecoverySums, InterestIsTheSumOfItsDays) {
  // Against adding up day by day, the plain way, on random payments.
  std::mt19937_64 random(20190110);
  for (int round = 0; round < 200; ++round) {
    const std::int64_t due = 1 + static_cast<std::int64_t>(random() % 100'000'000);
    std::vector<Payment> payments;
    std::int64_t left = due;
    for (int i = 0; i < 5 && left > 0; ++i) {
      const auto amount =
          1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(left));
      payments.push_back({after(static_cast<int>(random() % 60) - 10), Fen{amount}});
      left -= amount;
    }
    const int days = static_cast<int>(random() % 80);
    std::int64_t exact = 0;
    for (int day = 1; day <= days; ++day) {
      std::int64_t open = due;
      for (const auto& payment : payments) {
        if (payment.on < after(day)) open -= payment.amount.value;
      }
      exact += open * 500;
    }
    EXPECT_EQ(
        interest_of(rule(500), catalog::Rounding::half_up, Fen{due}, due_on, payments, after(days))
            .value,
        (exact + 500'000) / 1'000'000)
        << "round " << round;
  }
}

TEST(RecoverySums, WhatIsPaidGoesToTheEarliestPart) {
  const std::vector<Instalment> plan = {{after(10), Fen{100}}, {after(20), Fen{100}}};
  struct Row {
    std::int64_t paid;
    int day;
    bool first_overdue;
    bool second_overdue;
    std::int64_t first_paid;
    std::int64_t second_paid;
  };
  const Row rows[] = {
      {0, 10, false, false, 0, 0},                                    // its own day is not over
      {0, 11, true, false, 0, 0},      {99, 11, true, false, 99, 0},  // one fen short
      {100, 11, false, false, 100, 0}, {100, 20, false, false, 100, 0},
      {150, 21, false, true, 100, 50}, {200, 99, false, false, 100, 100},
  };
  for (const auto& row : rows) {
    const auto states = states_of(plan, Fen{row.paid}, after(row.day));
    ASSERT_EQ(states.size(), 2U);
    EXPECT_EQ(states[0].overdue, row.first_overdue) << row.paid << " on day " << row.day;
    EXPECT_EQ(states[1].overdue, row.second_overdue) << row.paid << " on day " << row.day;
    EXPECT_EQ(states[0].paid.value, row.first_paid);
    EXPECT_EQ(states[1].paid.value, row.second_paid);
  }
}

}  // namespace
}  // namespace anlan::cases
