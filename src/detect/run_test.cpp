#include "detect/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sha256.hpp"
#include "detect/tiny_workspace.hpp"

namespace anlan::detect {
namespace {

using ::testing::HasSubstr;

constexpr const char* whole_yaml = R"(code: EP-15
title: {zh: 一卡多人领取, en: One account with many payees}
about: account
phases: [after]
severity: high
amount: {kind: exposure, rule: A6}
needs: [benefit_payment]
reads: [v_pay]
params:
  amount_min: {type: fen, value: "10.00", zh: 最低金额, en: Least amount, unit: 元, sure: assumed}
because: {zh: "账户尾号 {tail(subject_id)}", en: "account {tail(subject_id)}"}
basis: ["社会保险经办条例 26"]
false_alarms: {zh: 福利院, en: Welfare homes}
)";

class Run : public TinyWorkspace {
 protected:
  void SetUp() override {
    TinyWorkspace::SetUp();
    deliver("benefit_payment",
            "select 'B' || i as pay_id, 'P' || i as person_id, 201801 + i % 12 as benefit_month, i "
            "as amount, "
            "'A' || (i % 10) as acct_no from range(3000) t(i)");
    auto shared =
        model("EP-15",
              "select acct_no as subject_id, benefit_month as month, amount as amount_fen, "
              "row_key as ev_benefit_payment from v_pay where amount >= :amount_min");
    shared.reads = {"v_pay"};
    shared.name = "shared_account";
    shared.yaml = whole_yaml;
    catalog::Param param;
    param.name = "amount_min";
    param.type = catalog::ParamType::fen;
    param.value = "1000";
    shared.params = {param};
    catalog_.derived = {{"v_pay",
                         {"benefit_payment"},
                         "-- reads: benefit_payment\nselect * from benefit_payment\n"}};
    catalog_.models = {shared};
    options_.as_of = Date::of(2018, 12, 31);
  }

  Result<FinishedRun> run(const std::map<std::string, std::string>& settings = {}) {
    const auto jobs = jobs_of(catalog_, {}, settings);
    if (!jobs) return fail(jobs.error());
    return run_detections(*workspace_, catalog_, snapshot(), *jobs, options_);
  }

  RunOptions options_;
};

TEST_F(Run, AppearsWholeWithHitsTextsAndRecord) {
  options_.finish = [](const RunRecord& record, const std::filesystem::path& folder) -> Status {
    return write_file(folder / "made.txt", record.detections[0].code);
  };
  const auto done = run();
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->folder, workspace_->runs() / done->record.id);
  EXPECT_EQ(done->record.detections[0].hits, 2000);
  for (const char* file :
       {"run.json", "hits/EP-15.parquet", "made.txt", "derived/v_pay.sql",
        "detections/shared_account/model.yaml", "detections/shared_account/model.sql"}) {
    EXPECT_TRUE(std::filesystem::exists(done->folder / file)) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(workspace_->runs() / ".staging"));
  const auto read = read_run(done->folder);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(run_json(*read), run_json(done->record));
}

TEST_F(Run, IsNotRepeatedUnlessAskedOrFailed) {
  const auto first = run();
  ASSERT_TRUE(first) << first.error().detail;
  const auto bytes = *sha256_file_hex(first->folder / "hits/EP-15.parquet");
  const auto second = run();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->was_there);
  EXPECT_EQ(run_json(second->record), run_json(first->record));

  options_.again = true;
  const auto third = run();
  ASSERT_TRUE(third) << third.error().detail;
  EXPECT_FALSE(third->was_there);
  EXPECT_EQ(third->record.id, first->record.id);
  EXPECT_EQ(*sha256_file_hex(third->folder / "hits/EP-15.parquet"), bytes);

  options_.again = false;
  catalog_.models[0].sql = "select nothing as subject_id from benefit_payment";
  catalog_.models[0].params.clear();
  const auto failed = run();
  ASSERT_TRUE(failed) << failed.error().detail;
  EXPECT_EQ(failed->record.detections[0].state, RunState::failed);
  const auto again = run();
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_FALSE(again->was_there);
}

