#pragma once

#include <string>
#include <vector>

#include "cases/case_file.hpp"

namespace anlan::cases {

// Figures over what the actor reads ("lead_read"); nothing outside their scope is counted.

/// Leads of one state by how many working days ago they were found.
struct AgeRow {
  std::string state;
  std::vector<std::int64_t> leads;  ///< one for each bucket
  std::int64_t overdue = 0;         ///< past the day by which the next step was due
};
/// The last day of each bucket: up to 5, 10, 20, 30, 60 working days, and all older ones. Our
/// choice.
inline constexpr int age_bucket_days[] = {5, 10, 20, 30, 60};

/// Of leads that are neither closed nor dismissed, by the procedure's order of states.
Result<std::vector<AgeRow>> ageing(store::Transaction& transaction, const access::Actor& actor,
                                   const catalog::Catalog& catalog, Date today);

/// One month's stock and flow (R43): opening + found + reopened + moved_in − moved_out − closed −
/// dismissed = closing; amounts also by `regrown`, leads whose amount a new run changed.
struct FlowRow {
  Month month;
  struct Figure {
    std::int64_t leads = 0;
    std::int64_t amount_fen = 0;
    friend bool operator==(const Figure&, const Figure&) = default;
  };
  Figure opening, found, reopened, regrown, moved_in, moved_out, closed, dismissed, closing;
};
/// Month by month, those without any flow too.
Result<std::vector<FlowRow>> stock_and_flow(store::Transaction& transaction,
                                            const access::Actor& actor, Month from, Month to);

/// How the concluded leads of a detection ended (R41). Of the whole authority, for who may read
/// leads anywhere.
struct DetectionOutcome {
  std::string code;
  std::int64_t confirmed = 0;
  std::int64_t partly = 0;
  std::int64_t unfounded = 0;
  std::int64_t unverifiable = 0;

  std::int64_t concluded() const { return confirmed + partly + unfounded + unverifiable; }
  /// Confirmed in whole or in part, in per mille of those concluded; nothing before
  /// `precision_known_from` are.
  std::optional<int> precision_mille() const;
};
/// Below it one surprise would throw the queue about. Our choice.
inline constexpr std::int64_t precision_known_from = 20;

/// By code.
Result<std::vector<DetectionOutcome>> precision(store::Transaction& transaction,
                                                const access::Actor& actor);

}  // namespace anlan::cases
