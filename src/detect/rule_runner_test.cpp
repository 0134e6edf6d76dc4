#include "detect/rule_runner.hpp"

#include <gmock/gmock.h>

#include "base/sha256.hpp"
#include "detect/hit_reader.hpp"
#include "detect/run.hpp"
#include "detect/tiny_workspace.hpp"

namespace anlan::detect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr const char* person_yaml = R"(
subject: person
title: {zh: 人员, en: Person}
key: person_id
count: benefit_payment
lists:
  payments:
    row: payment
    title: {zh: 待遇支付, en: Payments}
    from: benefit_payment
    order: [month]
    evidence: {table: benefit_payment, key: row_key}
    fields:
      month: {from: benefit_month, type: month, zh: 月份, en: Month}
      amount: {type: fen, zh: 金额, en: Amount}
  registrations:
    row: registration
    title: {zh: 登记, en: Registrations}
    from: person
    order: [birth]
    evidence: {table: person, key: row_key}
    fields:
      birth: {from: birth_date, type: date, zh: 出生日期, en: Birth date}
)";

/// Payments of 300 persons, ten each: person i gets i * 10 fen more each month.
class RuleRun : public TinyWorkspace {
 protected:
  void SetUp() override {
    TinyWorkspace::SetUp();
    deliver("benefit_payment",
            "select 'B' || p || '-' || m as pay_id, 'P' || (100 + p) as person_id, 201801 + m as "
            "benefit_month, p * 10 * (m + 1) as amount from range(300) r(p), range(10) s(m)");
    using catalog::ColumnType;
    catalog_.tables.push_back(table("policy_param", {"code"},
                                    {{"code", ColumnType::text},
                                     {"scheme", ColumnType::text},
                                     {"region", ColumnType::text},
                                     {"valid_from", ColumnType::date},
                                     {"valid_to", ColumnType::date},
                                     {"value", ColumnType::text}}));
    auto kind = catalog::parse_dossier("person", person_yaml, catalog_.tables, "person.yaml");
    ASSERT_TRUE(kind) << kind.error().detail;
    kind->version = "v1";
    for (auto& list : kind->lists) {
      list.tables = {list.from};
      list.version = list.name;
    }
    catalog_.dossiers = {std::move(*kind)};
  }

  /// A rule over payments.
  void add_rule(const std::string& code, const std::string& when, const std::string& more = "") {
    auto rule = catalog::parse_rule("rule_" + code.substr(3),
                                    "code: " + code +
                                        "\ntitle: {zh: 规则, en: Rule}\nabout: person\nphases: "
                                        "[after]\non_hit: {after: lead}\nseverity: high\neach: "
                                        "payment in dossier.payments\nwhen: '" +
                                        when + "'\n" + more +
                                        "amount: payment.amount\nbecause: {zh: '{payment.month}', "
                                        "en: '{payment.month}'}\nmeasures: []\nbasis: [x]\n"
                                        "false_alarms: {zh: 无, en: none}\n",
                                    code);
    ASSERT_TRUE(rule) << rule.error().detail;
    rule->version = "v1";
    catalog_.rules.push_back(std::move(*rule));
  }

  Result<FinishedRun> run(unsigned threads = 2, const std::vector<std::string>& only = {}) {
    const auto jobs = jobs_of(catalog_, only, {});
    if (!jobs) return fail(jobs.error());
    RunOptions options;
    options.as_of = Date::of(2018, 12, 31);
    options.threads = threads;
    options.again = true;
    return run_detections(*workspace_, catalog_, snapshot(), *jobs, options);
  }

  std::vector<Hit> hits_of(const FinishedRun& run, const std::string& code) {
    std::vector<Hit> hits;
    const auto read = read_hits(hits_file(run.folder, code), catalog_, [&](const Hit& hit) {
      hits.push_back(hit);
      return Status();
    });
    EXPECT_TRUE(read) << read.error().detail;
    return hits;
  }
};

TEST_F(RuleRun, GivesHitsBySubjectWithEvidenceAndValues) {
  add_rule("ZZ-01", "payment.amount > yuan(\"295.00\")");
  const auto done = run();
  ASSERT_TRUE(done) << done.error().detail;
  const auto& record = done->record.detections.at(0);
  EXPECT_EQ(record.state, RunState::done);
  EXPECT_TRUE(record.is_rule);
  EXPECT_EQ(record.hits, 4);
  const auto hits = hits_of(*done, "ZZ-01");
  ASSERT_EQ(hits.size(), 4U);
  EXPECT_EQ(hits[0].subject_id, "P396");
  EXPECT_EQ(hits[3].subject_id, "P399");
  EXPECT_EQ(hits[3].month, 201810);
  EXPECT_EQ(hits[3].amount_fen, 29900);
  EXPECT_THAT(hits[3].evidence, ElementsAre(Evidence{"benefit_payment", "B299-9"}));
  EXPECT_THAT(hits[3].values, ElementsAre(Pair("payment.month", "2018-10")));
}

