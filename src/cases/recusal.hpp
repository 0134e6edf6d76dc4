#pragma once

#include <string>

#include "cases/steps.hpp"

namespace anlan::cases {

// Who stands aside. Inside this folder only.

/// Enters it, and binds the person in what waits to be decided. Errors: conflict
/// "case.recused_already"; not_found "access.no_person"; forbidden "duties.decided" if they decided
/// a step of what waits already.
Status enter_recusal(store::Transaction& transaction, const access::Actor& actor,
                     const CaseFile& file, access::PersonId person, const std::string& ground,
                     const std::string& reason, Instant now);

/// Binds all who stand aside or are tied to the subject, and all who verified before, as handlers
/// of a matter of the case.
Status bind_handlers(store::Transaction& transaction, const access::Actor& actor,
                     const CaseFile& file, duties::MatterId matter, Instant now);

}  // namespace anlan::cases
