#pragma once

#include <functional>
#include <string>

#include "cases/decide.hpp"
#include "cases/steps.hpp"

namespace anlan::cases {

// What is put to a matter's decision. Inside this folder only.

/// What a proposal says of a lead as it stands: if the program finds more meanwhile, nobody decides
/// on what they have not seen. Canonical JSON.
std::string facts_of(const DeskLead& lead);

/// What is proposed, and under which matter if it was sent back before.
struct NewProposal {
  std::string kind;
  std::string chain;
  std::string about;
  std::string organisation;  ///< of the lead or case
  std::optional<CaseId> case_id;
  std::string lead_id;
  access::Blind subject;
  std::string content;
  std::optional<duties::MatterId> returned;
};

/// A matter with its proposal, or new content for one that was sent back.
/// Errors: those of duties::open_matter and duties::change_matter; conflict "case.matter_open" or
/// "lead.matter_open" if `returned` waits to be decided.
struct Proposed {
  duties::MatterId matter;
  std::string post;  ///< under which it was made
};
Result<Proposed> propose(store::Transaction& transaction, const access::Actor& actor,
                         const catalog::Catalog& catalog, const NewProposal& proposal, Instant now);

/// The same of a case that waits from now on: all who stand aside or worked on it are bound, and
/// the event "<kind>_proposed" says so. `chain` and `about` as in NewProposal.
Result<duties::MatterId> propose_of_case(store::Transaction& transaction,
                                         const access::Actor& actor,
                                         const catalog::Catalog& catalog, const CaseFile& before,
                                         const std::string& kind, const std::string& chain,
                                         const std::string& about, const std::string& content,
                                         const std::string& reason, Instant now);

/// Nothing if the matter is none of this folder's.
Result<std::optional<Proposal>> load_proposal(store::Transaction& transaction,
                                              duties::MatterId matter);

/// What a decision came from and what became of it.
struct Decided {
  const Proposal& proposal;
  const duties::Decision& decision;
  const duties::Outcome& outcome;
  Instant now;

  bool approved() const { return outcome.state == duties::MatterState::approved; }
  bool rejected() const { return outcome.state == duties::MatterState::rejected; }
  bool returned() const { return outcome.state == duties::MatterState::returned; }
  bool withdrawn() const { return outcome.state == duties::MatterState::withdrawn; }
  Step step(const std::string& act) const { return {act, words(), decision.post, {}}; }

 private:
  std::string words() const {
    const auto checked = checked_reason(decision.opinion, false);
    return checked ? *checked : std::string();
  }
};

/// What a turn does to a case, once it is known that it may be taken.
using ApplyToCase = std::function<Status(store::Transaction&, const access::Actor&,
                                         const CaseFile& before, const Decided&)>;

/// What follows from one turn of a proposal's matter. Errors: see add_follows.
Status follow(store::Transaction& transaction, const catalog::Catalog& catalog,
              const duties::Turn& turn, const ApplyToCase& apply_to_case);

}  // namespace anlan::cases
