#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "catalog/spec.hpp"
#include "lake/engine.hpp"
#include "rules/checked.hpp"
#include "rules/hit.hpp"
#include "rules/interpret.hpp"

namespace anlan::rules {

/// What a rule says about all subjects of a bucket.
using Judge = Result<std::vector<Outcome>> (*)(const CheckedRule& rule,
                                               const dossier::Bucket& bucket, const Moment& moment);

/// The reference interpreter as a judge: one outcome per subject.
Result<std::vector<Outcome>> interpret_all(const CheckedRule& rule, const dossier::Bucket& bucket,
                                           const Moment& moment);

struct CaseResult {
  std::string name;
  int line = 0;
  /// Why it failed, a table of missing and unexpected hits or an error; empty if it passed.
  std::string difference;

  bool passed() const { return difference.empty(); }
};

struct SpecResult {
  std::string rule;  ///< its name
  std::vector<CaseResult> cases;
  std::optional<Error> error;  ///< of the spec or the rule as a whole: then there are no cases

  bool passed() const;
};

/// Runs rule.spec files: given rows become dossiers as those of a real run. One engine serves all
/// cases; nothing of a case is left for the next.
class SpecRunner {
 public:
  /// Borrows `catalog`. Errors: unavailable "engine.open".
  static Result<SpecRunner> open(const catalog::Catalog& catalog);

  SpecResult run(const catalog::Rule& rule, Judge judge = interpret_all);

 private:
  SpecRunner(const catalog::Catalog& catalog, lake::Engine engine, lake::Connection connection)
      : catalog_(&catalog), engine_(std::move(engine)), connection_(std::move(connection)) {}

  Result<std::string> run_case(const catalog::Rule& rule, const catalog::SpecCase& spec_case,
                               Judge judge);

  const catalog::Catalog* catalog_;
  lake::Engine engine_;
  lake::Connection connection_;
};

}  // namespace anlan::rules
