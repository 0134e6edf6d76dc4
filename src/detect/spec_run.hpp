#pragma once

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/spec_cases.hpp"

namespace anlan::detect {

/// Runs model.spec files: the model, its views, parameters, exclusions and checks are those of a
/// real run, over the rows a case gives.
class SpecRunner {
 public:
  /// Borrows `catalog`. Errors: unavailable "engine.open".
  static Result<SpecRunner> open(const catalog::Catalog& catalog);

  lake::SpecResult run(const catalog::Model& model);

 private:
  SpecRunner(const catalog::Catalog& catalog, lake::SpecCases cases)
      : catalog_(&catalog), cases_(std::move(cases)) {}

  const catalog::Catalog* catalog_;
  lake::SpecCases cases_;
};

}  // namespace anlan::detect
