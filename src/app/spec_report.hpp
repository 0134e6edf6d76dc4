#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/session.hpp"
#include "base/result.hpp"
#include "catalog/near_name.hpp"
#include "lake/spec_cases.hpp"

namespace anlan::app {

// How models and rules are chosen by name and tested alike.

/// Those of `all` named by name or code; all of them if none is named.
/// Errors: not_found `missing` with a near name.
template <class Detection>
Result<std::vector<const Detection*>> chosen(const std::vector<Detection>& all,
                                             const std::vector<std::string>& names,
                                             const char* missing) {
  std::vector<const Detection*> out;
  for (const auto& name : names) {
    const auto before = out.size();
    std::vector<std::string> known;
    for (const auto& one : all) {
      known.push_back(one.name);
      known.push_back(one.code);
      if (out.size() == before && (one.name == name || one.code == name)) out.push_back(&one);
    }
    if (out.size() == before)
      return fail(ErrorKind::not_found, missing, name + catalog::did_you_mean(name, known));
  }
  if (names.empty()) {
    for (const auto& one : all) out.push_back(&one);
  }
  return out;
}

/// How many cases a spec has; 0 if it cannot be read.
std::size_t case_count(const std::string& spec);

/// A detection and the file of its spec, as they are printed.
struct Tested {
  std::string code;
  std::string name;
  std::string_view file;  ///< model.spec
};

/// What the detections tested are called, after a number.
struct TestedWords {
  std::string_view zh;  ///< 个模型
  std::string_view en;  ///< models
};

/// Runs the spec of each, prints what failed and a sum, and sets the exit code.
void test_specs(const std::vector<Tested>& all, const TestedWords& words,
                const std::function<lake::SpecResult(std::size_t)>& run, Session& session);

}  // namespace anlan::app
