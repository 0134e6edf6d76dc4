#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "rules/check_catalog.hpp"
#include "rules/literals.hpp"
#include "rules/spec_run.hpp"

namespace anlan::rules {
namespace {

/// What stands between "```name" and "```" on the page.
std::string block(const std::string& page, const std::string& name) {
  const auto fence = "```" + name + "\n";
  const auto begin = page.find(fence);
  EXPECT_NE(begin, std::string::npos) << name;
  if (begin == std::string::npos) return {};
  const auto from = begin + fence.size();
  return page.substr(from, page.find("```", from) - from);
}

struct Example {
  std::string expression;
  std::string says;
};

// A judge is a plain function, so what it needs stands here.
const catalog::Catalog* the_catalog = nullptr;
std::vector<Example> examples;
std::size_t tried = 0;

std::string value_of(const CheckedRule& rule, const dossier::Dossier& dossier,
                     const Moment& moment) {
  Interpreter interpreter(rule, dossier, moment);
  interpreter.set_row(interpreter.rows_of(*rule.each).front());
  const auto node = rule.lets.front().node;
  const auto value = interpreter.evaluate(node);
  if (value.is_error()) return std::string("error: ") + fault_name(value.scalar.fault);
  if (!value.scalar.known()) return "missing";
  return canonical_text(value.scalar, rule.nodes[node].type.kind);
}

std::string rule_with(const std::string& expression) {
  std::string quoted;
  for (const char c : expression) quoted += c == '\'' ? "''" : std::string(1, c);
  return "code: XA-01\ntitle: {zh: 例, en: E}\nabout: person\nphases: [after]\nseverity: low\n"
         "each: payment in dossier.payments\nlet:\n  x: '" +
         quoted +
         "'\nwhen: \"true\"\nbecause: {zh: 例, en: E}\nbasis: [law]\n"
         "false_alarms: {zh: 无, en: None}\n";
}

/// Tries every example on the one dossier.
Result<std::vector<Outcome>> try_examples(const CheckedRule&, const dossier::Bucket& bucket,
                                          const Moment& moment) {
  for (const auto& example : examples) {
    const auto rule =
        catalog::parse_rule("example", rule_with(example.expression), "docs/rules.md");
    EXPECT_TRUE(rule) << example.expression;
    if (!rule) continue;
    const auto checked = check_rule_of(*the_catalog, *rule);
    EXPECT_TRUE(checked) << example.expression << "\n"
                         << (checked ? std::string() : checked.error().detail);
    if (!checked) continue;
    EXPECT_EQ(value_of(*checked, {&bucket, 0}, moment), example.says) << example.expression;
    ++tried;
  }
  return std::vector<Outcome>{};
}

class RulesDocs : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
    ASSERT_TRUE(loaded) << loaded.error().detail;
    catalog = std::move(*loaded);
    auto read = read_file(ANLAN_SOURCE_DIR "/docs/rules.md");
    ASSERT_TRUE(read);
    page = *read;
  }

  lake::SpecResult run(const std::string& yaml, const std::string& spec, Judge judge) const {
    auto rule = catalog::parse_rule("rule", yaml, "docs/rules.md");
    EXPECT_TRUE(rule) << rule.error().detail;
    rule->spec = spec;
    auto runner = SpecRunner::open(catalog);
    EXPECT_TRUE(runner);
    return runner->run(*rule, judge);
  }

  static void expect_passed(const lake::SpecResult& result) {
    EXPECT_FALSE(result.error) << result.error->detail;
    for (const auto& one : result.cases) EXPECT_TRUE(one.passed()) << one.name << one.difference;
  }

  catalog::Catalog catalog;
  std::string page;
};

TEST_F(RulesDocs, ItsExamplesGiveWhatItSays) {
  const auto text = block(page, "examples");
  for (const auto line : split(text, '\n')) {
    if (line.empty()) continue;
    const auto gap = line.find("  ");
    ASSERT_NE(gap, std::string_view::npos) << line;
    examples.push_back({std::string(line.substr(0, gap)), std::string(trim(line.substr(gap)))});
  }
  EXPECT_GE(examples.size(), 20U);
  the_catalog = &catalog;
  expect_passed(
      run(rule_with("true"), "case one\n" + block(page, "given") + "expect\n", try_examples));
  EXPECT_EQ(tried, examples.size());
}

TEST_F(RulesDocs, ItsWholeRulePasses) {
  const auto result =
      run(block(page, "yaml rule.yaml"), block(page, "spec rule.spec"), interpret_all);
  EXPECT_EQ(result.cases.size(), 3U);
  expect_passed(result);
}

TEST_F(RulesDocs, KeepsTheCodesItPromises) {
  for (const auto& one : catalog.rules) EXPECT_NE(one.code.front(), 'X') << one.name;
  for (const auto& one : catalog.models) EXPECT_NE(one.code.front(), 'X') << one.name;
}

}  // namespace
}  // namespace anlan::rules
