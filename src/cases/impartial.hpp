#pragma once

#include "access/identity_key.hpp"
#include "access/posts.hpp"
#include "cases/case_id.hpp"
#include "store/database.hpp"

namespace anlan::cases {

// Who may take part in what is about somebody. For this folder, and for `referral`.

/// That it is not about them or their kin, and that nothing in the data ties them to it.
/// Errors: forbidden "case.subject", "case.kin", "case.tied" (naming the ground).
Status check_impartial(store::Transaction& transaction, access::PersonId person,
                       const access::Blind& subject);

/// The same of a case, in which they do not stand aside either. Errors also: "case.recused".
Status check_impartial(store::Transaction& transaction, access::PersonId person, CaseId id,
                       const access::Blind& subject);

}  // namespace anlan::cases
