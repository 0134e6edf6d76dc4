#include "catalog/duties.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "base/file.hpp"

namespace anlan::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const fs::path shipped = fs::path(ANLAN_SOURCE_DIR) / "catalog";

const Duties& duties() {
  static const auto loaded = load_duties(shipped);
  if (!loaded) {
    ADD_FAILURE() << loaded.error().detail;
    std::abort();
  }
  return *loaded;
}

// Written by hand from section 9 of the field handbook: its list S1 to S28, and the four families
// named there as the basis. H forbidden, S soft, m not in one matter, . nothing. KJ against FH is H
// twice, by S28 and by the families. Not made out of catalog/duties: it is what that is held
// against.
constexpr auto expected_matrix = R"(
    SL CS FH SP DJ HD ZD ZQ KJ CN CZ SA QX DB AQ DA JH JD
SL  .  S  .  H  .  .  H  H  H  H  H  H  H  H  H  S  H  H
CS  S  .  m  m  .  .  H  H  H  H  H  H  H  H  H  .  H  H
FH  .  m  .  m  .  .  H  H  H  H  H  H  H  H  H  H  H  H
SP  H  m  m  .  .  .  H  H  H  H  H  H  H  H  H  H  H  H
DJ  .  .  .  .  .  H  H  H  H  H  H  H  H  H  H  .  H  H
HD  .  .  .  .  H  .  H  H  H  H  H  H  H  H  H  H  H  H
ZD  H  H  H  H  H  H  .  H  H  .  H  H  H  H  H  .  H  H
ZQ  H  H  H  H  H  H  H  .  H  .  S  H  H  H  H  .  H  H
KJ  H  H  H  H  H  H  H  H  .  H  .  H  H  H  H  .  H  H
CN  H  H  H  H  H  H  .  .  H  .  H  H  H  H  H  H  H  H
CZ  H  H  H  H  H  H  H  S  .  H  .  H  H  H  H  .  H  H
SA  H  H  H  H  H  H  H  H  H  H  H  .  S  .  H  .  H  H
QX  H  H  H  H  H  H  H  H  H  H  H  S  .  H  H  .  H  H
DB  H  H  H  H  H  H  H  H  H  H  H  .  H  .  H  .  H  H
AQ  H  H  H  H  H  H  H  H  H  H  H  H  H  H  .  .  .  H
DA  S  .  H  H  .  H  .  .  .  H  .  .  .  .  .  .  S  H
JH  H  H  H  H  H  H  H  H  H  H  H  H  H  H  .  S  .  H
JD  H  H  H  H  H  H  H  H  H  H  H  H  H  H  H  H  H  .
)";

// What is held beside posts (S23, S24, S25). Leaders, policy and legal review are in no pair; the
// head of fund supervision is a supervisor like JD (S19).
const std::set<std::set<std::string>> expected_beside = {{"SEAL_FIN", "SEAL_LEGAL"},
                                                         {"UKEY_MAKER", "UKEY_CHECKER"},
                                                         {"PB", "ZD"},
                                                         {"PB", "ZQ"},
                                                         {"RS", "QC"}};

class Expected {
 public:
  Expected() {
    std::istringstream lines(expected_matrix);
    std::string line;
    std::getline(lines, line);
    std::getline(lines, line);
    std::istringstream head(line);
    for (std::string code; head >> code;) codes_.push_back(code);
    while (std::getline(lines, line)) {
      std::istringstream cells(line);
      std::string row, cell;
      cells >> row;
      for (const auto& column : codes_) {
        cells >> cell;
        table_[{row, column}] = cell.front();
      }
    }
  }

  char at(const std::string& one, const std::string& other) const {
    if (expected_beside.contains({one, other})) return 'H';
    const auto found = table_.find({like(one), like(other)});
    return found == table_.end() ? '.' : found->second;
  }

  const std::vector<std::string>& codes() const { return codes_; }

 private:
  static std::string like(const std::string& code) { return code == "JZ" ? "JD" : code; }

  std::vector<std::string> codes_;
  std::map<std::pair<std::string, std::string>, char> table_;
};

/// What the catalog says of two posts held at once, in the letters of the table.
char found(const std::string& one, const std::string& other, const std::string& elsewhere) {
  const std::vector<Holding> held = {{one, "agency"}, {other, elsewhere}};
  char letter = '.';
  for (const auto& broken : duties().broken_by(held, {}))
    letter = broken.level == PairLevel::hard ? 'H' : letter == 'H' ? 'H' : 'S';
  if (letter != '.') return letter;
  // A post against itself is never two parts: who takes part twice is refused before posts count.
  if (one == other) return '.';
  return duties().broken_in_matter({one, ""}, {other, ""}).empty() ? '.' : 'm';
}

