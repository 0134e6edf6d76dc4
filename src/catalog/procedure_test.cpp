#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "catalog/catalog.hpp"
#include "catalog/procedure_reader.hpp"

namespace anlan::catalog {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path shipped = ANLAN_SOURCE_DIR "/catalog";

const Duties& duties() {
  static const auto loaded = load_duties(shipped);
  EXPECT_TRUE(loaded) << loaded.error().detail;
  return *loaded;
}

std::string shipped_text() {
  return *read_file(shipped / "procedures" / "lead.yaml");
}

/// What is said of the text; "" if nothing.
std::string said_of(const std::string& text) {
  Problems problems;
  const Source source{"lead.yaml", "catalog.procedure", &problems};
  (void)read_procedure(text, duties(), source);
  return problems.empty() ? "" : problems.error().detail;
}

TEST(ProcedureTest, TheShippedOneLeadsFromANewLeadToAClosedCase) {
  Problems problems;
  const Source source{"lead.yaml", "catalog.procedure", &problems};
  const auto procedure = read_procedure(shipped_text(), duties(), source);
  ASSERT_TRUE(problems.empty()) << problems.error().detail;
  EXPECT_EQ(procedure.states.front().name, "new");
  EXPECT_EQ(procedure.start_due_working_days, 3);
  const auto* dispatch = procedure.transition("dispatch");
  ASSERT_NE(dispatch, nullptr);
  EXPECT_EQ(dispatch->right, "lead_assign");
  EXPECT_EQ(dispatch->to, "assigned");
  EXPECT_EQ(dispatch->due.kind, ProcedureDue::Kind::score);
  EXPECT_EQ(procedure.transition("conclude")->chain, "lead_conclusion");
  EXPECT_EQ(procedure.sure, "assumed");
  std::vector<std::string> acts;
  for (const auto* one : procedure.from("verifying", true)) acts.push_back(one->act);
  EXPECT_THAT(acts, ::testing::ElementsAre("go_onsite", "release", "conclude", "suspend"));
}

TEST(ProcedureTest, WhatIsWrongIsSaidWithItsPlace) {
  struct Row {
    const char* of;
    const char* by;
    const char* says;
  };
  const Row rows[] = {
      {"to: screened, who", "to: screend, who", "unknown state screend; did you mean screened?"},
      {"right: lead_assign}, due: score, doc", "right: lead_asign}, due: score, doc",
       "unknown right lead_asign"},
      {"chain: lead_dismissal", "chain: lead_dismisal", "unknown chain lead_dismisal"},
      {"act: screen,", "act: sieve,", "unknown act sieve of a lead"},
      {"document: verification_notice}", "document: notice}", "unknown document notice"},
      {"to: before", "to: assigned", ""},
      {"from: [suspended], to: before", "from: [suspended, closed], to: before",
       "before, but closed is no state aside"},
      {"en: New, kind: start", "en: New, kind: open", "0 states of kind start, expected 1"},
      {"{working_days: 1}}", "{working_days: 0}}", "expected a whole number from 1 to 250"},
      {"due: keep}", "due: later}", "expected none, keep or score"},
      {"who: {program: true}, due: {", "who: {program: false}, due: {", "expected program: true"},
      {"who: {right: lead_screen}", "who: {right: lead_screen, chain: referral}",
       "expected one of right, chain and program"},
      {"who: {chain: lead_dismissal}", "who: {right: lead_screen}",
       "act dismiss, expected a chain"},
      {"who: {right: lead_assign}, due: score, doc", "who: {program: true}, due: score, doc",
       "act dispatch, expected a right"},
      {"name: screened,", "name: new,", "state new stands twice"},
  };
  for (const auto& row : rows) {
    auto text = shipped_text();
    const auto at = text.find(row.of);
    ASSERT_NE(at, std::string::npos) << row.of;
    text.replace(at, std::string(row.of).size(), row.by);
    const auto said = said_of(text);
    if (*row.says == '\0') {
      EXPECT_EQ(said, "");
    } else {
      EXPECT_THAT(said, HasSubstr(row.says)) << row.by;
    }
  }
}

TEST(ProcedureTest, AnActTheProgramNeedsMustBeThere) {
  auto text = shipped_text();
  const auto at = text.find("  - {act: resume");
  text.erase(at, text.find('\n', at) + 1 - at);
  const auto said = said_of(text);
  EXPECT_THAT(said, HasSubstr("no transition resume, which the program needs"));
  EXPECT_THAT(said, HasSubstr("no transition leads out of suspended"));
}

}  // namespace
}  // namespace anlan::catalog
