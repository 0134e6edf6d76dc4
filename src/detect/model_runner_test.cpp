#include "detect/model_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/sha256.hpp"
#include "detect/hit_reader.hpp"
#include "detect/model_query.hpp"
#include "detect/tiny_workspace.hpp"

namespace anlan::detect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* per_account =
    "select acct_no as subject_id, benefit_month as month, amount as amount_fen, row_key as "
    "ev_benefit_payment, "
    "person_id as payee from benefit_payment";

class ModelRunner : public TinyWorkspace {
 protected:
  Result<std::vector<DetectionRun>> run(const std::vector<catalog::Model>& models,
                                        unsigned threads = 2) {
    std::vector<ModelJob> jobs;
    for (const auto& one : models) jobs.push_back({&one, {}});
    options_.as_of = Date::of(2018, 12, 31);
    options_.threads = threads;
    options_.run_folder = workspace_->runs() / ".staging" / std::to_string(threads);
    options_.spill_folder = workspace_->runs() / ".staging" / "spill";
    return run_models(catalog_, snapshot(), jobs, options_);
  }

  std::vector<Hit> hits_of(const std::string& code) {
    std::vector<Hit> hits;
    const auto read =
        read_hits(hits_file(options_.run_folder, code), catalog_, [&](const Hit& hit) -> Status {
          hits.push_back(hit);
          return {};
        });
    EXPECT_TRUE(read) << read.error().detail;
    return hits;
  }

  void deliver_payments() {
    deliver(
        "benefit_payment",
        "select * from (values ('B2', 'P2', 201812, 200, 'A1'), ('B1', 'P1', 201811, 100, 'A1'), "
        "('B3', 'P3', NULL, 300, 'A0')) t(pay_id, person_id, benefit_month, amount, acct_no)");
  }

  ModelRunnerOptions options_;
};

TEST_F(ModelRunner, GivesHitsInOrderWithTheirEvidenceAndValues) {
  deliver_payments();
  const auto runs = run({model("EP-15", per_account)});
  ASSERT_TRUE(runs) << runs.error().detail;
  ASSERT_EQ((*runs)[0].state, RunState::done) << (*runs)[0].error->detail;
  EXPECT_EQ((*runs)[0].hits, 3);
  const auto hits = hits_of("EP-15");
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(hits[0].subject_id, "A0");
  EXPECT_EQ(hits[0].month, 0);
  EXPECT_EQ(hits[1].month, 201811);
  EXPECT_EQ(hits[1].amount_fen, 100);
  EXPECT_THAT(hits[1].evidence, ElementsAre(Evidence{"benefit_payment", "B1"}));
  EXPECT_THAT(hits[1].values, ElementsAre(std::pair<std::string, std::string>("payee", "P1")));
  EXPECT_EQ(hits[2].month, 201812);
}

TEST_F(ModelRunner, WritesTheSameBytesForEveryThreadCount) {
  deliver("benefit_payment",
          "select 'B' || i as pay_id, 'P' || (i % 1000) as person_id, 201801 + i % 12 as "
          "benefit_month, i as amount, "
          "'A' || (i * 7919 % 5000) as acct_no from range(400000) t(i)");
  std::vector<std::string> hashes;
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    const auto runs = run({model("EP-15", per_account)}, threads);
    ASSERT_TRUE(runs) << runs.error().detail;
    ASSERT_EQ((*runs)[0].hits, 400'000);
    hashes.push_back(*sha256_file_hex(hits_file(options_.run_folder, "EP-15")));
  }
  EXPECT_EQ(std::set<std::string>(hashes.begin(), hashes.end()).size(), 1U);
  // What is read back is in the order in which leads need it.
  const auto hits = hits_of("EP-15");
  EXPECT_TRUE(std::is_sorted(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::tuple(a.subject_id, a.month, a.evidence) <
           std::tuple(b.subject_id, b.month, b.evidence);
  }));
}

