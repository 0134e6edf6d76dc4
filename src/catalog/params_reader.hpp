#pragma once

#include <string>

#include "catalog/problems.hpp"
#include "catalog/recovery_terms.hpp"
#include "catalog/referral_terms.hpp"

namespace anlan::catalog {

/// catalog/params/recovery.yaml and referral.yaml.
RecoveryTerms read_recovery_terms(const std::string& text, const Source& source);
ReferralTerms read_referral_terms(const std::string& text, const Source& source);

}  // namespace anlan::catalog
