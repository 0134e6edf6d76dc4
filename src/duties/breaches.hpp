#pragma once

#include <string>
#include <vector>

#include "access/access.hpp"
#include "duties/matter.hpp"

namespace anlan::duties {

/// Something that duties forbid and that is so all the same: granted before the pair was in the
/// catalog, or written into the database past this program.
struct Breach {
  access::PersonId person;
  std::string code;  ///< the pair, "S5"; or what was done: "maker", "handler", "subject", "kin",
                     ///< "outside_staff", "post_not_held", "incomplete", "content"
  catalog::PairLevel level = catalog::PairLevel::hard;
  bool controlled = false;  ///< a soft pair with its compensating control
  std::string matter;       ///< "matter:4"; "" for what is held
  std::string detail;       ///< "HD d01-agency – ZD d01-agency"
};

/// The pairs that are broken by what anybody holds at `now`, over all accounts and organisations,
/// cover included; by person.
Result<std::vector<Breach>> breaches_held(store::Transaction& transaction, const Rules& rules,
                                          Instant now);

/// Decisions of all matters that should not be there: looks at the rows with queries of its own,
/// not those of `approve`. Void rounds count too. By matter.
Result<std::vector<Breach>> breaches_decided(store::Transaction& transaction, const Rules& rules);

}  // namespace anlan::duties
