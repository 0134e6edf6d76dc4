#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/fen.hpp"
#include "base/instant.hpp"
#include "base/month.hpp"
#include "cases/case_id.hpp"
#include "store/database.hpp"

namespace anlan::cases {

using AccountabilityId = RecordId<struct AccountabilityTable>;

/// As whom somebody answers (R19).
enum class AccountableRole { unit_head, department_head, direct };
std::string_view name_of(AccountableRole role);
std::optional<AccountableRole> accountable_role_named(std::string_view name);

struct NewAccountability {
  CaseId of;
  access::PersonId person;  ///< works, or worked, in an organisation of the tree
  AccountableRole role = AccountableRole::direct;
  std::string ground;  ///< what they did or left undone
  Fen loss;            ///< of the fund, by that; 0 if there is none
};

/// The decision of whoever may decide on the person: recorded here, not made here.
struct AccountabilityDecision {
  std::string measure;      ///< 批评教育, 诫勉, 政务处分 …, in words
  std::string document;     ///< its number
  std::string file_sha256;  ///< "" if there is none
  Date on;
};

struct Accountability {
  AccountabilityId id;
  NewAccountability made;
  std::int64_t proposed_by_person = 0;
  Instant proposed_at;
  std::optional<AccountabilityDecision> decided;
  std::int64_t version = 0;
};

// Rights, scope, versions and the journal as in disposal.hpp. Names go to the journal's personal
// part only.

/// Needs "case_work". Errors: invalid_input "accountability.text", "accountability.amount";
/// not_found "access.no_person"; forbidden "accountability.own" (nobody proposes for themselves).
Result<AccountabilityId> propose_accountability(store::Transaction& transaction,
                                                const access::Actor& actor,
                                                const NewAccountability& accountability,
                                                Instant now);

/// Needs "case_work". Errors: not_found "accountability.not_found"; conflict
/// "accountability.decided"; invalid_input "accountability.text", "accountability.day" (after
/// today), "accountability.file"; forbidden "accountability.own" (the person themselves, by
/// whatever account), "accountability.maker" (the person who proposed it).
Status record_accountability(store::Transaction& transaction, const access::Actor& actor,
                             AccountabilityId id, std::int64_t version,
                             const AccountabilityDecision& decision, Instant now);

/// Of one case, oldest first. Needs "case_read".
Result<std::vector<Accountability>> list_accountabilities(store::Transaction& transaction,
                                                          const access::Actor& actor, CaseId id);

}  // namespace anlan::cases
