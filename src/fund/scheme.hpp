#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace anlan::fund {

/// 险种, AAE140. The number is the code.
enum class Scheme : std::int16_t {
  employee_pension = 110,
  government_pension = 120,
  resident_pension = 170,
  unemployment = 210,
  employee_medical = 310,
  large_medical = 330,
  resident_medical = 390,
  injury = 410,
  maternity = 510,
};

inline constexpr Scheme all_schemes[] = {
    Scheme::employee_pension, Scheme::government_pension,
    Scheme::resident_pension, Scheme::unemployment,
    Scheme::employee_medical, Scheme::large_medical,
    Scheme::resident_medical, Scheme::injury,
    Scheme::maternity,
};

/// "110"; valid for the whole program.
std::string_view code(Scheme scheme);

/// The scheme of a code; 150 and 160, merged in 2014, are the residents' 170. nullopt for anything
/// else.
std::optional<Scheme> parse_scheme(std::string_view code);

}  // namespace anlan::fund
