#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "cases/lead.hpp"

namespace anlan::cases {

// Inside this folder only.

/// Gathers what an act changes in the sums `lead_count` and `lead_flow`, and adds it to them in the
/// act's own transaction.
class Tally {
 public:
  explicit Tally(Instant now) : month_(now.day().month()) {}

  void found(const DeskLead& lead);
  /// Whatever became of it: another state, organisation, amount or weight.
  void changed(const DeskLead& before, const DeskLead& after);
  Status write(store::Transaction& transaction);

 private:
  struct Sums {
    std::int64_t leads = 0;
    std::int64_t amount_fen = 0;
    std::int64_t expected_fen = 0;
  };
  void count(const DeskLead& lead, int sign);
  void flow(const std::string& organisation, const std::string& kind, std::int64_t leads,
            std::int64_t amount_fen);

  Month month_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Sums> counts_;
  std::map<std::pair<std::string, std::string>, Sums> flows_;
};

/// Makes one row of each kind out of all its differences.
Status fold_sums(store::Transaction& transaction);

}  // namespace anlan::cases
