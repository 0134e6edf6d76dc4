#pragma once

#include <string_view>

#include "access/actor.hpp"
#include "base/instant.hpp"
#include "catalog/recovery_terms.hpp"
#include "duties/decide.hpp"
#include "duties/matter.hpp"
#include "store/database.hpp"

namespace anlan::cases {

/// Whether follow_up knows what comes of a matter of this chain: `write_off`,
/// `rectification_check`, `mechanism_check`.
bool is_follow_up(std::string_view chain);

/// What comes of a turn of such a matter, in its transaction: an approved write-off becomes a line
/// of its recovery, a checked item is done; what is sent back, rejected or withdrawn waits to be
/// done or asked again. Called at every turn; most need nothing. Errors: forbidden "case.recused",
/// "case.subject", "case.kin": who stands aside in the case decides nothing that belongs to it;
/// invalid_input "case.other_chain"; conflict "recovery.balance": less is open by now than would be
/// written off, and its maker has to change it. After an error nothing of the decision may stay.
Status follow_up(store::Transaction& transaction, const access::Actor& actor,
                 const catalog::RecoveryTerms& terms, const duties::Matter& before,
                 const duties::Outcome& outcome, Instant now);

/// Says it for the three chains. `terms` must outlive `follows`.
void add_follow_ups(duties::Follows& follows, const catalog::RecoveryTerms& terms);

/// One person's word on such a matter, through duties::approve, and what comes of it, in one
/// transaction. Errors: those of duties::approve and of follow_up.
Result<duties::Outcome> decide_follow_up(store::Transaction& transaction,
                                         const duties::Rules& rules, const access::Actor& actor,
                                         const catalog::RecoveryTerms& terms,
                                         const duties::Decision& decision, Instant now);

}  // namespace anlan::cases
