#include "catalog/measure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/file.hpp"
#include "catalog/catalog.hpp"
#include "catalog/coverage.hpp"

namespace anlan::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto aspect_yaml = R"(aspect: BU
title: {zh: 业务经办, en: Business}
order: 2
sure: assumed
measures:
  - code: BU-01
    title: {zh: 统一规程, en: Procedures}
    meaning: {zh: 按规程办, en: By the book}
    owners: [agency]
    control: process
    checks:
      - {kind: query, zh: 步骤, en: Steps}
    planned: [PX-05]
  - code: BU-02
    title: {zh: 三岗分离, en: Three people}
    meaning: {zh: 三人, en: Three}
    owners: [agency, audit]
    control: system
)";
constexpr auto process_yaml = R"(process: grant
code: PEN
title: {zh: 核定, en: Grant}
department: {zh: 待遇科, en: Benefits}
sure: assumed
steps:
  - title: {zh: 受理, en: Accept}
    post: SL
    nodes:
      - code: PEN-01
        title: {zh: 造假, en: Forged}
        stage: payment
        phase: before
        origin: external
        domain: archive
        subject: individual
        likelihood: 3
        impact: 5
        measures: [BU-01]
)";
constexpr auto post_yaml = R"(list: post
title: {zh: 岗位, en: Post}
open: false
values:
  - {code: "SL", zh: 受理, en: Accept, sure: assumed}
)";
constexpr auto table_yaml = R"(table: person
title: {zh: 人员, en: Person}
group: business
subject: {kind: person, column: person_id}
key: [person_id]
basis: [assumed]
columns:
  - {name: person_id, zh: 编号, en: Id, type: text, max: 32, required: true}
)";

class MeasureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("anlan_measure_" + std::to_string(::getpid()));
    write_all();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write_all() {
    fs::remove_all(folder_);
    write("tables/person.yaml", table_yaml);
    write("codes/post.yaml", post_yaml);
    write("measures/bu.yaml", aspect_yaml);
    write("processes/grant.yaml", process_yaml);
  }
  void write(const std::string& file, const std::string& text) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file, std::ios::binary) << text;
  }
  void change(const std::string& file, const std::string& from, const std::string& to) {
    auto text = *read_file(folder_ / file);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << file << " has no " << from;
    write(file, text.replace(at, from.size(), to));
  }

  Catalog loaded() const {
    auto catalog = Catalog::load(folder_);
    EXPECT_TRUE(catalog) << catalog.error().detail;
    return catalog ? *catalog : Catalog{};
  }

  fs::path folder_;
};

TEST_F(MeasureTest, ReadsMeasuresAndProcessMaps) {
  const auto catalog = Catalog::load(folder_);
  ASSERT_TRUE(catalog) << catalog.error().detail;
  const auto* measure = catalog->measure("BU-01");
  ASSERT_NE(measure, nullptr);
  EXPECT_EQ(measure->aspect, "BU");
  EXPECT_EQ(measure->sure, "assumed");
  EXPECT_FALSE(measure->official());
  EXPECT_THAT(measure->planned, ElementsAre("PX-05"));
  const auto* node = catalog->node("PEN-01");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->inherent_score(), 15);
  EXPECT_EQ(catalog->processes[0].steps[0].post, "SL");
  EXPECT_EQ(catalog->node("PEN-09"), nullptr);
}

