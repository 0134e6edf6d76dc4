#include "leads/run_leads.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "leads/book.hpp"
#include "leads/export.hpp"
#include "leads/list.hpp"
#include "leads/truth_check.hpp"

namespace anlan::leads {
namespace {

using detect::Hit;

class RunLeadsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("anlan_leads_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    auto workspace = lake::Workspace::init(folder_, "合成市");
    ASSERT_TRUE(workspace);
    workspace_.emplace(std::move(*workspace));
    model_.name = "double_pay";
    model_.code = "FA-08";
    model_.about = "person";
    model_.severity = catalog::Severity::high;
    model_.amount_kind = catalog::AmountKind::recoverable;
    model_.because = {"{subject_id} 重复发放 {n_hits} 笔共 {yuan(amount_fen)} 元",
                      "{subject_id} paid twice {n_hits} times, {yuan(amount_fen)} yuan"};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static Hit hit(const std::string& person, std::int32_t month, std::int64_t fen,
                 const std::string& key) {
    Hit made;
    made.subject_id = person;
    made.month = month;
    made.amount_fen = fen;
    made.person_id_no = person;
    made.scheme = "110";
    made.item = "100010";
    made.evidence = {{"benefit_payment", key}};
    return made;
  }

  DetectionSummary run(const std::string& id, const std::vector<Hit>& hits) {
    const auto summary = write_leads(workspace_->runs() / id, model_, catalog_, {.run_id = id},
                                     [&](const auto& take) -> Status {
                                       for (const auto& one : hits) {
                                         if (auto taken = take(one); !taken) return taken;
                                       }
                                       return {};
                                     });
    EXPECT_TRUE(summary) << (summary ? "" : summary.error().detail);
    EXPECT_TRUE(make_current(*workspace_, id, {model_.code}));
    return *summary;
  }

  std::map<std::string, Change> changes(bool gone) {
    auto list = LeadList::open(*workspace_, {.gone = gone});
    EXPECT_TRUE(list) << (list ? "" : list.error().detail);
    std::map<std::string, Change> found;
    const auto listed = list->each([&](const LeadRow& row) -> Status {
      found[row.subject_id] = row.change;
      return {};
    });
    EXPECT_TRUE(listed) << (listed ? "" : listed.error().detail);
    return found;
  }

  std::filesystem::path folder_;
  std::optional<lake::Workspace> workspace_;
  catalog::Model model_;
  catalog::Catalog catalog_;
};

TEST_F(RunLeadsTest, OneLeadPerSubjectWithMoneyCountedOnce) {
  const auto summary = run("r1", {hit("P1", 201801, 100, "B1"), hit("P1", 201801, 100, "B2"),
                                  hit("P1", 201802, 50, "B3"), hit("P2", 201801, 7, "B4")});
  EXPECT_EQ(summary.leads, 2);
  EXPECT_EQ(summary.hits, 4);
  EXPECT_EQ(summary.amount_fen, 157);  // January of P1 once
  auto list = LeadList::open(*workspace_, {});
  ASSERT_TRUE(list);
  const auto totals = list->totals();
  ASSERT_TRUE(totals) << totals.error().detail;
  EXPECT_EQ(totals->recoverable_fen, 157);
  EXPECT_EQ(totals->exposure_fen, 0);
  EXPECT_EQ(totals->leads, 2);
}

TEST_F(RunLeadsTest, TotalsCountMoneyOfTwoDetectionsOnce) {
  run("r1", {hit("P1", 201801, 100, "B1")});
  model_.code = "EP-01";
  run("r2", {hit("P1", 201801, 100, "B1"), hit("P1", 201802, 30, "B2")});
  auto list = LeadList::open(*workspace_, {});
  EXPECT_EQ(list->totals()->recoverable_fen, 130);
  EXPECT_EQ(list->by_detection()->size(), 2u);
}

TEST_F(RunLeadsTest, SecondRunUpdatesAndNeverDuplicates) {
  run("r1", {hit("P1", 201801, 100, "B1"), hit("P2", 201801, 100, "B2"),
             hit("P3", 201801, 100, "B3"), hit("P4", 201801, 100, "B4")});
  EXPECT_EQ(changes(false).at("P1"), Change::first);
  run("r2", {hit("P1", 201801, 100, "B1"), hit("P2", 201801, 100, "B2"), hit("P2", 201802, 5, "B9"),
             hit("P3", 201801, 60, "B3"), hit("P5", 201801, 1, "B5")});
  const auto found = changes(true);
  EXPECT_EQ(found.size(), 5u);
  EXPECT_EQ(found.at("P1"), Change::same);
  EXPECT_EQ(found.at("P2"), Change::grown);
  EXPECT_EQ(found.at("P3"), Change::shrunk);
  EXPECT_EQ(found.at("P4"), Change::gone);
  EXPECT_EQ(found.at("P5"), Change::fresh);
  EXPECT_EQ(changes(false).count("P4"), 0u);
  // The same run made current again keeps what it is compared with.
  ASSERT_TRUE(make_current(*workspace_, "r2", {model_.code}));
  EXPECT_EQ(current_runs(*workspace_)->at("FA-08").previous, "r1");
}

TEST_F(RunLeadsTest, LinesAreSortedByLeadIdAndHoldTheContract) {
  std::vector<Hit> hits;
  for (int i = 10; i < 60; ++i) hits.push_back(hit("P" + std::to_string(i), 201801, i, "B"));
  run("r1", hits);
  auto list = LeadList::open(*workspace_, {});
  std::string last;
  std::set<std::string> ids;
  ASSERT_TRUE(list->each_line([&](const std::string& line) -> Status {
    EXPECT_TRUE(line.starts_with("{\"lead_id\":\"FA-08-"));
    EXPECT_LT(last, line.substr(0, 35));
    last = line.substr(0, 35);
    ids.insert(last);
    for (const char* name :
         {"detection", "code", "severity", "score", "subject_kind", "subject_id", "month_from",
          "month_to", "amount_fen", "hits", "evidence", "reason", "snapshot", "params"}) {
      EXPECT_NE(line.find("\"" + std::string(name) + "\":"), std::string::npos) << name;
    }
    return {};
  }));
  EXPECT_EQ(ids.size(), 50u);
}

TEST_F(RunLeadsTest, ReasonNeverShowsAWholeIdNumber) {
  run("r1", {hit("11010519491231002X", 201801, 100, "B1")});
  auto list = LeadList::open(*workspace_, {});
  ASSERT_TRUE(list->each([&](const LeadRow& row) -> Status {
    EXPECT_EQ(row.reason.zh, "1101**********002X 重复发放 1 笔共 1.00 元");
    EXPECT_EQ(row.reason.en, "1101**********002X paid twice 1 times, 1.00 yuan");
    return {};
  }));
}

TEST_F(RunLeadsTest, ExportsKeepIdsAsTextAndDefuseFormulas) {
  run("r1", {hit("=cmd()", 201801, 123456, "B1")});
  auto list = LeadList::open(*workspace_, {});
  std::ostringstream csv;
  ASSERT_TRUE(write_csv(*list, {{"FA-08", {"重复支付", "Duplicate payment"}}}, Lang::zh, csv));
  EXPECT_NE(csv.str().find("重复支付"), std::string::npos);
  EXPECT_NE(csv.str().find(",'=cmd(),"), std::string::npos);
  EXPECT_NE(csv.str().find("1234.56"), std::string::npos);
  const auto path = folder_ / "疑点 1.xlsx";
  ASSERT_TRUE(write_xlsx(*list, {}, Lang::en, path));
  EXPECT_GT(std::filesystem::file_size(path), 3000u);
  EXPECT_EQ(write_xlsx(*list, {}, Lang::en, folder_ / "no" / "where.xlsx").error().code,
            "file.unwritable");
}

TEST_F(RunLeadsTest, TruthCheckCountsEveryKind) {
  run("r1", {hit("P1", 201801, 1, "a"), hit("P2", 201801, 1, "b"), hit("P3", 201801, 1, "c")});
  const auto file = folder_ / "truth.csv";
  std::ofstream(file)
      << "detection,kind,variant,subject_kind,subject_id,month_from,month_to,amount_fen,note\n"
         "FA-08,planted,twice,person,P1,201801,201801,1,\n"
         "FA-08,planted,twice,person,P9,201801,201801,1,\n"
         "FA-08,lookalike,reversed,person,P2,,,,\n"
         "FA-08,lookalike,reversed,person,P8,,,,\n";
  auto list = LeadList::open(*workspace_, {});
  const auto scores = check_truth(*list, file);
  ASSERT_TRUE(scores) << scores.error().detail;
  ASSERT_EQ(scores->size(), 1u);
  const auto& score = scores->front();
  EXPECT_EQ(score.planted, 2);
  EXPECT_EQ(score.found, 1);
  EXPECT_EQ(score.lookalikes, 2);
  EXPECT_EQ(score.lookalikes_hit, 1);
  EXPECT_EQ(score.others_hit, 1);
  EXPECT_DOUBLE_EQ(score.recall(), 0.5);
  EXPECT_DOUBLE_EQ(score.precision(), 1.0 / 3.0);
  EXPECT_EQ(score.missed.size(), 1u);

  std::ofstream(file) << "detection,kind,variant,subject_id\nFA-08,perhaps,x,P1\n";
  EXPECT_EQ(check_truth(*list, file).error().code, "truth.malformed");
}

TEST_F(RunLeadsTest, ThresholdErrorsNameTheLine) {
  const auto file = folder_ / "thresholds.yaml";
  std::ofstream(file) << "default: {recall: 1.0, precision: 0.98}\nEP-15: {recall: 0.9}\n";
  EXPECT_DOUBLE_EQ(read_thresholds(file)->at("default").precision, 0.98);
  std::ofstream(file) << "default: {recall: 1.0}\nEP-15: {recal: 0.9}\n";
  EXPECT_NE(read_thresholds(file).error().detail.find(":2: unknown key recal"), std::string::npos);
  std::ofstream(file) << "default: {recall: 98}\n";
  EXPECT_EQ(read_thresholds(file).error().code, "thresholds.malformed");
}

TEST_F(RunLeadsTest, ListBeforeTheFirstRunSaysSo) {
  EXPECT_EQ(LeadList::open(*workspace_, {}).error().code, "leads.none");
}

TEST_F(RunLeadsTest, ABookGivesPagesInEveryOrderAndEachLeadOnce) {
  std::vector<Hit> hits;
  for (int i = 0; i < 57; ++i) {
    hits.push_back(hit("P" + std::to_string(1000 + i), 201801, 100 * (i % 7), "k"));
  }
  run("0000000000000001", hits);
  CurrentLeads current(*workspace_);
  const auto book = current.book();
  ASSERT_TRUE(book) << book.error().detail;
  for (const auto order :
       {BookOrder::score_down, BookOrder::amount_down, BookOrder::amount_up, BookOrder::lead_id}) {
    std::set<std::string> seen;
    std::optional<BookPlace> after;
    std::int64_t before = order == BookOrder::amount_up ? -1 : 1'000'000;
    do {
      const auto page = (*book)->page({}, order, after, 10);
      EXPECT_EQ(page.total, 57);
      for (const auto* row : page.rows) {
        EXPECT_TRUE(seen.insert(row->lead_id).second);
        if (order == BookOrder::amount_down) {
          EXPECT_LE(row->amount_fen, before);
        } else if (order == BookOrder::amount_up) {
          EXPECT_GE(row->amount_fen, before);
        }
        before = row->amount_fen;
      }
      after = page.next;
    } while (after);
    EXPECT_EQ(seen.size(), 57u);
  }
  const auto some = (*book)->page({.amount_fen_min = 200, .amount_fen_max = 300},
                                  BookOrder::score_down, std::nullopt, 1);
  EXPECT_EQ(some.total, 16);
  EXPECT_EQ(some.amount_fen, 8 * 200 + 8 * 300);
  EXPECT_EQ((*book)->count({.amount_fen_min = 200, .amount_fen_max = 300}), 16);
  EXPECT_EQ((*book)->page({.codes = {"XX-01"}}, BookOrder::lead_id, std::nullopt, 5).total, 0);
}

TEST_F(RunLeadsTest, ABookFindsEachLineAndIsReadAgainAfterAnotherRun) {
  std::vector<Hit> hits;
  for (int i = 0; i < 100; ++i) {
    // Lines of very different lengths: the search goes by bytes.
    const int rows = i % 10 == 0 ? 300 : 1;
    for (int k = 0; k < rows; ++k) {
      hits.push_back(hit("P" + std::to_string(1000 + i), 201801, 100, std::string(50, 'k')));
    }
  }
  run("0000000000000001", hits);
  CurrentLeads current(*workspace_);
  const auto book = current.book();
  ASSERT_TRUE(book);
  std::int64_t lines = 0;
  const auto each = (*book)->each({}, [&](const LeadRow& row) -> Status {
    const auto line = (*book)->line(row.lead_id);
    EXPECT_TRUE(line && line->starts_with("{\"lead_id\":\"" + row.lead_id + "\"")) << row.lead_id;
    ++lines;
    return {};
  });
  EXPECT_TRUE(each);
  EXPECT_EQ(lines, 100);
  for (const char* id : {"FA-08-000000000000", "FA-08-ffffffffffff", "XX-01-000000000000", ""}) {
    const auto line = (*book)->line(id);
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, "lead.not_found");
  }
  EXPECT_EQ(*current.book(), *book) << "an unchanged book is not read again";
  run("0000000000000002", {hit("P1", 201802, 100, "k")});
  EXPECT_EQ((*current.book())->page({}, BookOrder::lead_id, std::nullopt, 5).total, 1);
}

}  // namespace
}  // namespace anlan::leads
