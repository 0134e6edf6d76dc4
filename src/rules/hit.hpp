#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/arithmetic.hpp"
#include "rules/checked.hpp"

namespace anlan::rules {

struct EvidenceRow {
  std::string table;
  std::string key;
  friend auto operator<=>(const EvidenceRow&, const EvidenceRow&) = default;
};

/// One row of one dossier that a rule picked, or the dossier as a whole.
struct Hit {
  std::string subject_id;
  std::optional<std::uint32_t> row;        ///< of `each`: its index in the bucket's list
  std::int32_t month = 0;                  ///< YYYYMM, 0 if the hit has none
  std::optional<std::int64_t> amount_fen;  ///< in the sense of the rule's amount kind
  std::string person_id_no;  ///< with scheme and item: whose money this is, "" if nobody's
  std::string scheme;
  std::string item;
  std::vector<EvidenceRow> evidence;                        ///< each once, in the rule's order
  std::vector<std::pair<std::string, std::string>> values;  ///< of CheckedRule::parts, those known

  friend bool operator==(const Hit&, const Hit&) = default;
};

/// An error of a rule on one dossier: that row gives no hit, the others stand.
struct RowFault {
  Fault fault = Fault::none;
  NodeId at = 0;                     ///< where it arose
  std::optional<std::uint32_t> row;  ///< of `each`
};

/// What one rule says about one dossier.
struct Outcome {
  std::vector<Hit> hits;              ///< in the order of rows
  std::vector<std::size_t> excluded;  ///< hits dropped by each of CheckedRule::exclusions
  std::vector<RowFault> faults;       ///< in the order of rows
};

}  // namespace anlan::rules
