#include <gtest/gtest.h>

#include <string>

#include "catalog/catalog.hpp"
#include "rules/check_catalog.hpp"

namespace anlan::rules {
namespace {

/// A rule about the list's rows that names the exclusion and nothing else.
Result<catalog::Rule> rule_with(const catalog::RuleExclusion& exclusion,
                                const catalog::DossierList& list) {
  const std::string each = list.single ? "" : "each: " + list.row + " in dossier." + list.name;
  return catalog::parse_rule("tried",
                             "code: ZZ-01\ntitle: {zh: 规则, en: Rule}\nabout: " + exclusion.about +
                                 "\nphases: [after]\nseverity: low\n" + each +
                                 "\nwhen: 'true'\nbecause: {zh: 有, en: there}\nexclude: [" +
                                 exclusion.name +
                                 "]\nbasis: [x]\nfalse_alarms: {zh: 无, en: none}\n",
                             "tried.yaml");
}

TEST(Exclusions, EachFitsTheRowsOfSomeListEvenIfNoRuleNamesIt) {
  const auto catalog = catalog::Catalog::load(std::string(ANLAN_SOURCE_DIR) + "/catalog");
  ASSERT_TRUE(catalog) << catalog.error().detail;
  ASSERT_FALSE(catalog->exclusions.all.empty());
  for (const auto& exclusion : catalog->exclusions.all) {
    const auto* kind = catalog->dossier(exclusion.about);
    ASSERT_NE(kind, nullptr) << exclusion.name;
    bool fits = false;
    std::string last;
    for (const auto& list : kind->lists) {
      const auto rule = rule_with(exclusion, list);
      ASSERT_TRUE(rule) << rule.error().detail;
      const auto checked = check_rule_of(*catalog, *rule);
      fits = fits || checked.has_value();
      if (!checked) last = checked.error().detail;
    }
    EXPECT_TRUE(fits) << exclusion.about << " " << exclusion.name << ": " << last;
  }
}

}  // namespace
}  // namespace anlan::rules
