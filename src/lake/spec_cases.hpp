#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "catalog/spec.hpp"
#include "lake/engine.hpp"

namespace anlan::lake {

struct CaseResult {
  std::string name;
  int line = 0;
  /// Why it failed, a table of missing and unexpected hits or an error; empty if it passed.
  std::string difference;

  bool passed() const { return difference.empty(); }
};

struct SpecResult {
  std::vector<CaseResult> cases;
  std::optional<Error> error;  ///< of the spec or the detection as a whole: then there are no cases

  bool passed() const;
};

/// Runs the cases of specs, whatever is specified: each over the rows it gives. One engine serves
/// all of them; nothing of a case is left for the next.
class SpecCases {
 public:
  /// Borrows `catalog`. Errors: unavailable "engine.open".
  static Result<SpecCases> open(const catalog::Catalog& catalog);

  Connection& connection() { return connection_; }

  /// Once before the cases: what must hold of the detection itself.
  using Prepare = std::function<Status()>;
  /// The difference of one case, "" for none; the rows it gives are in their tables.
  using Judge = std::function<Result<std::string>(const catalog::SpecCase& spec_case, Date as_of)>;
  /// `text` is that of the file called `file`.
  SpecResult run(const std::string& text, const std::string& file, const Prepare& prepare,
                 const Judge& judge);

 private:
  SpecCases(const catalog::Catalog& catalog, Engine engine, Connection connection)
      : catalog_(&catalog), engine_(std::move(engine)), connection_(std::move(connection)) {}

  Result<std::string> run_case(const catalog::SpecCase& spec_case, const Judge& judge);

  const catalog::Catalog* catalog_;
  Engine engine_;
  Connection connection_;
};

}  // namespace anlan::lake
