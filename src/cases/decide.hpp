#pragma once

#include <string>
#include <vector>

#include "cases/case_file.hpp"
#include "duties/decide.hpp"

namespace anlan::cases {

/// What is put to a matter's decision: the words whose SHA-256 the matter carries.
struct Proposal {
  duties::MatterId matter;
  std::string kind;  ///< conclusion, closing, dismissal
  std::optional<CaseId> case_id;
  std::string lead_id;  ///< of a dismissal
  std::string content;  ///< canonical JSON: keys sorted, no blanks
  std::string content_hash;
  access::PersonId made_by;
  Instant made_at;
  std::string outcome;  ///< approved, rejected, withdrawn; "" while it is open
};

/// Errors: not_found "duties.no_matter", also if it belongs to no lead or case the actor sees.
Result<Proposal> find_proposal(store::Transaction& transaction, const access::Actor& actor,
                               duties::MatterId matter);
/// All of a case, oldest first. Errors: as find_case.
Result<std::vector<Proposal>> proposals_of_case(store::Transaction& transaction,
                                                const access::Actor& actor, CaseId id);

/// Adds what follows from a turn of this folder's matters, to whoever puts all followers together
/// (duties::decide). `catalog` must outlive them.
///   dismissal approved    the lead is dismissed; rejected: it stays as it was
///   conclusion approved   each lead has its result, the case is concluded, its detections'
///   measured
///                         precision takes it in; rejected: it is verified on
///   sent back             it waits to be proposed anew; withdrawn: it is as if never proposed
/// Errors of deciding besides those of duties::approve: forbidden "case.recused", "case.subject",
/// "case.kin"; conflict "case.content_changed" if a lead changed since the proposal was made,
/// "case.maker_recused" if its maker stands aside by now.
void add_follows(duties::Follows& follows, const catalog::Catalog& catalog);

}  // namespace anlan::cases
