#include "lake/spec_cases.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lake/given_rows.hpp"

namespace anlan::lake {
namespace {

/// A case that gives no day is judged on the day the examples use.
constexpr const char* default_as_of = "2018-12-31";

}  // namespace

bool SpecResult::passed() const {
  return !error && std::all_of(cases.begin(), cases.end(),
                               [](const CaseResult& one) { return one.passed(); });
}

Result<SpecCases> SpecCases::open(const catalog::Catalog& catalog) {
  EngineOptions options;
  options.threads = 1;  // the cases are tiny
  auto engine = Engine::open(options);
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  if (auto made = create_given_tables(*connection, catalog); !made) return fail(made.error());
  return SpecCases(catalog, std::move(*engine), std::move(*connection));
}

Result<std::string> SpecCases::run_case(const catalog::SpecCase& spec_case, const Judge& judge) {
  const auto as_of = parse_date(spec_case.as_of.empty() ? default_as_of : spec_case.as_of);
  if (!as_of) return fail(as_of.error());
  for (const auto& given : spec_case.given) {
    if (auto inserted = insert_given(connection_, *catalog_, given); !inserted)
      return fail(inserted.error());
  }
  return judge(spec_case, *as_of);
}

SpecResult SpecCases::run(const std::string& text, const std::string& file, const Prepare& prepare,
                          const Judge& judge) {
  SpecResult result;
  const auto spec = catalog::parse_spec(text, file);
  if (!spec) {
    result.error = spec.error();
    return result;
  }
  if (spec->cases.empty()) {
    result.error = Error{ErrorKind::invalid_input, "spec.empty", file + " has no case"};
    return result;
  }
  if (const auto prepared = prepare(); !prepared) {
    result.error = prepared.error();
    return result;
  }
  for (const auto& spec_case : spec->cases) {
    auto difference = run_case(spec_case, judge);
    CaseResult one{spec_case.name, spec_case.line, ""};
    one.difference =
        difference ? std::move(*difference)
                   : fmt::format("{} [{}]\n", difference.error().detail, difference.error().code);
    result.cases.push_back(std::move(one));
    if (auto cleared = clear_given(connection_, *catalog_, spec_case.given); !cleared) {
      result.error = cleared.error();
      return result;
    }
  }
  return result;
}

}  // namespace anlan::lake
