#pragma once

#include "base/month.hpp"

namespace anlan::fund {

enum class RetirementGroup {
  men,               ///< 60, by law of 2024 rising to 63
  women_cadre,       ///< 55, rising to 58 (management and technical posts)
  women_worker,      ///< 50, rising to 55
  resident,          ///< 60, both sexes; the law of 2024 does not touch it
  special_men,       ///< 55: underground, high altitude, heavy or poisonous work
  special_women,     ///< 45
  ill_health_men,    ///< 50, with complete loss of working ability
  ill_health_women,  ///< 45
};

/// Month in which a person born in `birth` reaches pension age; a normal pension starts the month
/// after. Source: 国发〔1978〕104号; from 2025 the decision of 2024-09-13 on gradually raising the
/// age.
Month statutory_retirement_month(Month birth, RetirementGroup group);

/// Fewest contribution months for a pension that starts in `year`: 180 to 2029, then 6 more each
/// year up to 240.
int min_contribution_months(int year);

}  // namespace anlan::fund