TEST_F(RuleRun, IsTheSameToTheByteForEveryThreadCount) {
  add_rule("ZZ-01", "payment.month >= month(\"2018-03\")");
  const auto one = run(1);
  ASSERT_TRUE(one) << one.error().detail;
  const auto bytes = *sha256_file_hex(hits_file(one->folder, "ZZ-01"));
  EXPECT_GT(one->record.detections[0].hits, 500);
  for (const unsigned threads : {2U, 5U}) {
    const auto many = run(threads);
    ASSERT_TRUE(many) << many.error().detail;
    EXPECT_EQ(*sha256_file_hex(hits_file(many->folder, "ZZ-01")), bytes);
  }
}

TEST_F(RuleRun, CountsThePlacesItCouldNotJudgeAndGoesOn) {
  add_rule("ZZ-01", "100 / (payment.amount == yuan(\"0.00\") ? 0 : 1) > 0");
  add_rule("ZZ-02", "payment.amount > yuan(\"298.00\")");
  const auto done = run();
  ASSERT_TRUE(done) << done.error().detail;
  const auto& faulty = done->record.detections.at(0);
  EXPECT_EQ(faulty.state, RunState::done);
  EXPECT_EQ(faulty.faults, 10);  // the ten payments of nothing
  EXPECT_EQ(faulty.fault_subject, "P100");
  EXPECT_THAT(faulty.fault_words, HasSubstr("division"));
  EXPECT_EQ(faulty.hits, 2990);
  EXPECT_EQ(done->record.detections.at(1).hits, 1);
  const auto read = read_run(done->folder);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(run_json(*read), run_json(done->record));
}

TEST_F(RuleRun, DoesNotRunWithoutTheTableItStandsOn) {
  add_rule("ZZ-01", "dossier.registrations.exists(r, has(r.birth))");
  const auto done = run();
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->record.detections.at(0).state, RunState::not_run);
  EXPECT_THAT(done->record.detections.at(0).missing_tables, ElementsAre("person"));
  EXPECT_FALSE(std::filesystem::exists(hits_file(done->folder, "ZZ-01")));
}

TEST_F(RuleRun, OfARuleThatIsWrongFailsAndTheOthersRun) {
  add_rule("ZZ-01", "payment.amuont > yuan(\"0.01\")");
  add_rule("ZZ-02", "payment.amount > yuan(\"298.00\")");
  const auto done = run();
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->record.detections.at(0).state, RunState::failed);
  EXPECT_THAT(done->record.detections.at(0).error->detail, HasSubstr("amount"));
  EXPECT_EQ(done->record.detections.at(1).hits, 1);
}

TEST_F(RuleRun, OneSubjectJudgedAgainFromTheKeptTextsSaysTheSame) {
  add_rule("ZZ-01", "payment.amount > yuan(\"200.00\")");
  const auto done = run();
  ASSERT_TRUE(done) << done.error().detail;
  catalog::Catalog later = catalog_;
  later.rules.clear();
  later.dossiers.clear();
  const auto kept = kept_catalog(done->folder, done->record, later);
  ASSERT_TRUE(kept) << kept.error().detail;
  RunnerOptions options;
  options.as_of = done->record.as_of;
  const auto again = judge_again(*kept, snapshot(), {kept->rule("ZZ-01"), {}}, "P399", options);
  ASSERT_TRUE(again) << again.error().detail;
  std::vector<Hit> then;
  for (const auto& hit : hits_of(*done, "ZZ-01")) {
    if (hit.subject_id == "P399") then.push_back(hit);
  }
  ASSERT_EQ(again->size(), then.size());
  ASSERT_FALSE(then.empty());
  for (std::size_t i = 0; i < then.size(); ++i) {
    EXPECT_EQ((*again)[i].month, then[i].month);
    EXPECT_EQ((*again)[i].amount_fen, then[i].amount_fen);
    EXPECT_EQ((*again)[i].evidence, then[i].evidence);
    EXPECT_EQ((*again)[i].values, then[i].values);
  }
}

}  // namespace
}  // namespace anlan::detect
