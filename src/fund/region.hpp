#pragma once

#include <array>
#include <cstdint>

namespace anlan::fund {

/// The districts of Tianjin, GB/T 2260, in the standard's order.
inline constexpr std::array<std::int32_t, 16> districts = {
    120101, 120102, 120103, 120104, 120105, 120106, 120110, 120111,
    120112, 120113, 120114, 120115, 120116, 120117, 120118, 120119};

/// The district that took over a withdrawn code (id numbers still begin with one), or the code
/// itself. 塘沽, 汉沽, 大港 → 滨海新区; the five former counties → the districts that succeeded
/// them.
constexpr std::int32_t present_region(std::int32_t code) {
  switch (code) {
    case 120107:
    case 120108:
    case 120109:
      return 120116;
    case 120221:
      return 120117;
    case 120222:
      return 120114;
    case 120223:
      return 120118;
    case 120224:
      return 120115;
    case 120225:
      return 120119;
    default:
      return code;
  }
}

/// No county has ever had a code of 1299xx: people and employers of synthetic data carry it.
constexpr bool is_synthetic_region(std::int32_t code) {
  return code / 100 == 1299;
}

}  // namespace anlan::fund
