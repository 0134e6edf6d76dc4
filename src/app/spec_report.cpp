#include "app/spec_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "catalog/spec.hpp"

namespace anlan::app {
namespace {

using nlohmann::ordered_json;

void print_result(const Tested& tested, const lake::SpecResult& result, const Session& session) {
  const auto passed = std::count_if(result.cases.begin(), result.cases.end(),
                                    [](const lake::CaseResult& one) { return one.passed(); });
  fmt::print("{}  {}  {}  {}/{}\n",
             result.passed() ? session.say("通过", "ok  ") : session.say("失败", "FAIL"),
             tested.code, tested.name, passed, result.cases.size());
  if (result.error) fmt::print("{}\n  [{}]\n", result.error->detail, result.error->code);
  for (const auto& one : result.cases) {
    if (one.passed()) continue;
    fmt::print("  {}/{}:{}: {}\n", tested.name, tested.file, one.line, one.name);
    for (const auto line : split(one.difference, '\n')) {
      if (!line.empty()) fmt::print("    {}\n", line);
    }
  }
}

ordered_json result_json(const Tested& tested, const lake::SpecResult& result) {
  ordered_json out = {{"code", tested.code}, {"name", tested.name}, {"passed", result.passed()}};
  if (result.error) out["error"] = {{"code", result.error->code}, {"detail", result.error->detail}};
  auto cases = ordered_json::array();
  for (const auto& one : result.cases) {
    cases.push_back({{"name", one.name},
                     {"line", one.line},
                     {"passed", one.passed()},
                     {"difference", one.difference}});
  }
  out["cases"] = std::move(cases);
  return out;
}

}  // namespace

std::size_t case_count(const std::string& spec) {
  const auto read = catalog::parse_spec(spec, "spec");
  return read ? read->cases.size() : 0;
}

void test_specs(const std::vector<Tested>& all, const TestedWords& words,
                const std::function<lake::SpecResult(std::size_t)>& run, Session& session) {
  auto results = ordered_json::array();
  std::size_t failed = 0;
  std::size_t cases = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto result = run(i);
    if (!result.passed()) ++failed;
    cases += result.cases.size();
    if (session.json) {
      results.push_back(result_json(all[i], result));
    } else {
      print_result(all[i], result, session);
    }
  }
  if (session.json) {
    fmt::print("{}\n", results.dump(2));
  } else {
    fmt::print("{}\n", session.lang == Lang::zh ? fmt::format("{0} {1}，{2} 个用例，{3} {1}未通过",
                                                              all.size(), words.zh, cases, failed)
                                                : fmt::format("{0} {1}, {2} cases, {3} {1} failed",
                                                              all.size(), words.en, cases, failed));
  }
  if (failed > 0) session.exit_code = exit_failed;
}

}  // namespace anlan::app
