#pragma once

#include <string>

#include "journal/proof.hpp"

namespace anlan::journal {

/// A page, in Chinese and English, that tells somebody who trusts nobody how to check the bundle
/// beside it with openssl, sha256sum and public packages, with the numbers of this very entry.
std::string proof_page(const LogSettings& settings, const FoundEntry& entry,
                       const InclusionProof& proof, bool with_personal);

}  // namespace anlan::journal
