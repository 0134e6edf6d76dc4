#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "access/grant.hpp"
#include "duties/decide.hpp"

namespace anlan::duties {

// Posts are given by a matter: somebody asks, others decide step by step, and with the last
// decision the post is held. Chains: post_grant; cover_grant; soft_pair_grant, if what is asked for
// makes a soft pair with what the person holds.

struct GrantId {
  std::int64_t value = 0;
  friend auto operator<=>(GrantId, GrantId) = default;
};
/// What a matter is about.
inline std::string word_of(GrantId grant) {
  return "grant:" + std::to_string(grant.value);
}

/// What is asked for.
struct NewGrant {
  bool cover = false;
  access::PersonId person;
  std::optional<access::AccountId> account;  ///< none: a seal or key held in person; never of cover
  std::string organisation;
  std::string post;
  Instant from;               ///< at the earliest: before the last decision nothing is held
  std::optional<Instant> to;  ///< must be there for cover
  std::optional<access::PersonId> instead_of;  ///< cover only
  std::string control;                         ///< the compensating control of a soft pair
};

struct Grant : NewGrant {
  GrantId id;
  Matter matter;
  std::string granted;  ///< "holding:12", "cover:3"; "" before it is
};

/// The hash of what is asked for, which the matter decides.
std::string content_of(const NewGrant& grant);

/// Opens the matter; the actor's person is its maker and acts under `post` (BM). Nothing may be
/// asked for that could not be given: as access::check_post and access::check_cover.
/// Errors: as there, and as open_matter; invalid_input "access.period" for a cover without an end;
/// forbidden "access.own_grant".
Result<GrantId> ask_grant(store::Transaction& transaction, const Rules& rules,
                          const access::Actor& actor, const NewGrant& grant,
                          const std::string& post, Instant now);

/// Something else for a request that is open or was sent back, by whoever may ask: its person and
/// its chain stay. Errors: as ask_grant and change_matter; invalid_input "duties.other_chain",
/// "duties.other_person"; not_found "duties.no_grant".
Status change_grant(store::Transaction& transaction, const Rules& rules, const access::Actor& actor,
                    GrantId id, std::int64_t version, const NewGrant& grant,
                    const std::string& post, Instant now);

/// Those in organisations the actor sees. Errors: not_found "duties.no_grant"; of Transaction.
Result<Grant> find_grant(store::Transaction& transaction, const access::Actor& actor, GrantId id);
/// By id; those whose matter is in `state`, if one is given.
Result<std::vector<Grant>> list_grants(store::Transaction& transaction, const access::Actor& actor,
                                       std::optional<MatterState> state = {});

/// What follows when such a matter is decided: with its last decision the post is held, as of then
/// or of the day that was asked for, whichever is later. What was forbidden meanwhile (another post
/// that does not go with it) fails that decision. Errors: as access::enact_post and
/// access::enact_cover; corrupted "duties.grant_changed" (what was decided is not what stands
/// there).
void add_grant_follows(Follows& follows);

/// While a desk is set up, before its first matter, the user of the operating system may give posts
/// with a second person's name (access::grant_post): somebody has to be there to ask and decide.
/// Errors: conflict "duties.desk_in_use".
Status check_setting_up(store::Transaction& transaction);

}  // namespace anlan::duties
