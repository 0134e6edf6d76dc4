#pragma once

#include <cstdint>
#include <vector>

#include "fund/pension.hpp"
#include "sim/population.hpp"

namespace anlan::sim {

/// What a person is insured with through one job in one month.
struct Contribution {
  std::uint32_t payer = 0;
  std::int16_t month = 0;
  std::int64_t base_fen = 0;
};

/// A pension as granted.
struct Pension {
  int scheme = 0;              ///< 110, 120, 170; 0: none
  std::int16_t start = never;  ///< month offset of the first month due
  std::int16_t grant = never;  ///< month offset of the grant
  int total_months = 0;
  int deemed_months = 0;
  int gap_months = 0;
  std::int64_t index_millionths = 0;
  std::int64_t account_fen = 0;
  fund::EmployeePension parts;  ///< of 110 and 120
  std::int64_t granted_fen = 0;
  std::int64_t account_part_fen = 0;
  bool generous = false;  ///< counted higher than the formula, as a whole district does
};

/// How the agency comes to know of a death.
struct DeathNews {
  std::int16_t died = never;  ///< month offset
  std::int16_t known =
      never;  ///< month offset in which the agency learns of it; never: not within the city's time
  bool police = false;
  bool health = false;
  bool cremated = false;
  bool conflict = false;  ///< the health authority gives another date
  int police_days = 0;    ///< until the police's record arrives
};

/// Personal accounts began in 1993 (our choice for this city): work before counts as deemed.
inline constexpr Month accounts_begin = Month::of(1993, 1);

/// Wage and contribution base in a month's year.
std::int64_t wage_fen(const City& city, const Person& person, int year);
std::int64_t base_fen(const City& city, const Person& person, int year);
/// The yearly contribution of residents that a person has chosen.
std::int64_t resident_choice_fen(const City& city, std::int64_t index);

/// The pension a person draws or will draw within the city's time; scheme 0 if none. `account_fen`:
/// the balance when it is granted, for those who retire within the city's time.
Pension pension_of(const City& city, std::int64_t index, std::int64_t account_fen);
/// Balance of the personal account when the city begins, of those who still pay.
std::int64_t opening_balance_fen(const City& city, std::int64_t index);

DeathNews death_news(const City& city, std::int64_t index);

}  // namespace anlan::sim
