#include "fund/scheme.hpp"

#include "base/check.hpp"

namespace anlan::fund {

std::string_view code(Scheme scheme) {
  switch (scheme) {
    case Scheme::employee_pension:
      return "110";
    case Scheme::government_pension:
      return "120";
    case Scheme::resident_pension:
      return "170";
    case Scheme::unemployment:
      return "210";
    case Scheme::employee_medical:
      return "310";
    case Scheme::large_medical:
      return "330";
    case Scheme::resident_medical:
      return "390";
    case Scheme::injury:
      return "410";
    case Scheme::maternity:
      return "510";
  }
  CHECK(false);
}

std::optional<Scheme> parse_scheme(std::string_view text) {
  if (text == "150" || text == "160") return Scheme::resident_pension;
  for (const Scheme scheme : all_schemes) {
    if (code(scheme) == text) return scheme;
  }
  return std::nullopt;
}

}  // namespace anlan::fund
