#pragma once

#include <optional>
#include <string>

#include "access/access.hpp"
#include "access/actor.hpp"
#include "catalog/duties.hpp"

namespace anlan::access {

struct NewHolding {
  PersonId person;
  std::optional<AccountId> account;  ///< none: a seal or key held in person
  std::string organisation;
  std::string post;
  Instant from;
  std::optional<Instant> to;
  std::string control;  ///< the compensating control, if a soft pair needs one
};

struct NewCover {
  PersonId person;
  AccountId account;
  std::string organisation;
  std::string post;
  std::optional<PersonId> instead_of;  ///< who is away and holds the post
  Instant from;
  Instant to;
  std::string control;
};

/// Who said yes before the grant: a second person, or a matter that went through its chain.
struct Approval {
  std::optional<AccountId> by;
  std::string matter;  ///< "matter:12"; its chain is the caller's to check
};

/// Gives a post. Needs "post_grant" in the organisation. Nobody grants to themselves, and who
/// approved is neither the one who grants nor the one who gets it, as persons and not only as
/// accounts. What the person holds at any moment of the period, over all accounts, organisations
/// and covers, must break no hard pair with it; a soft one needs a control and an end within the
/// months that `duties` allows. Returns the holding's id.
/// Errors: forbidden "access.own_grant", "access.own_approval", "access.pair_forbidden" and
/// "access.pair_uncontrolled" (naming the pair and the other post); invalid_input
/// "access.post_unknown", "access.approval_missing", "access.period"; not_found "access.no_person",
/// "access.no_account"; conflict "access.held_already", "access.identity_missing"; those of
/// Actor::check.
Result<std::int64_t> grant_post(store::Transaction& transaction, const Actor& actor,
                                const catalog::Duties& duties, const NewHolding& holding,
                                const Approval& approval, Instant at);

/// All that grant_post or cover_post asks of what is to be given, but the right and the approval:
/// for who asks that others decide it, and once more when they have. Errors: as there.
Status check_post(store::Transaction& transaction, const Actor& actor,
                  const catalog::Duties& duties, const NewHolding& holding);
Status check_cover(store::Transaction& transaction, const Actor& actor,
                   const catalog::Duties& duties, const NewCover& cover);

/// Carries out what a matter has decided ("matter:12"): the actor, who decided its last step, needs
/// no right of their own to grant. For the folder that keeps matters, in the transaction of that
/// decision. Errors: as check_post and check_cover.
Result<std::int64_t> enact_post(store::Transaction& transaction, const Actor& actor,
                                const catalog::Duties& duties, const NewHolding& holding,
                                const std::string& matter, Instant at);
Result<std::int64_t> enact_cover(store::Transaction& transaction, const Actor& actor,
                                 const catalog::Duties& duties, const NewCover& cover,
                                 const std::string& matter, Instant at);

/// Ends a holding at `at`; one that has not begun never does.
/// Errors: not_found "access.no_holding"; conflict "access.ended_already"; those of Actor::check.
Status revoke_post(store::Transaction& transaction, const Actor& actor, std::int64_t holding,
                   Instant at);

/// Gives a post for a while, 30 days at most. Covers that touch each other count as one. Pairs
/// count as for grant_post. Errors: as grant_post; invalid_input "access.cover_too_long"; not_found
/// "access.nobody_to_cover" if `instead_of` does not hold the post when it starts.
Result<std::int64_t> cover_post(store::Transaction& transaction, const Actor& actor,
                                const catalog::Duties& duties, const NewCover& cover,
                                const Approval& approval, Instant at);
Status end_cover(store::Transaction& transaction, const Actor& actor, std::int64_t cover,
                 Instant at);

}  // namespace anlan::access
