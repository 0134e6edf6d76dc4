#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/lang.hpp"
#include "catalog/table.hpp"
#include "dossier/dossier.hpp"
#include "rules/checked.hpp"
#include "rules/hit.hpp"
#include "rules/interpret.hpp"

namespace anlan::rules {

enum class Verdict { holds, does_not, unknown, error };

/// A part of an expression with its value on one row: `parts` are what the value came from.
struct Explanation {
  std::string text;   ///< as the rule writes it
  std::string value;  ///< "true", "2018-04", "unknown", "missing", "error: overflow", "3 rows"
  std::vector<Explanation> parts;
};

/// Why the rule speaks or is silent about one row of `each`, or about the dossier as a whole.
struct RowExplanation {
  std::optional<std::uint32_t> row;
  std::string key;  ///< of the row
  Verdict verdict = Verdict::does_not;
  std::string excluded_by;  ///< name of the exclusion that drops the hit, "" if none does
  /// The smallest parts joined by && that did not hold, "payment.periodic = false"; the last is
  /// "validity = false" of a row outside valid_from and valid_to.
  std::vector<std::string> failed;
  Explanation where, when;  ///< `where` is empty without one
  Explanation validity;     ///< empty if the rule is valid for all time
  std::vector<Explanation> lets;
  std::vector<Explanation> exclusions;
  std::optional<Hit> hit;
};

/// One entry for each row of `each` (one without), in their order.
std::vector<RowExplanation> explain(const CheckedRule& rule, const dossier::Dossier& dossier,
                                    const Moment& moment);

/// The explanation as indented lines, values in a column on the left.
std::string explanation_text(const Explanation& explanation, int indent = 0);

/// The sentence of one hit, or of a lead of only this hit.
std::string sentence_of(const CheckedRule& rule, const Hit& hit, Lang lang,
                        const std::map<std::string, catalog::CodeList>& lists);

/// What a rule says about one subject as a whole, as its lead will: money of one scheme, item and
/// month counts once, at its largest.
struct LeadSummary {
  std::int32_t month_from = 0;  ///< YYYYMM, 0 if no hit has a month
  std::int32_t month_to = 0;
  std::optional<std::int64_t> amount_fen;  ///< nothing if no hit has an amount
};
LeadSummary summary_of(std::span<const Hit> hits);

/// The sentence of a lead of these hits, of which there is at least one; values of one hit are
/// those of the first by month, then evidence.
std::string sentence_of(const CheckedRule& rule, std::span<const Hit> hits, Lang lang,
                        const std::map<std::string, catalog::CodeList>& lists);

}  // namespace anlan::rules
