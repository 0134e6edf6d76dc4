#include "catalog/extract.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "rules/check_catalog.hpp"

namespace anlan::rules {
namespace {

namespace fs = std::filesystem;

/// All that evaluators and sentences read of a rule.
std::string whole_text(const CheckedRule& rule) {
  std::ostringstream out;
  const auto& from = *rule.rule;
  out << from.code << from.name << from.title.zh << from.title.en << from.about
      << static_cast<int>(from.severity) << static_cast<int>(from.amount_kind) << from.because.zh
      << from.because.en << '\n';
  for (const auto& node : rule.nodes) {
    out << static_cast<int>(node.op) << ' ' << static_cast<int>(node.type.kind) << ' ' << node.slot
        << ' ' << node.field << ' ' << node.value << ' ' << node.source << ' ' << node.span.begin
        << ' ' << node.span.end << ':';
    for (const auto child : rule.children_of(node)) out << ' ' << child;
    out << '\n';
  }
  for (const auto& text : rule.texts) out << text << '\n';
  for (const auto& let : rule.lets) out << let.name << ' ' << let.node << let.reads_row << '\n';
  for (const auto& use : rule.policies) out << use.code << use.scheme << use.value.value_or(-1);
  for (const auto& source : rule.sources) out << source.part << ' ' << source.text << '\n';
  for (const auto& one : rule.exclusions) out << one.name << one.code << one.when << '\n';
  for (const auto& part : rule.parts) out << part.name << part.node << '\n';
  for (const auto node : rule.evidence) out << node << '\n';
  for (const auto list : rule.lists_read) out << list << '\n';
  out << rule.each.value_or(99) << rule.where.value_or(0) << rule.when << rule.month.value_or(0)
      << rule.amount.value_or(0);
  return out.str();
}

TEST(Extract, RulesCheckedByItAreThoseOfTheCatalog) {
  const auto catalog = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  ASSERT_TRUE(catalog);
  std::size_t compared = 0;
  for (const auto& kind : catalog->dossiers) {
    const auto json = catalog::extract_json(*catalog, kind.subject, "a stamp");
    EXPECT_FALSE(catalog::parse_extract(json, "another stamp"));
    EXPECT_FALSE(catalog::parse_extract(json.substr(0, json.size() / 2), "a stamp"));
    const auto extract = catalog::parse_extract(json, "a stamp");
    ASSERT_TRUE(extract);
    ASSERT_EQ(extract->dossiers.size(), 1U);
    EXPECT_EQ(extract->dossiers.front().version, kind.version);
    for (const auto& rule : catalog->rules) {
      if (rule.about != kind.subject) continue;
      const auto* again = extract->rule(rule.code);
      ASSERT_NE(again, nullptr) << rule.code;
      const auto whole = check_rule_of(*catalog, rule);
      const auto short_one = check_rule_of(*extract, *again);
      ASSERT_TRUE(whole && short_one) << rule.code;
      EXPECT_EQ(whole_text(*short_one), whole_text(*whole));
      ++compared;
    }
  }
  EXPECT_EQ(compared, catalog->rules.size());
}

TEST(Extract, StampsTellWhatHasChanged) {
  const fs::path folder = fs::path(::testing::TempDir()) / "extract_stamps";
  fs::remove_all(folder);
  fs::create_directories(folder / "tables");
  fs::copy(ANLAN_SOURCE_DIR "/catalog/rules", folder / "rules", fs::copy_options::recursive);
  fs::copy(ANLAN_SOURCE_DIR "/catalog/codes", folder / "codes");
  const auto stamps = [&] {
    const auto found = catalog::stamps_of(folder);
    EXPECT_TRUE(found);
    return *found;
  };
  const auto first = stamps();
  EXPECT_EQ(stamps().rules, first.rules);
  fs::resize_file(folder / "rules" / "pension_after_death" / "rule.yaml", 100);
  const auto second = stamps();
  EXPECT_EQ(second.data, first.data);
  EXPECT_NE(second.rules, first.rules);
  fs::resize_file(folder / "rules" / "exclusions.yaml", 100);
  EXPECT_NE(stamps().rules, second.rules);
  fs::remove(folder / "codes" / "sex.yaml");
  const auto third = stamps();
  EXPECT_NE(third.data, first.data);
  EXPECT_NE(third.rules, second.rules);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace anlan::rules
