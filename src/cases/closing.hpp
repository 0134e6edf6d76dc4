#pragma once

#include <string>

#include "cases/case_file.hpp"
#include "duties/decide.hpp"

namespace anlan::cases {

/// Proposes that a case is done: chain "disposal_review", in which fund supervision reviews it and
/// its head closes it, neither of whom worked on it. If that was sent back, this proposes it anew.
/// Needs "case_work". Errors: those of case_file.hpp; conflict "case.not_settled", which names what
/// is open (open_items.hpp): a confirmed lead without a disposal (R39), money that is neither back
/// nor agreed nor written off, no change of mechanism that was done and checked (R18); those of
/// duties::open_matter and duties::change_matter.
Result<duties::MatterId> propose_closing(store::Transaction& transaction,
                                         const access::Actor& actor,
                                         const catalog::Catalog& catalog, CaseId id,
                                         std::int64_t version, const std::string& summary,
                                         Instant now);

/// Adds what follows from a turn of that chain. `catalog` must outlive `follows`.
///   reviewed          the case is reviewed
///   closed            it is closed, with its slip, and all its leads
///   sent back, rejected, withdrawn: a reviewed case is being put right again
/// Errors of deciding besides those of add_follows (decide.hpp): conflict "case.not_settled" if
/// something was opened meanwhile.
void add_closing_follow(duties::Follows& follows, const catalog::Catalog& catalog);

}  // namespace anlan::cases
