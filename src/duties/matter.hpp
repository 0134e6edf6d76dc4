#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "access/identity_key.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "fund/work_calendar.hpp"
#include "store/database.hpp"

namespace anlan::duties {

/// The tables of this folder.
const store::Schema& schema();

struct MatterId {
  std::int64_t value = 0;
  friend auto operator<=>(MatterId, MatterId) = default;
};
inline std::string word_of(MatterId matter) {
  return "matter:" + std::to_string(matter.value);
}

enum class MatterState {
  open,       ///< waits for the decision of its current step
  returned,   ///< waits for its maker, who changes or withdraws it
  approved,   ///< all steps are decided
  rejected,   ///< for good
  withdrawn,  ///< by its maker
};
std::string name_of(MatterState state);
std::optional<MatterState> state_named(std::string_view name);

enum class Verdict { approve, reject, send_back };
std::string name_of(Verdict verdict);
std::optional<Verdict> verdict_named(std::string_view name);

/// What decisions are judged by. Borrows both.
struct Rules {
  const catalog::Duties& duties;
  const fund::WorkCalendar& calendar;
};
/// Borrows the catalog.
inline Rules rules_of(const catalog::Catalog& catalog) {
  return {catalog.duties, catalog.calendar};
}

/// Something to be decided by others than who asks for it.
struct Matter {
  MatterId id;
  std::string chain;          ///< "post_grant"
  std::string chain_version;  ///< as it was when this round began
  std::string organisation;
  std::string about;         ///< "lead:8f3a…", "holding:12": what its owner calls it
  std::string content_hash;  ///< of what is decided; what that is only its owner knows
  std::int64_t round = 1;
  std::size_t step = 0;  ///< the one that is decided next, from 0; of an open matter
  int seats_taken = 0;   ///< by how many it is decided already
  Instant reached;       ///< when that step was reached
  MatterState state = MatterState::open;
  std::int64_t version = 0;
};

struct NewMatter {
  std::string chain;
  std::string organisation;
  std::string about;
  std::string content_hash;
  std::string post;  ///< under which the maker acts
  std::vector<access::Blind> subjects;
};

/// Decides nothing yet. The maker is the actor's person.
/// Errors: invalid_input "duties.no_chain", "duties.no_subject", "duties.content"; not_found
/// "access.no_organisation"; forbidden "duties.not_in_person", "duties.outside_staff",
/// "duties.post_not_held", "duties.wrong_post", "duties.subject", "duties.kin", "duties.pair"; of
/// Transaction.
Result<MatterId> open_matter(store::Transaction& transaction, const Rules& rules,
                             const access::Actor& actor, const NewMatter& matter, Instant now);

/// Other content for a matter that is open or returned: what was decided is void, and it begins at
/// its first step under the chain as it is now. The actor becomes a maker, too, and decides nothing
/// in it ever. Errors: as open_matter; not_found "duties.no_matter"; conflict "duties.stale",
/// "duties.closed".
Status change_matter(store::Transaction& transaction, const Rules& rules,
                     const access::Actor& actor, MatterId id, std::int64_t version,
                     const std::string& content_hash, const std::string& post, Instant now);

/// By one of its makers. Errors: forbidden "duties.not_maker"; conflict "duties.stale",
/// "duties.closed"; not_found "duties.no_matter".
Status withdraw_matter(store::Transaction& transaction, const access::Actor& actor, MatterId id,
                       std::int64_t version, Instant now);

/// Someone worked on what the matter is about (verified the lead, was on the team): from now on
/// they decide nothing in it. Whoever made it already is in no need of this.
/// Errors: not_found "duties.no_matter"; conflict "duties.closed"; forbidden "duties.decided" if
/// they decided a step of this round; of Transaction.
Status add_handler(store::Transaction& transaction, const access::Actor& actor, MatterId id,
                   access::PersonId person, const std::string& post, Instant now);

/// One person's word on the current step of a matter.
struct Decision {
  MatterId matter;
  std::int64_t version = 0;  ///< of the matter as they saw it
  std::string step;          ///< the step they mean to decide
  Verdict verdict = Verdict::approve;
  std::string post;     ///< under which they decide; "" where the step asks for none
  std::string opinion;  ///< in words; must be there unless they approve
};

/// What became of the matter.
struct Outcome {
  MatterState state = MatterState::open;
  std::size_t step = 0;  ///< decided next, if still open
  int still_needed = 0;  ///< other people for that step
  bool late = false;     ///< after the step's limit
  std::int64_t version = 0;
};

/// The one function that records a decision, in the caller's transaction: together with the change
/// that follows from `state == approved`, and with its entry for the journal. It judges the person
/// as they are in the database at `now`, over all their accounts, organisations and cover, whatever
/// the actor was when it was loaded.
///
/// Refuses, in this order (forbidden unless said otherwise):
///   "duties.not_in_person"    the console, or a program's token
///   "access.account_not_in_force"       disabled or over since they logged in
///   not_found "duties.no_matter"        none, or outside the actor's scope
///   conflict  "duties.stale"            it changed since they looked
///   conflict  "duties.closed"           it waits for no decision
///   conflict  "duties.chain_changed"    its chain was edited meanwhile: its maker sends it anew
///   conflict  "duties.other_step"       another step is due
///   invalid_input "duties.opinion"      no opinion, yet not approved
///   "duties.outside_staff"    vendor or outsourced (S27), unless the step is open to them
///   "duties.maker"            made the matter or changed its content in whatever round
///   "duties.handler"          worked on what it is about
///   "duties.decided"          decided in this round already
///   "duties.subject", "duties.kin"      is who it is about, or declared kin of theirs, by either
///   "duties.wrong_post"       the post is not one of the step's
///   "duties.post_not_held"    not held now, by this account, where the step asks for it
///   "duties.pair_held"        holds what may not be held with that post (S pairs: without control)
///   "duties.pair"             used a post or role in an earlier round that does not go with this
///   conflict  "duties.lapsed"           the step's limit is over and it lapses: only reject, send
///   back
Result<Outcome> approve(store::Transaction& transaction, const Rules& rules,
                        const access::Actor& actor, const Decision& decision, Instant now);

/// The posts under which the actor could decide the current step of an open matter now, by the
/// rules of `approve`; "" stands for no post, where the step asks for none. Records nothing.
/// Errors: of Transaction.
Result<std::vector<std::string>> posts_to_decide(store::Transaction& transaction,
                                                 const Rules& rules, const access::Actor& actor,
                                                 const Matter& matter, Instant now);

/// Tells the journal that somebody was refused, and why: for the caller, in a transaction of its
/// own, since the one of the refusal is rolled back.
Status tell_refused(store::Transaction& transaction, const access::Actor& actor,
                    const Decision& decision, const Error& why, Instant now);

/// A decision as it stands.
struct Decided {
  MatterId matter;
  std::int64_t round = 1;
  std::size_t step = 0;
  std::string step_name;
  int seat = 1;
  access::PersonId person;
  access::AccountId account;
  std::string post;
  std::string organisation;
  bool under_cover = false;
  Verdict verdict = Verdict::approve;
  std::string opinion;
  bool late = false;
  std::string content_hash;
  Instant at;
};

/// Errors: not_found "duties.no_matter", also when it lies outside the actor's scope.
Result<Matter> find_matter(store::Transaction& transaction, const access::Actor& actor,
                           MatterId id);
/// Those in the actor's scope, by id; only those in `state` if one is given.
Result<std::vector<Matter>> list_matters(store::Transaction& transaction,
                                         const access::Actor& actor,
                                         std::optional<MatterState> state = {});
/// All decisions on a matter, oldest first; those of earlier rounds are void.
Result<std::vector<Decided>> decisions_on(store::Transaction& transaction,
                                          const access::Actor& actor, MatterId id);

/// The last moment at which a step reached at `reached` is decided in time: the end of the n-th
/// day (working day) after it, or so many hours later; nothing if the step has no limit.
std::optional<Instant> due_at(const catalog::StepLimit& limit, const fund::WorkCalendar& calendar,
                              Instant reached);

/// A hash of the chain as the catalog has it: a matter is decided under one chain from end to end.
std::string version_of(const catalog::Chain& chain);

}  // namespace anlan::duties