TEST(DutiesTest, EveryTwoPostsAreAsTheHandbookSays) {
  const Expected expected;
  ASSERT_EQ(expected.codes().size(), 18u);
  std::set<std::string> known;
  for (const auto& post : duties().posts) known.insert(post.code);
  for (const auto& code : expected.codes()) EXPECT_TRUE(known.contains(code)) << code;

  std::map<char, int> counts;
  for (const auto& one : known) {
    for (const auto& other : known) {
      for (const auto* elsewhere : {"agency", "another agency"}) {
        const auto letter = found(one, other, elsewhere);
        EXPECT_EQ(letter, expected.at(one, other)) << one << '-' << other << " in " << elsewhere;
        ++counts[letter];
      }
    }
  }
  const auto tried = known.size() * known.size() * 2;
  std::cout << "summary: pairs of posts tried " << tried << " (" << known.size() << " x "
            << known.size() << ", in one and in two organisations): forbidden " << counts['H']
            << ", soft " << counts['S'] << ", in one matter only " << counts['m'] << ", free "
            << counts['.'] << "\n";
}

TEST(DutiesTest, EachPairOfTheHandbookIsBrokenUnderItsOwnNumber) {
  struct Row {
    const char* code;
    const char* one;
    const char* other;
    PairLevel level;
  };
  const Row rows[] = {
      {"S2", "SL", "SP", PairLevel::hard},  {"S3", "SL", "CS", PairLevel::soft},
      {"S4", "DJ", "HD", PairLevel::hard},  {"S5", "HD", "ZD", PairLevel::hard},
      {"S5", "HD", "ZQ", PairLevel::hard},  {"S6", "ZD", "ZQ", PairLevel::hard},
      {"S7", "ZD", "KJ", PairLevel::hard},  {"S7", "ZQ", "KJ", PairLevel::hard},
      {"S8", "KJ", "CN", PairLevel::hard},  {"S9", "CN", "JH", PairLevel::hard},
      {"S9", "CN", "DA", PairLevel::hard},  {"S10", "CZ", "CN", PairLevel::hard},
      {"S10", "CZ", "ZD", PairLevel::hard}, {"S11", "CZ", "ZQ", PairLevel::soft},
      {"S12", "SA", "HD", PairLevel::hard}, {"S13", "SA", "AQ", PairLevel::hard},
      {"S13", "DB", "AQ", PairLevel::hard}, {"S13", "QX", "AQ", PairLevel::hard},
      {"S14", "SA", "QX", PairLevel::soft}, {"S15", "DB", "QX", PairLevel::hard},
      {"S15", "DB", "SL", PairLevel::hard}, {"S15", "DB", "CN", PairLevel::hard},
      {"S17", "QX", "DJ", PairLevel::hard}, {"S18", "JH", "SP", PairLevel::hard},
      {"S18", "JH", "CZ", PairLevel::hard}, {"S18", "JH", "DB", PairLevel::hard},
      {"S19", "JD", "JH", PairLevel::hard}, {"S19", "JD", "DA", PairLevel::hard},
      {"S20", "DA", "HD", PairLevel::hard}, {"S20", "DA", "FH", PairLevel::hard},
      {"S20", "DA", "SP", PairLevel::hard}, {"S21", "DA", "SL", PairLevel::soft},
      {"S22", "JH", "DA", PairLevel::soft}, {"S23", "SEAL_FIN", "SEAL_LEGAL", PairLevel::hard},
      {"S24", "PB", "ZQ", PairLevel::hard}, {"S23", "UKEY_MAKER", "UKEY_CHECKER", PairLevel::hard},
      {"S24", "PB", "ZD", PairLevel::hard}, {"S25", "RS", "QC", PairLevel::hard},
      {"S28", "KJ", "FH", PairLevel::hard}, {"FF", "DJ", "KJ", PairLevel::hard},
      {"FF", "SL", "QX", PairLevel::hard},  {"FF", "SP", "AQ", PairLevel::hard},
      {"FF", "CN", "SA", PairLevel::hard},  {"FF", "CZ", "AQ", PairLevel::hard},
      {"FF", "DB", "JH", PairLevel::hard}};
  for (const auto& row : rows) {
    const std::vector<Holding> held = {{row.one, "a"}, {row.other, "b"}};
    bool said = false;
    for (const auto& broken : duties().broken_by(held, {})) {
      if (broken.code != row.code) continue;
      said = true;
      EXPECT_EQ(broken.level, row.level) << row.code;
    }
    EXPECT_TRUE(said) << row.code << ": " << row.one << '-' << row.other;
  }
}

