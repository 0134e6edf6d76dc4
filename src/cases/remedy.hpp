#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/instant.hpp"
#include "base/month.hpp"
#include "cases/case_id.hpp"
#include "duties/matter.hpp"
#include "store/database.hpp"

namespace anlan::cases {

using RemedyId = RecordId<struct RemedyTable>;

/// Two things that R18 keeps apart, and that live alike: ordered, done with evidence, checked by
/// another.
enum class RemedyKind {
  rectification,  ///< 整改: what went wrong is put right
  mechanism,      ///< 机制完善: what must change so that it cannot happen again
};
std::string_view name_of(RemedyKind kind);
std::optional<RemedyKind> remedy_kind_named(std::string_view name);

/// How a mechanism item is made to hold (R40).
enum class RemedyMeans {
  none,        ///< of a rectification
  regulation,  ///< 落实到制度上
  control,     ///< 实现在系统里
};
std::string_view name_of(RemedyMeans means);  ///< "" for none
std::optional<RemedyMeans> remedy_means_named(std::string_view name);

enum class RemedyState {
  ordered,    ///< waits to be done
  reported,   ///< said to be done, and waits to be checked by another
  checked,    ///< done
  withdrawn,  ///< ordered by mistake; counts for nothing
};
std::string_view name_of(RemedyState state);

struct NewRemedy {
  CaseId of;
  RemedyKind kind = RemedyKind::rectification;
  RemedyMeans means = RemedyMeans::none;
  std::string organisation;  ///< which has to do it: the case's, or another of the tree
  access::PersonId owner;    ///< who answers for it
  std::string what;          ///< what has to be done
  std::string document;      ///< 整改意见 and its number; "" if there is none
  Date due_on;
};

struct Remedy {
  RemedyId id;
  NewRemedy made;
  RemedyState state = RemedyState::ordered;
  std::string report;                 ///< what was done
  std::vector<std::string> evidence;  ///< SHA-256 of kept files
  std::string reference;              ///< the regulation or control that holds it now
  std::string content_hash;           ///< of the report, as it is checked
  std::optional<duties::MatterId> matter;
  std::int64_t ordered_by_person = 0;
  std::int64_t reported_by_person = 0;
  std::optional<Instant> reported_at;
  std::optional<Instant> checked_at;
  bool overdue = false;  ///< neither done nor withdrawn, and its day is over
  std::int64_t version = 0;
};

// Rights, scope, versions and the journal as in disposal.hpp.

/// Needs "case_work" in the case's organisation. Errors: invalid_input "remedy.text",
/// "remedy.means" (a mechanism item has one, a rectification none); not_found
/// "access.no_organisation", "access.no_person" (the owner, in that organisation).
Result<RemedyId> order_remedy(store::Transaction& transaction, const access::Actor& actor,
                              const NewRemedy& remedy, Instant now);

/// Says that it is done: opens the matter (chain `rectification_check` or `mechanism_check`) in
/// which another person checks it; after it was sent back, changes that matter. The owner checks
/// nothing, whoever reports. Needs what the chain asks of its maker under `post`. Errors: not_found
/// "remedy.not_found"; conflict "remedy.state"; invalid_input "remedy.text", "remedy.evidence" (no
/// kept file is named, or one that is no SHA-256); those of duties::open_matter and change_matter.
Result<duties::MatterId> report_remedy(store::Transaction& transaction, const duties::Rules& rules,
                                       const access::Actor& actor, RemedyId id,
                                       std::int64_t version, const std::string& report,
                                       const std::vector<std::string>& evidence,
                                       const std::string& reference, const std::string& post,
                                       Instant now);

/// Needs "case_work". Errors: conflict "remedy.state" (only what is ordered); invalid_input
/// "remedy.text" (no reason).
Status withdraw_remedy(store::Transaction& transaction, const access::Actor& actor, RemedyId id,
                       std::int64_t version, const std::string& reason, Instant now);

/// Seen by who may read the case, and by the organisation that has to do it. Errors: not_found
/// "remedy.not_found".
Result<Remedy> find_remedy(store::Transaction& transaction, const access::Actor& actor, RemedyId id,
                           Date today);
/// Of one case, or (no case) all that the actor's organisations have to do or to follow; by number.
Result<std::vector<Remedy>> list_remedies(store::Transaction& transaction,
                                          const access::Actor& actor, std::optional<CaseId> of,
                                          Date today);

}  // namespace anlan::cases
