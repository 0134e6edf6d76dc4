#pragma once

#include <string>
#include <vector>

#include "cases/case_file.hpp"

namespace anlan::cases {

/// How many things one bulk act may name. Our choice.
inline constexpr std::size_t bulk_max = 500;

/// What became of one of them; the others do not depend on it.
struct BulkAnswer {
  std::string item;          ///< a lead's id, or "case:12"
  Error error;               ///< code "" if it was done
  std::int64_t version = 0;  ///< of the lead, or of the case it joined
  std::optional<CaseId> case_id;
  std::optional<duties::MatterId> matter;
  bool done() const { return error.code.empty(); }
};

struct SeenCase {
  CaseId id;
  std::int64_t version = 0;
};

// Each item in a transaction of its own, in the order given. Errors: invalid_input "case.bulk" for
// none or more than bulk_max of them; what is wrong with one is in its answer.

Result<std::vector<BulkAnswer>> screen_all(store::Database& database, const access::Actor& actor,
                                           const catalog::Catalog& catalog,
                                           const std::vector<SeenLead>& leads, Instant now);
Result<std::vector<BulkAnswer>> propose_dismissal_of_all(store::Database& database,
                                                         const access::Actor& actor,
                                                         const catalog::Catalog& catalog,
                                                         const std::vector<SeenLead>& leads,
                                                         const std::string& reason, Instant now);
/// Each lead joins the open case of its subject, or begins one.
Result<std::vector<BulkAnswer>> merge_all(store::Database& database, const access::Actor& actor,
                                          const catalog::Catalog& catalog,
                                          const std::vector<SeenLead>& leads, Instant now);
Result<std::vector<BulkAnswer>> dispatch_all(store::Database& database, const access::Actor& actor,
                                             const catalog::Catalog& catalog,
                                             const std::vector<SeenCase>& cases, const Dispatch& to,
                                             Instant now);

}  // namespace anlan::cases
