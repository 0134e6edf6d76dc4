#pragma once

#include <cstdlib>

#include "catalog/catalog.hpp"

namespace anlan::referral {

/// The terms as they are shipped.
inline const catalog::ReferralTerms& shipped_terms() {
  static const auto loaded = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  if (!loaded) std::abort();
  return loaded->referral_terms;
}

}  // namespace anlan::referral