TEST_F(Run, LeavesNothingWhenWhatFollowsFails) {
  options_.finish = [](const RunRecord&, const std::filesystem::path&) -> Status {
    return fail(ErrorKind::unavailable, "leads.broken");
  };
  const auto broken = run();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, "leads.broken");
  EXPECT_TRUE(std::filesystem::is_empty(workspace_->runs()));
}

TEST_F(Run, IdDependsOnSnapshotVersionParametersAndDayOnly) {
  const auto id = [&](const std::map<std::string, std::string>& settings, Date as_of) {
    return run_id(snapshot(), *jobs_of(catalog_, {}, settings), as_of);
  };
  const auto day = Date::of(2018, 12, 31);
  const auto first = id({}, day);
  EXPECT_EQ(first.size(), 16U);
  EXPECT_EQ(first, id({{"EP-15.amount_min", "10.00"}}, day));  // the default, said again
  EXPECT_NE(first, id({{"EP-15.amount_min", "20.00"}}, day));
  EXPECT_NE(first, id({}, Date::of(2018, 12, 30)));
  catalog_.models[0].version = "v2";
  EXPECT_NE(first, id({}, day));
  catalog_.models[0].version = "v1";
  deliver("person", "select 'P1' as person_id");
  EXPECT_NE(first, id({}, day));
}

TEST_F(Run, CanBeRepeatedFromItsOwnTextsAfterTheCatalogChanged) {
  const auto done = run();
  ASSERT_TRUE(done) << done.error().detail;
  catalog::Catalog later = catalog_;
  later.derived.clear();
  later.models.clear();
  const auto kept = kept_catalog(done->folder, done->record, later);
  ASSERT_TRUE(kept) << kept.error().detail;
  ASSERT_EQ(kept->models.size(), 1U);
  EXPECT_EQ(kept->models[0].version, "v1");
  const auto then = lake::snapshot_of(*workspace_, done->record.deliveries);
  ASSERT_TRUE(then) << then.error().detail;
  ModelRunnerOptions runner;
  runner.as_of = done->record.as_of;
  runner.run_folder = workspace_->runs() / ".staging" / "again";
  runner.spill_folder = workspace_->runs() / ".staging" / "spill";
  const std::vector<ModelJob> jobs = {{&kept->models[0], done->record.detections[0].params}};
  const auto again = run_models(*kept, *then, jobs, runner);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*sha256_file_hex(hits_file(runner.run_folder, "EP-15")),
            *sha256_file_hex(hits_file(done->folder, "EP-15")));

  std::filesystem::remove(done->folder / "derived" / "v_pay.sql");
  const auto broken = kept_catalog(done->folder, done->record, later);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, "runs.damaged");
  EXPECT_THAT(broken.error().detail, HasSubstr("v_pay.sql"));
}

TEST_F(Run, NamesTheNearestModel) {
  const auto jobs = jobs_of(catalog_, {"EP-16"}, {});
  ASSERT_FALSE(jobs);
  EXPECT_EQ(jobs.error().code, "detection.unknown");
  EXPECT_THAT(jobs.error().detail, HasSubstr("EP-15"));
}

TEST_F(Run, TakesTheNewestMonthThatIsNoTypingErrorAsToday) {
  EXPECT_EQ(format_date(*newest_day(catalog_, snapshot())), "2018-12-31");
  deliver("benefit_payment",
          "select 'C' || i as pay_id, if(i = 0, 209901, 201902) as benefit_month from range(2000) "
          "t(i)");
  EXPECT_EQ(format_date(*newest_day(catalog_, snapshot())), "2019-02-28");
  const auto none = newest_day(catalog_, lake::Snapshot{});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "detect.as_of");
}

}  // namespace
}  // namespace anlan::detect
