#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"

namespace anlan::catalog {

/// What is added, day by day, to an amount that is due and not paid.
struct InterestRule {
  std::string name;  ///< "late_contribution"
  Title title;
  std::int64_t per_day_per_million = 0;       ///< of what is open as a day begins
  std::optional<std::int64_t> cap_per_mille;  ///< of the amount due; none: no cap
  std::vector<std::string> basis;
  std::string sure;
};

enum class Rounding { half_up, down };

/// catalog/params/recovery.yaml.
struct RecoveryTerms {
  std::vector<InterestRule> interest;
  Rounding rounding = Rounding::half_up;

  const InterestRule* rule(const std::string& name) const;
};

}  // namespace anlan::catalog
