#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "catalog/spec.hpp"
#include "lake/spec_cases.hpp"
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

/// Runs rule.spec files: given rows become dossiers as those of a real run.
class SpecRunner {
 public:
  /// Borrows `catalog`. Errors: unavailable "engine.open".
  static Result<SpecRunner> open(const catalog::Catalog& catalog);

  lake::SpecResult run(const catalog::Rule& rule, Judge judge = interpret_all);

 private:
  SpecRunner(const catalog::Catalog& catalog, lake::SpecCases cases)
      : catalog_(&catalog), cases_(std::move(cases)) {}

  Result<std::string> run_case(const catalog::Rule& rule, const catalog::SpecCase& spec_case,
                               Date as_of, Judge judge);

  const catalog::Catalog* catalog_;
  lake::SpecCases cases_;
};

}  // namespace anlan::rules
