#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/engine.hpp"

namespace anlan::detect {

struct CaseResult {
  std::string name;
  int line = 0;
  /// Why it failed, a table of missing and unexpected hits or an error; empty if it passed.
  std::string difference;

  bool passed() const { return difference.empty(); }
};

struct SpecResult {
  std::string model;  ///< its name
  std::vector<CaseResult> cases;
  std::optional<Error> error;  ///< of the spec or the model as a whole: then there are no cases

  bool passed() const;
};

/// Runs model.spec files: the model, its views, parameters, exclusions and checks are those of a
/// real run, over the rows a case gives. One engine serves all cases; nothing of a case is left for
/// the next.
class SpecRunner {
 public:
  /// Borrows `catalog`. Errors: unavailable "engine.open".
  static Result<SpecRunner> open(const catalog::Catalog& catalog);

  SpecResult run(const catalog::Model& model);

 private:
  SpecRunner(const catalog::Catalog& catalog, lake::Engine engine, lake::Connection connection)
      : catalog_(&catalog), engine_(std::move(engine)), connection_(std::move(connection)) {}

  const catalog::Catalog* catalog_;
  lake::Engine engine_;
  lake::Connection connection_;
};

}  // namespace anlan::detect
