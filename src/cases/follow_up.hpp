#pragma once

#include <string_view>

#include "access/actor.hpp"
#include "base/instant.hpp"
#include "catalog/recovery_terms.hpp"
#include "duties/decide.hpp"
#include "duties/matter.hpp"
#include "store/database.hpp"

namespace anlan::cases {

/// What comes of a turn of the chains `write_off`, `rectification_check` and `mechanism_check`, in
/// its transaction: an approved write-off becomes a line of its recovery, a checked item is done;
/// what is sent back, rejected or withdrawn waits to be done or asked again. `terms` must outlive
/// `follows`. Errors of deciding besides those of duties::approve: forbidden "case.recused",
/// "case.subject", "case.kin": who stands aside in the case decides nothing that belongs to it;
/// conflict "recovery.balance": less is open by now than would be written off, and its maker has to
/// change it.
void add_follow_ups(duties::Follows& follows, const catalog::RecoveryTerms& terms);

}  // namespace anlan::cases
