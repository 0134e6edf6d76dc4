#pragma once

#include <optional>
#include <vector>

#include "cases/follow_case.hpp"
#include "cases/recovery.hpp"

namespace anlan::cases {

// Rows of `recovery`, its lines, plans and write-offs. Inside this folder only.

/// A recovery with its lines and newest plan, whoever asks. Errors: not_found
/// "recovery.not_found".
Result<Recovery> load_recovery(store::Transaction& transaction, RecoveryId id);
/// Fills lines and plan of one whose own row is read.
Status load_parts(store::Transaction& transaction, Recovery& recovery);
Recovery recovery_from(const store::Row& row);
WriteOff write_off_from(const store::Row& row);

std::string word_of(RecoveryId id);

/// For acts: the recovery and its case. Errors: not_found "recovery.not_found", also outside the
/// actor's scope; forbidden "access.no_right", "case.no_person"; conflict "case.closed".
struct RecoveryToActOn {
  Recovery recovery;
  FollowCase of;
};
Result<RecoveryToActOn> recovery_to_act_on(store::Transaction& transaction,
                                           const access::Actor& actor, RecoveryId id);

/// Puts a line in, if the balance bears it, and makes the recovery one version newer. Errors:
/// conflict "recovery.balance", "store.stale".
Result<RecoveryLineId> put_line(store::Transaction& transaction, const access::Actor& actor,
                                const catalog::RecoveryTerms& terms, const Recovery& recovery,
                                std::int64_t version, const RecoveryLine& line, Instant now);

}  // namespace anlan::cases
