#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/actor.hpp"
#include "base/fen.hpp"
#include "base/instant.hpp"
#include "cases/case_id.hpp"
#include "catalog/referral_terms.hpp"
#include "duties/decide.hpp"
#include "duties/matter.hpp"
#include "referral/threshold.hpp"
#include "referral/timers.hpp"
#include "store/database.hpp"

namespace anlan::referral {

/// The tables of this folder.
const store::Schema& schema();

using ReferralId = cases::RecordId<struct ReferralTable>;
std::string word_of(ReferralId id);  ///< "referral:3"

/// A thing that goes along: 涉案物品清单.
struct Item {
  std::string name;
  std::string quantity;
  std::string features;
  std::string kept_at;
  friend bool operator==(const Item&, const Item&) = default;
};

struct NewReferral {
  cases::CaseId of;
  std::string offence;
  SubjectKind subject = SubjectKind::individual;
  int persons = 1;
  Fen amount;
  bool aggravated = false;
  std::string addressee;    ///< 某市公安局; of an official's clue: 某市监察委员会
  std::string facts;        ///< what was found out, in words
  std::vector<Item> items;  ///< none: 无
  access::PersonId second_officer;  ///< two officers act at once; the first is who proposes
};

/// What happened, as it was entered.
struct Entered {
  std::string event;
  Instant at;
  std::string document;
  std::string file_sha256;
  std::string note;
  access::PersonId person;
  Instant told_at;
};

struct Referral {
  ReferralId id;
  std::string number;  ///< "2026-0001"
  NewReferral made;
  std::string case_number;
  std::string case_organisation;
  std::string organisation;  ///< that refers: where the first officer acts
  Assessment assessment = Assessment::no;
  access::PersonId first_officer;
  std::string content_hash;  ///< SHA-256 of its canonical JSON, which is decided on
  duties::MatterId matter;
  std::string state;  ///< the event that came last
  bool over = false;
  std::vector<Entered> events;  ///< oldest first
  std::int64_t version = 0;
};

// Every function: a case or referral outside the actor's scope is not_found "case.not_found" or
// "referral.not_found"; a right they do not have is forbidden "access.no_right"; whoever stands
// aside in the case, is its subject or declared kin is forbidden "case.recused", "case.subject",
// "case.kin"; a version that is not the newest is conflict "store.stale". What is done is told to
// the journal in the same transaction.

/// Proposes to refer a case: opens the matter (chain `referral`) that the second officer, legal
/// review and the head of unit decide. Under `post`, in the organisation where the actor holds it.
/// Needs "referral_work" there. The test of the threshold stands beside it and hinders nothing.
/// Errors: those of referral_test and duties::open_matter; invalid_input "referral.text" (naming
/// the field), "referral.items" (more than 200, or one without a name), "referral.two_officers"
/// (the same person twice, or nobody); not_found "access.no_person"; conflict "referral.open" (one
/// at a time), "case.closed".
Result<ReferralId> propose(store::Transaction& transaction, const duties::Rules& rules,
                           const access::Actor& actor, const catalog::ReferralTerms& terms,
                           const NewReferral& referral, const std::string& post, Instant now);

/// Other content for one that waits or was sent back: what was decided is void. Errors: as propose;
/// those of duties::change_matter; conflict "referral.state".
Status change(store::Transaction& transaction, const duties::Rules& rules,
              const access::Actor& actor, const catalog::ReferralTerms& terms, ReferralId id,
              std::int64_t version, const NewReferral& referral, const std::string& post,
              Instant now);

/// What comes of a turn of a matter of chain `referral`, in its transaction: before its last step
/// the referral is `reported`; approved, refused or withdrawn it is that. `terms` must outlive
/// `follows`. Errors of deciding besides those of duties::approve: forbidden
/// "referral.other_officer": the step of the second officer, taken by another than the one named;
/// "case.recused", "case.subject", "case.kin".
void add_follow(duties::Follows& follows, const catalog::ReferralTerms& terms);

struct NewEvent {
  std::string event;        ///< one that catalog/params/referral.yaml lets come next
  Instant at;               ///< when it happened: not before the last, not after now
  std::string document;     ///< number of the paper, where one goes with it
  std::string file_sha256;  ///< of the kept file; of the pack, where that goes with it
  std::string note;
};
/// Enters what was done or answered: receipt, decision of the police, items handed over. Needs
/// "referral_work". Errors: invalid_input "referral.event" (unknown, or of a matter),
/// "referral.at", "referral.text", "referral.file"; conflict "referral.state" (does not come next).
Status enter(store::Transaction& transaction, const access::Actor& actor,
             const catalog::ReferralTerms& terms, ReferralId id, std::int64_t version,
             const NewEvent& event, Instant now);

/// Needs "referral_read", in the case's organisation or in the one that refers.
Result<Referral> find(store::Transaction& transaction, const access::Actor& actor, ReferralId id);

struct Filter {
  std::optional<cases::CaseId> of;
  bool open_only = false;
};
/// Those the actor may read, by number.
Result<std::vector<Referral>> list(store::Transaction& transaction, const access::Actor& actor,
                                   const Filter& filter);

/// The clocks of a referral, late ones among them.
std::vector<Timer> timers_of(const Referral& referral, const catalog::ReferralTerms& terms,
                             const fund::WorkCalendar& calendar, Instant now);
/// What may be entered next, by name.
std::vector<const catalog::ReferralEvent*> next_events(const Referral& referral,
                                                       const catalog::ReferralTerms& terms);

}  // namespace anlan::referral