TEST_F(ModelRunner, DropsWhatTwoPeopleApprovedAndCountsIt) {
  deliver("benefit_payment",
          "select 'B' || i as pay_id, 'P' || i as person_id, 201812 as benefit_month, 100 as "
          "amount, 'A' || i as acct_no "
          "from range(10) t(i)");
  deliver("person", "select 'P' || i as person_id, 'ID' || i as id_no from range(10) t(i)");
  // Only 0, 1 and 2 are exempt: by subject, by person, and from that very day to that very day.
  deliver("exception_list",
          "select * from (values "
          "('X0', NULL, 'account', 'A0', 'EP-15', NULL, DATE '2099-01-01', 'a', 'b'), "
          "('X1', 'ID1', NULL, NULL, 'EP-15', DATE '2018-01-01', DATE '2099-01-01', 'a', 'b'), "
          "('X2', NULL, 'account', 'A2', 'EP-15', DATE '2018-12-31', DATE '2018-12-31', 'a', 'b'), "
          "('X3', NULL, 'account', 'A3', 'EP-15', NULL, DATE '2018-12-30', 'a', 'b'), "
          "('X4', NULL, 'account', 'A4', 'EP-15', DATE '2019-01-01', DATE '2099-01-01', 'a', 'b'), "
          "('X5', NULL, 'account', 'A5', 'EP-15', NULL, DATE '2099-01-01', 'a', 'a'), "
          "('X6', NULL, 'account', 'A6', 'EP-15', NULL, DATE '2099-01-01', 'a', NULL), "
          "('X7', NULL, 'account', 'A7', 'EP-16', NULL, DATE '2099-01-01', 'a', 'b'), "
          "('X8', NULL, 'employer', 'A8', 'EP-15', NULL, DATE '2099-01-01', 'a', 'b'), "
          "('X9', NULL, 'account', 'A9', 'EP-15', NULL, DATE '2099-01-01', 'a', ' ')"
          ") t(exception_id, id_no, subject_kind, subject_id, model_code, from_date, expiry_date, "
          "approver_1, approver_2)");
  auto respecting = model(
      "EP-15",
      "select b.acct_no as subject_id, b.benefit_month as month, b.amount as amount_fen, "
      "p.id_no as person_id_no from benefit_payment b join person p on p.person_id = b.person_id");
  respecting.exclude = {"E6"};
  auto deaf = respecting;
  deaf.exclude = {};
  deaf.name = "deaf";
  const auto runs = run({respecting});
  ASSERT_TRUE(runs) << runs.error().detail;
  EXPECT_EQ((*runs)[0].excluded, 3);
  EXPECT_EQ((*runs)[0].hits, 7);
  EXPECT_EQ(hits_of("EP-15")[0].subject_id, "A3");
  EXPECT_EQ((*run({deaf}))[0].hits, 10);

  auto person =
      model("EP-15", "select id_no as subject_id, 201812 as month, 1 as amount_fen from person");
  person.about = "person";
  person.exclude = {"E6"};
  const auto about_person = run({person});
  EXPECT_EQ((*about_person)[0].excluded, 1);
}

TEST_F(ModelRunner, GoesOnAfterAModelThatFailsOrCannotRun) {
  deliver_payments();
  auto needs_more = model("EP-02", per_account);
  needs_more.needs = {"benefit_payment", "person"};
  const auto runs = run(
      {model(
           "EP-01",
           "select acct_no as subject_id, nothing as month, 1 as amount_fen from benefit_payment"),
       needs_more, model("EP-03", "select 1::int as a"), model("EP-04", per_account)});
  ASSERT_TRUE(runs) << runs.error().detail;
  EXPECT_EQ((*runs)[0].state, RunState::failed);
  EXPECT_THAT((*runs)[0].error->detail, HasSubstr("nothing"));
  EXPECT_EQ((*runs)[1].state, RunState::not_run);
  EXPECT_THAT((*runs)[1].missing_tables, ElementsAre("person"));
  EXPECT_EQ((*runs)[2].error->code, "model.not_portable");
  EXPECT_EQ((*runs)[3].state, RunState::done);
  EXPECT_FALSE(std::filesystem::exists(hits_file(options_.run_folder, "EP-01")));
}

TEST_F(ModelRunner, RefusesResultsThatBreakTheContract) {
  deliver_payments();
  struct Row {
    const char* sql;
    const char* code;
    const char* words;
  };
  const Row rows[] = {
      {"select acct_no as subject_id, 201812 as month from benefit_payment", "model.columns",
       "amount_fen is missing"},
      {"select 1 as subject_id, 201812 as month, 1 as amount_fen from benefit_payment",
       "model.columns", "column subject_id is INTEGER, expected text"},
      {"select acct_no as subject_id, 201812 as month, cast(amount as double) as amount_fen from "
       "benefit_payment",
       "model.columns", "never floating point"},
      {"select acct_no as subject_id, 201812 as month, 1 as amount_fen, 'x' as ev_nothing from "
       "benefit_payment",
       "model.columns", "ev_nothing names no canonical table"},
      {"select acct_no as subject_id, 201813 as month, 1 as amount_fen from benefit_payment",
       "model.values", "3 rows whose month is not YYYYMM"},
      {"select nullif(acct_no, 'A0') as subject_id, 201812 as month, 1 as amount_fen from "
       "benefit_payment",
       "model.values", "1 rows without subject_id"},
      {"select acct_no as subject_id, 201812 as month, amount / cast(2.0 as decimal(3, 1)) as "
       "amount_fen, "
       "1.5 as source_quality from benefit_payment",
       "model.columns", "amount_fen is DOUBLE"},
      {"select acct_no as subject_id, 201812 as month, 1 as amount_fen, 1.5 as source_quality from "
       "benefit_payment",
       "model.values", "source_quality is outside 0 to 1"},
      {"select acct_no as subject_id, 201812 as month, cast(1.5 as decimal(3, 1)) as amount_fen "
       "from benefit_payment",
       "model.values", "not a whole number of fen"},
  };
  for (const auto& row : rows) {
    const auto runs = run({model("EP-01", row.sql)});
    ASSERT_TRUE(runs) << runs.error().detail;
    ASSERT_EQ((*runs)[0].state, RunState::failed) << row.sql;
    EXPECT_EQ((*runs)[0].error->code, row.code) << (*runs)[0].error->detail;
    EXPECT_THAT((*runs)[0].error->detail, HasSubstr(row.words));
  }
}