TEST(DutiesTest, AllTwentyEightAreThere) {
  for (int number = 1; number <= 28; ++number) {
    EXPECT_NE(duties().pair("S" + std::to_string(number)), nullptr) << number;
  }
  EXPECT_EQ(duties().pairs.size(), 29u);  // and the four families
}

TEST(DutiesTest, OutsideStaffHoldNoMoneyAndRawDataOnlyUnderATicket) {
  std::set<std::string> refused;
  for (const auto& post : duties().posts) {
    const std::vector<Holding> held = {{post.code, "a"}};
    const auto broken = duties().broken_by(held, {.outside_staff = true});
    EXPECT_THAT(duties().broken_by(held, {}), IsEmpty()) << post.code;
    if (broken.empty()) continue;
    refused.insert(post.code);
    EXPECT_EQ(broken.front(), (BrokenPair{"S27", PairLevel::hard, {post.code, "a"}, {}}));
  }
  const std::set<std::string> expected = {
      "CS", "FH", "SP",       "DJ",         "HD", "ZD", "ZQ",         "KJ",
      "CN", "CZ", "SEAL_FIN", "SEAL_LEGAL", "PB", "RS", "UKEY_MAKER", "UKEY_CHECKER"};
  EXPECT_EQ(refused, expected);
  EXPECT_THAT(duties().pair("S27")->ticket_posts, ElementsAre("DB"));
}

TEST(DutiesTest, WhoAsksForADataChangeNeitherRunsNorVerifiesIt) {
  const auto broken = [](const char* one, const char* other) {
    return duties().broken_in_matter({"", one}, {"", other});
  };
  EXPECT_THAT(broken("applicant", "executor"), ElementsAre("S16"));
  EXPECT_THAT(broken("verifier", "applicant"), ElementsAre("S16"));
  EXPECT_THAT(broken("approver", "executor"), ElementsAre("S16"));
  EXPECT_THAT(broken("approver", "verifier"), ElementsAre("S16"));
  EXPECT_THAT(broken("", ""), IsEmpty());
}

TEST(DutiesTest, TheSamePostTwiceBreaksNothingAndEachPlaceIsNamed) {
  const std::vector<Holding> twice = {{"SL", "a"}, {"SL", "a"}, {"SL", "b"}};
  EXPECT_THAT(duties().broken_by(twice, {}), IsEmpty());
  const std::vector<Holding> held = {{"SL", "b"}, {"SP", "a"}, {"SL", "a"}, {"SL", "a"}};
  EXPECT_THAT(duties().broken_by(held, {}),
              ElementsAre(BrokenPair{"S2", PairLevel::hard, {"SL", "a"}, {"SP", "a"}},
                          BrokenPair{"S2", PairLevel::hard, {"SL", "b"}, {"SP", "a"}}));
  const std::vector<Holding> unknown = {{"GONE", "a"}, {"SP", "a"}};
  EXPECT_THAT(duties().broken_by(unknown, {}), IsEmpty());
}

TEST(DutiesTest, LimitsAreTheHandbooks) {
  const auto& limits = duties().limits;
  EXPECT_EQ(limits.soft_check_post, "JH");
  EXPECT_EQ(limits.soft_check_working_days, 5);
  EXPECT_EQ(limits.soft_months_max, 6);
  EXPECT_EQ(limits.cover_days_max, 30);
  for (const auto* code : {"SP", "HD", "ZD", "ZQ", "CN", "DB"})
    EXPECT_EQ(duties().post(code)->rotation_years, 3) << code;
  EXPECT_EQ(duties().post("KJ")->rotation_years, std::nullopt);
}

/// The shipped files in a folder of their own, of which one is changed.
class DutiesReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("anlan_duties_" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "duties");
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<Duties> with(const std::string& file, const std::string& from, const std::string& to) {
    for (const auto* name : {"posts.yaml", "pairs.yaml", "chains.yaml", "rights.yaml"}) {
      auto text = *read_file(shipped / "duties" / name);
      if (name == file) {
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
      }
      std::ofstream(folder_ / "duties" / name) << text;
    }
    return load_duties(folder_);
  }

  fs::path folder_;
};

