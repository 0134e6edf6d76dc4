#pragma once

#include "referral/referral.hpp"

namespace anlan::referral {

// Rows of `referral` and `referral_event`. Inside this folder only.

/// Whoever asks. Errors: not_found "referral.not_found".
Result<Referral> load(store::Transaction& transaction, ReferralId id);
Result<std::vector<Referral>> load_where(store::Transaction& transaction, const std::string& where,
                                         const std::vector<store::Value>& values);
std::string items_text(const std::vector<Item>& items);
/// SHA-256 of the canonical JSON of what is decided on.
std::string hash_of(const NewReferral& referral, access::PersonId first_officer);
Status put_event(store::Transaction& transaction, const access::Actor& actor, ReferralId id,
                 const NewEvent& event, Instant now);

}  // namespace anlan::referral
