#pragma once

#include <string>
#include <vector>

#include "base/lang.hpp"
#include "base/month.hpp"
#include "base/result.hpp"
#include "cases/case_id.hpp"
#include "catalog/recovery_terms.hpp"
#include "store/database.hpp"

namespace anlan::cases {

/// One thing that stands between a case and its closing.
struct OpenItem {
  std::string code;   ///< stable: "recovery.unsettled"
  std::string about;  ///< "recovery:7", "lead:EP-01-…"; "case:12" where it has none of the kind
  Title title;        ///< the code in words
};

/// What is not settled in a case on `today`; none: it may be closed. By code, then by what it is
/// about:
///   disposal.missing      a lead that is confirmed, wholly or in part, has no disposal (R39); a
///                         disposal without a lead is for all leads of the case
///   lead.not_concluded    a lead of the case has no conclusion
///   matter.open           something that belongs to the case waits to be decided
///   mechanism.missing     a lead is confirmed and nothing that was to change so that it cannot
///                         happen again has been done and checked by another (R18)
///   mechanism.open        such an item is not done and checked
///   recovery.missing      a lead is confirmed with an amount, and nothing is registered as due
///   recovery.short        less is registered as due than is confirmed
///   recovery.overdue      an agreed instalment was not paid by its day
///   recovery.unsettled    an amount is still open and no agreed instalments cover it
///   rectification.open    an order to put something right is not done and checked
///   request.open          another organisation or department has not answered
/// What cannot be counted against a case is left out: a disposal, item or request that was
/// withdrawn. Says nothing of who may close. Errors: not_found "case.not_found"; of Transaction.
Result<std::vector<OpenItem>> open_items(store::Transaction& transaction, CaseId id,
                                         const catalog::RecoveryTerms& terms, Date today);

}  // namespace anlan::cases