TEST_F(MeasureTest, NamesFileAndLineOfWhatIsWrong) {
  const auto* measures = "measures/bu.yaml";
  const auto* grant = "processes/grant.yaml";
  const struct {
    const char* file;
    const char* from;
    const char* to;
    const char* said;
  } mistakes[] = {
      {measures, "aspect: BU", "aspect: PO", "bu.yaml:1: aspect is PO, expected two capitals"},
      {measures, "sure: assumed", "sure: sure", "bu.yaml:4: sure of the aspect is sure"},
      {measures, "sure: assumed", "sure: seed", "bu.yaml:6: sure is seed without a source"},
      {measures, "order: 2\n", "", "bu.yaml:1: the aspect has no order"},
      {measures, "BU-02", "BU-01", "bu.yaml:14: code BU-01 stands twice"},
      {measures, "BU-02", "PO-02", "bu.yaml:14: code is PO-02, expected one such as BU-01"},
      {measures, "[agency, audit]", "[agency, auditor]", "bu.yaml:17: owners names auditor"},
      {measures, "[agency, audit]", "[]", "bu.yaml:17: the measure has no owners"},
      {measures, "control: system", "control: magic", "bu.yaml:18: control of a measure is magic"},
      {measures, "kind: query", "kind: look", "bu.yaml:12: kind of a check is look"},
      {measures, "planned: [PX-05]", "planned: [PX5]", "bu.yaml:13: planned names PX5"},
      {grant, "process: grant", "process: grants", "grant.yaml:1: process is grants"},
      {grant, "code: PEN\n", "code: PN\n", "grant.yaml:2: code is PN, expected three capitals"},
      {grant, "post: SL", "post: SM", "grant.yaml:7: unknown post SM"},
      {grant, "PEN-01", "PEN-1", "grant.yaml:10: code is PEN-1, expected one such as PEN-01"},
      {grant, "phase: before", "phase: befor",
       "grant.yaml:13: phase of a node is befor, expected before, during or after; did you mean "
       "before?"},
      {grant, "likelihood: 3", "likelihood: 6", "grant.yaml:17: likelihood is 6, expected 1 to 5"},
      {grant, "        impact: 5\n", "", "a node has no impact, expected 1 to 5"},
      {grant, "[BU-01]", "[BU-09]", "grant.yaml:10: unknown measure BU-09"},
  };
  for (const auto& mistake : mistakes) {
    write_all();
    change(mistake.file, mistake.from, mistake.to);
    const auto catalog = Catalog::load(folder_);
    ASSERT_FALSE(catalog) << mistake.file << " with " << mistake.to;
    EXPECT_THAT(catalog.error().detail, HasSubstr(mistake.said));
  }
}

TEST_F(MeasureTest, CoverageTellsNodesAndMeasuresThatStandAlone) {
  auto catalog = loaded();
  auto coverage = coverage_of(catalog);
  EXPECT_EQ(coverage.nodes, 1);
  EXPECT_THAT(coverage.measures[0].nodes, ElementsAre("PEN-01"));
  EXPECT_THAT(coverage.measures[0].planned, ElementsAre("PX-05"));
  ASSERT_EQ(coverage.gaps(), 1);
  EXPECT_EQ(coverage.notes[0].kind, "measure_without_node");
  EXPECT_EQ(coverage.notes[0].code, "BU-02");
  EXPECT_EQ(coverage.notes[1].kind, "measure_unchecked");

  change("measures/bu.yaml", "control: system",
         "control: system\n    no_node: {zh: 面向全体, en: For all}");
  change("processes/grant.yaml", "        measures: [BU-01]\n", "");
  catalog = loaded();
  coverage = coverage_of(catalog);
  ASSERT_EQ(coverage.gaps(), 2);
  EXPECT_EQ(coverage.notes[0].kind, "node_without_measure");
  EXPECT_EQ(coverage.notes[0].line, 10);
  EXPECT_EQ(coverage.notes[1].code, "BU-01");

  change("processes/grant.yaml", "impact: 5", "impact: 5\n        no_measure: {zh: 无, en: None}");
  catalog = loaded();
  EXPECT_EQ(coverage_of(catalog).gaps(), 1);
}

TEST_F(MeasureTest, CoverageTellsAPlannedDetectionThatIsThere) {
  auto catalog = loaded();
  Model model;
  model.code = "PX-05";
  model.phases = {"after"};
  catalog.models.push_back(model);
  const auto coverage = coverage_of(catalog);
  EXPECT_EQ(coverage.detections_by_phase.at("after"), 1);
  EXPECT_TRUE(std::any_of(coverage.notes.begin(), coverage.notes.end(), [](const auto& note) {
    return note.kind == "planned_is_there" && note.detail == "PX-05";
  }));
}

TEST(MeasuresOfTheTree, AreFortyEightInSixAspectsAndLeaveNoGap) {
  const auto catalog = Catalog::load(fs::path(ANLAN_SOURCE_DIR) / "catalog");
  ASSERT_TRUE(catalog) << catalog.error().detail;
  EXPECT_EQ(catalog->aspects.size(), 6U);
  EXPECT_EQ(catalog->measures.size(), 48U);
  for (const auto& measure : catalog->measures) EXPECT_FALSE(measure.official()) << measure.code;
  for (const auto& note : coverage_of(*catalog).notes) {
    if (!note.gap()) continue;
    ADD_FAILURE() << note.file << ":" << note.line << ": " << note.kind << " " << note.code << " "
                  << note.detail;
  }
}

}  // namespace
}  // namespace anlan::catalog