TEST_F(DutiesReaderTest, WhatIsWrongIsSaidWithFileAndLine) {
  struct Row {
    const char* file;
    const char* from;
    const char* to;
    const char* says;
  };
  const Row rows[] = {
      {"posts.yaml", "code: SL,", "code: sl,", "posts.yaml:12: code is sl, expected capitals"},
      {"posts.yaml", "code: CS,", "code: SL,", "posts.yaml:13: post SL stands twice"},
      {"posts.yaml", "family: business, side", "family: busines, side",
       "posts.yaml:12: family of a post is busines"},
      {"posts.yaml", "side: handling,", "side: hand,", "posts.yaml:12: side of a post is hand"},
      {"posts.yaml", "rotation_years: 3", "rotation_years: 0",
       "rotation_years is missing or below 1"},
      {"posts.yaml", "sure: found}", "sure: yes}", "posts.yaml:12: sure of a post is yes"},
      {"posts.yaml", "posts:\n", "posts: []\nmore:\n", "unknown key more"},
      {"pairs.yaml", "[SL-SP]", "[SL-SB]", "unknown post or family SB"},
      {"pairs.yaml", "[SL-SP]", "[SL]", "SL, expected such as HD-ZD"},
      {"pairs.yaml", "[SL-SP]", "[SL-SL]", "SL-SL is no pair"},
      {"pairs.yaml", "[SL-SP]", "[SL-SP, SP-SL]", "SP-SL brings SP-SL, which is there already"},
      {"pairs.yaml", "code: S2\n", "code: S1\n", "pair S1 stands twice"},
      {"pairs.yaml", "level: H\n    scope: same_matter", "level: S\n    scope: same_matter",
       "level S with scope same_matter"},
      {"pairs.yaml", "    pairs: [SL-SP]\n", "", "a pair has one of pairs, facts and roles, not 0"},
      {"pairs.yaml", "applicant-executor", "aplicant-executor",
       "roles aplicant-executor, but no chain has both"},
      {"pairs.yaml", "only_with_ticket: [DB]", "only_with_ticket: [CS]",
       "CS stands under posts too"},
      {"pairs.yaml", "facts: subject_or_kin\n", "facts: subject_or_kin\n    posts: [SL]\n",
       "posts is for facts: outside_staff only"},
      {"pairs.yaml", "soft_check_post: JH", "soft_check_post: JX", "unknown post JX"},
      {"pairs.yaml", "cover_days_max: 30", "cover_days_max: none",
       "is none, expected a whole number"},
      {"chains.yaml", "name: soft_pair_grant", "name: post_grant", "chain post_grant stands twice"},
      {"chains.yaml", "posts: [QX], where", "posts: [XQ], where", "unknown post or family XQ"},
      {"chains.yaml", "name: leader_approval", "name: control_check",
       "step control_check stands twice in post_grant"},
      {"chains.yaml", "within: {working_days: 3}", "within: {working_days: 3, days: 2}",
       "within has one of working_days, days and hours"},
      {"chains.yaml", "quorum: 2", "quorum: 0", "quorum is missing or below 1"},
      {"chains.yaml", "where: above", "where: below", "where of a step is below"},
      {"chains.yaml", "posts: [XZ], role", "posts: [XZ], outside_staff: true, role",
       "outside_staff at a step whose posts no pair lists"},
      {"chains.yaml", "subject: required", "subject: perhaps", "subject of a chain is perhaps"},
      {"rights.yaml", "name: lead_read", "name: lead.read", "name of a right is lead.read"},
      {"rights.yaml", "name: lead_read", "name: organisation_read",
       "right organisation_read stands twice"},
      {"rights.yaml", "posts: [supervision, JH]", "posts: [supervision, JD]", "JD stands twice"},
  };
  for (const auto& row : rows) {
    const auto loaded = with(row.file, row.from, row.to);
    EXPECT_FALSE(loaded) << row.says;
    if (loaded) continue;
    EXPECT_EQ(loaded.error().code, "catalog.duties");
    EXPECT_THAT(loaded.error().detail, HasSubstr(row.says));
    EXPECT_THAT(loaded.error().detail, HasSubstr(std::string(row.file) + ":"));
  }
}

TEST_F(DutiesReaderTest, APairOfOneOrganisationHoldsThereOnly) {
  const auto loaded = with("pairs.yaml", "pairs: [SL-SP]\n    level: H\n    scope: any_holding",
                           "pairs: [SL-SP]\n    level: H\n    scope: same_organisation");
  ASSERT_TRUE(loaded) << loaded.error().detail;
  const std::vector<Holding> here = {{"SL", "a"}, {"SP", "a"}};
  const std::vector<Holding> apart = {{"SL", "a"}, {"SP", "b"}};
  EXPECT_EQ(loaded->broken_by(here, {}).size(), 1u);
  EXPECT_THAT(loaded->broken_by(apart, {}), IsEmpty());
  EXPECT_THAT(loaded->broken_in_matter({"SP", ""}, {"SL", ""}), ElementsAre("S2"));
}

TEST_F(DutiesReaderTest, AMissingFileIsNamed) {
  ASSERT_TRUE(with("", "", ""));
  fs::remove(folder_ / "duties" / "chains.yaml");
  const auto loaded = load_duties(folder_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, "file.unreadable");
  EXPECT_THAT(loaded.error().detail, HasSubstr("chains.yaml"));
}

}  // namespace
}  // namespace anlan::catalog
