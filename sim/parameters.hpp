#pragma once

#include <cstdint>

#include "base/month.hpp"
#include "base/result.hpp"

namespace anlan::sim {

class CityFolder;

// The city's policy. What is not public national law is made up, and its document number says 合成.

std::int64_t average_wage_fen(int year);                 ///< local average a month
std::int64_t base_floor_fen(int year);                   ///< 60 % of last year's average
std::int64_t base_ceiling_fen(int year);                 ///< 300 %
std::int64_t account_rate_millionths(int year);          ///< interest on personal accounts
std::int64_t unit_pension_rate_millionths(Month month);  ///< 19 %, 16 % from 2019-05
std::int64_t resident_basic_fen(
    Month month);  ///< basic resident pension: national minimum and a local part
std::int64_t unemployment_fen(int year);  ///< benefit a month
/// What the yearly adjustments from `granted` + 1 to `year` add to a monthly pension.
std::int64_t adjustments_fen(std::int64_t pension_fen, int granted, int year);
inline constexpr int transit_rate_ten_thousandths = 120;
inline constexpr std::int64_t funeral_fen = 600'000;

/// policy_param, policy_event of the years the city spans.
Status write_policy(CityFolder& folder, Month from, Month to);

}  // namespace anlan::sim
