#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cases/desk_rows.hpp"
#include "cases/impartial.hpp"

namespace anlan::cases {

// How a lead or case goes from one state to the next, as the procedure says. Inside this folder
// only; disposals and what follows from them (`dispose`) go through it too.

/// The person behind an actor. Errors: forbidden "case.no_person" on the console and for a token.
Result<access::PersonId> acting_person(const access::Actor& actor);

/// A reason without blanks around it and with ID numbers masked: none may stand in the desk.
/// Errors: invalid_input "case.reason" if it is empty and `needed`; "case.reason_long".
Result<std::string> checked_reason(const std::string& reason, bool needed);

/// The first post of the actor's that gives the right; "" if none does.
std::string post_giving(const access::Actor& actor, const catalog::Catalog& catalog,
                        const std::string& right);

/// The lead as an act sees it: in the actor's scope, at the version they saw, and with no dismissal
/// waiting unless that is said to be no matter. Errors: not_found "lead.not_found"; conflict
/// "store.stale", "lead.matter_open".
Result<DeskLead> lead_for_act(store::Transaction& transaction, const access::Actor& actor,
                              const std::string& lead_id, std::int64_t version,
                              bool matter_may_wait = false);
/// Likewise. `matter_may_wait`: also while a conclusion or closing waits.
/// Errors: not_found "case.not_found"; conflict "store.stale", "case.matter_open".
Result<CaseFile> case_for_act(store::Transaction& transaction, const access::Actor& actor,
                              CaseId id, std::int64_t version, bool matter_may_wait = false);

/// A case for somebody who may work on it and has the right there; `matter_may_wait` as above.
/// Errors: as case_for_act, acting_person and check_impartial; forbidden "access.no_right".
Result<CaseFile> case_by_right(store::Transaction& transaction, const access::Actor& actor,
                               CaseId id, std::int64_t version, const std::string& right,
                               bool matter_may_wait = false);

/// The way out of a state. Errors: conflict "lead.state" or "case.state", naming it.
Result<const catalog::Transition*> way(const catalog::Catalog& catalog, const std::string& act,
                                       const std::string& state);

/// What goes with a step besides its states.
struct Step {
  std::string act;
  std::string reason;
  std::string post;
  std::optional<std::int64_t> document;
};

/// Takes a case, and all its leads with it, one step on. `file` holds what else the act changed of
/// it already, and `before` what it was; after success it holds the new state and version. `also`
/// changes more of each lead.
/// Errors: conflict "case.state", "store.stale"; of Transaction.
Status move_case(store::Transaction& transaction, const access::Actor& actor,
                 const catalog::Catalog& catalog, const CaseFile& before, CaseFile& file,
                 const Step& step, Instant now, const std::function<void(DeskLead&)>& also = {});

/// The same of a lead that is in no case.
Status move_lead(store::Transaction& transaction, const access::Actor& actor,
                 const catalog::Catalog& catalog, const DeskLead& before, DeskLead& lead,
                 const Step& step, Instant now);

/// An act that changes no state: event, journal and the case's next version.
Status note_in_case(store::Transaction& transaction, const access::Actor& actor,
                    const CaseFile& before, CaseFile& file, const Step& step,
                    const std::string& lead_id, Instant now);

/// The same of a lead.
Status note_of_lead(store::Transaction& transaction, const access::Actor& actor,
                    const DeskLead& before, DeskLead& lead, const Step& step, Instant now);

/// Tells the journal "case.<act>".
Status tell_case(store::Transaction& transaction, const access::Actor& actor, const CaseFile& file,
                 const Step& step, std::map<std::string, std::string> refs,
                 std::map<std::string, std::int64_t> counts, Instant now);

/// A text of ours or a file's hash becomes a paper of the case, under the next number.
Result<CaseDocument> file_document(store::Transaction& transaction, const access::Actor& actor,
                                   const CaseFile& file, const std::string& kind,
                                   const std::string& sha256, const std::string& text, Instant now);

/// Days to verify, as the heaviest of the leads asks.
int verify_days(const std::vector<DeskLead>& leads);

}  // namespace anlan::cases