TEST_F(ModelRunner, GivesTheSameHitsWhetherAViewIsSharedOrNot) {
  deliver_payments();
  catalog_.derived = {{"v_pay",
                       {"benefit_payment"},
                       "select row_key, acct_no, benefit_month, amount from benefit_payment"},
                      {"v_big", {"v_pay"}, "select * from v_pay where amount >= 200"}};
  const std::string sql =
      "select acct_no as subject_id, benefit_month as month, amount as amount_fen, row_key as "
      "ev_benefit_payment from ";
  auto first = model("EP-01", sql + "v_big");
  first.reads = {"v_big"};
  auto second = model("EP-02", sql + "v_pay where amount >= 200");
  second.reads = {"v_pay"};
  const auto derived = derived_of(catalog_, first);
  ASSERT_EQ(derived.size(), 2U);
  EXPECT_EQ(derived[0]->name, "v_pay");
  // v_pay has two readers (one through v_big), v_big one.
  const auto both = run({first, second});
  ASSERT_TRUE(both) << both.error().detail;
  ASSERT_EQ((*both)[1].state, RunState::done) << (*both)[1].error->detail;
  const auto bytes = *sha256_file_hex(hits_file(options_.run_folder, "EP-01"));
  EXPECT_EQ(bytes, *sha256_file_hex(hits_file(options_.run_folder, "EP-02")));
  const auto alone = run({first});
  ASSERT_TRUE(alone) << alone.error().detail;
  EXPECT_EQ(bytes, *sha256_file_hex(hits_file(options_.run_folder, "EP-01")));

  catalog_.derived[0].sql = "select nothing from benefit_payment";
  const auto broken = run({first, second, model("EP-03", per_account)});
  ASSERT_TRUE(broken) << broken.error().detail;
  EXPECT_THAT((*broken)[0].error->detail, HasSubstr("derived/v_pay.sql"));
  EXPECT_THAT((*broken)[1].error->detail, HasSubstr("derived/v_pay.sql"));
  EXPECT_EQ((*broken)[2].state, RunState::done);
}

TEST_F(ModelRunner, StopsWhenAskedEvenInsideAModel) {
  deliver("benefit_payment",
          "select 'B' || i as pay_id, 201812 as benefit_month, i as amount from range(3000) t(i)");
  // Would take hours.
  const auto endless = model(
      "EP-01",
      "select a.pay_id as subject_id, 201812 as month, sum(b.amount * c.amount % 7 * d.amount) as "
      "amount_fen from benefit_payment a cross join benefit_payment b cross join benefit_payment c "
      "cross join benefit_payment d group by a.pay_id");
  std::stop_source stop;
  options_.stop = stop.get_token();
  std::jthread asker;
  options_.on_start = [&](std::size_t) {
    asker = std::jthread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      stop.request_stop();
    });
  };
  const auto runs = run({endless});
  ASSERT_FALSE(runs);
  EXPECT_EQ(runs.error().code, "detect.interrupted");
}

TEST_F(ModelRunner, KeepsModelsInsideTheWorkspace) {
  deliver_payments();
  const auto runs =
      run({model("EP-01",
                 "select acct_no as subject_id, 201812 as month, 1 as amount_fen from "
                 "benefit_payment union all select content, 1, 1 from read_text('/etc/passwd')")});
  ASSERT_TRUE(runs);
  EXPECT_EQ((*runs)[0].error->code, "model.not_portable");
  // Should a text ever pass the check, the engine still refuses.
  lake::EngineOptions locked;
  locked.read_only_folders = {workspace_->lake()};
  auto engine = lake::Engine::open(locked);
  ASSERT_TRUE(engine);
  auto connection = engine->connect();
  EXPECT_FALSE(connection->query("select content from read_text('/etc/passwd')"));
  EXPECT_FALSE(connection->run("COPY (select 1) TO " + sql_quoted((folder_ / "out.csv").string())));
  EXPECT_FALSE(connection->run("SET threads=1"));
}

}  // namespace
}  // namespace anlan::detect
