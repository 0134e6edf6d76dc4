#pragma once

#include <string>
#include <vector>

#include "access/posts.hpp"
#include "duties/matter.hpp"

namespace anlan::duties {

// What is asked of a person before they take part in a matter. Inside this folder only.

/// The person behind an actor. Errors: forbidden "duties.not_in_person" on the console and for a
/// program's token.
Result<access::PersonId> person_behind(const access::Actor& actor);

/// The person and the account as they are in the database now, whatever the actor was when loaded.
struct Standing {
  access::PersonId person;
  access::AccountId account;
  std::string organisation;  ///< the account's
  bool outside_staff = false;
  std::vector<access::HeldPost> held;  ///< over all accounts and organisations, cover too
};
/// Errors: forbidden "duties.not_in_person", "access.account_not_in_force".
Result<Standing> standing_of(store::Transaction& transaction, const access::Actor& actor,
                             Instant now);

/// Where a part in a matter asks a post to be held.
struct Asked {
  std::vector<std::string> posts;  ///< one of these; none: no post is needed
  bool above = false;
  bool outside_staff = false;
};

/// The post under which somebody acts: in the matter's organisation or above (one of supervision:
/// in a supervising unit that reaches it), through this account, and going with all else they hold.
/// The holding used, or an empty one if no post is needed and none was named. Errors: forbidden
/// "duties.outside_staff", "duties.wrong_post", "duties.post_not_held", "duties.pair_held".
Result<access::HeldPost> holding_used(store::Transaction& transaction, const Rules& rules,
                                      const Standing& standing, const Asked& asked,
                                      const std::string& post, const std::string& organisation);

/// Errors: forbidden "duties.subject", "duties.kin".
Status check_kin(store::Transaction& transaction, access::PersonId person,
                 const std::vector<access::Blind>& subjects);
Result<std::vector<access::Blind>> subjects_of(store::Transaction& transaction, MatterId matter);

/// Whether what the person did in this matter so far, void or not, goes with this part.
/// Errors: forbidden "duties.pair", naming it.
Status check_earlier_parts(store::Transaction& transaction, const Rules& rules,
                           const catalog::Chain& chain, MatterId matter, access::PersonId person,
                           const catalog::MatterPart& part);

/// Out of rows of `matter` and `matter_decision`.
Matter matter_from(const store::Row& row);
Decided decided_from(const store::Row& row);

/// The matter as it is now. Errors: not_found "duties.no_matter", also when it lies
/// outside the actor's scope.
Result<Matter> seen_matter(store::Transaction& transaction, const access::Actor& actor,
                           MatterId id);

/// Errors: conflict "duties.stale", which says by whom it was changed.
Status check_version(store::Transaction& transaction, const Matter& matter, std::int64_t version);

/// Changes a matter that is still at its version. Errors: conflict "duties.stale"; of Transaction.
Status update_matter(store::Transaction& transaction, const Matter& matter,
                     const store::Fields& fields, const access::Actor& actor, Instant now);

/// Tells the journal what was done in a matter.
Status tell(store::Transaction& transaction, const access::Actor& actor, const Matter& matter,
            const std::string& act, const std::string& post, Instant now,
            std::map<std::string, std::string> refs = {},
            std::map<std::string, std::string> personal = {});

}  // namespace anlan::duties
