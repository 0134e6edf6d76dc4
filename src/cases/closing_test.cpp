#include "cases/closing.hpp"

#include <gmock/gmock.h>

#include "cases/disposal.hpp"
#include "cases/recovery.hpp"
#include "cases/remedy.hpp"
#include "cases/test_office.hpp"

namespace anlan::cases {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class ClosingTest : public OfficeTest {
 protected:
  void SetUp() override {
    OfficeTest::SetUp();
    if (IsSkipped()) return;
    take("run1", {row("EP-01-a", insured(1)), row("EP-01-b", insured(2))});
  }

  std::string propose_closing_of(CaseId id, const Player& by) {
    const auto version = file(id).version;
    return as(by, [&](auto& tx, const auto& who) {
      return propose_closing(tx, who, catalog(), id, version, "all is settled", clock);
    });
  }
  std::string dispose(CaseId id) {
    return as(other_verifier, [&](auto& tx, const auto& who) {
      return add_disposal(
          tx, who, catalog(),
          {id, "", DisposalKind::order_to_return, "no. 3", "", Fen{90'000}, "grounds"}, clock);
    });
  }
  std::string get_money_back(CaseId id, std::int64_t fen) {
    return as(other_verifier, [&](auto& tx, const auto& who) -> Status {
      NewRecovery due;
      due.of = id;
      due.basis = "OPR 46";
      due.due = Fen{fen};
      due.due_on = Date{clock.day().days + 30};
      due.interest = "none";
      const auto made = add_recovery(tx, who, catalog().recovery_terms, due, clock);
      if (!made) return fail(made.error());
      const auto line = add_line(
          tx, who, catalog().recovery_terms, *made, 1,
          {LineKind::received, Part::principal, Fen{fen}, clock.day(), "receipt 1"}, clock);
      if (!line) return fail(line.error());
      return {};
    });
  }
  /// Ordered by supervision, done by the agency, checked by supervision.
  void mend(CaseId id) {
    const auto owner = player("BM", "d01-agency");
    RemedyId remedy;
    EXPECT_EQ(as(analyst,
                 [&](auto& tx, const auto& who) {
                   auto made = order_remedy(
                       tx, who,
                       {id, RemedyKind::mechanism, RemedyMeans::control, "d01-agency", owner.person,
                        "stop at once on a death notice", "", Date{clock.day().days + 60}},
                       clock);
                   if (made) remedy = *made;
                   return made;
                 }),
              "")
        << last_error.detail;
    duties::MatterId matter;
    EXPECT_EQ(as(owner,
                 [&](auto& tx, const auto& who) {
                   auto made = report_remedy(tx, {duties(), catalog().calendar}, who, remedy, 1,
                                             "done", {std::string(64, 'b')}, "rule 7", "BM", clock);
                   if (made) matter = *made;
                   return made;
                 }),
              "")
        << last_error.detail;
    EXPECT_EQ(decide_it(matter, second_analyst, "JD"), "") << last_error.detail;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ClosingTest, store::both_engines, store::engine_name);

TEST_P(ClosingTest, AConfirmedLeadIsNotClosedWithTheMoneyAlone) {
  const auto id = concluded_case({{"EP-01-a", LeadResult::confirmed, 90'000, "died in 2017"}});
  EXPECT_EQ(propose_closing_of(id, other_verifier), "case.not_settled");
  EXPECT_THAT(last_error.detail, HasSubstr("disposal.missing"));
  EXPECT_EQ(dispose(id), "") << last_error.detail;
  EXPECT_EQ(get_money_back(id, 90'000), "") << last_error.detail;
  // The whole sum is back, and it is still not enough (R18).
  EXPECT_EQ(propose_closing_of(id, other_verifier), "case.not_settled");
  EXPECT_EQ(last_error.detail, "mechanism.missing " + word_of(id));
  mend(id);
  EXPECT_EQ(propose_closing_of(id, reviewer), "access.no_right");
  EXPECT_EQ(propose_closing_of(id, other_verifier), "") << last_error.detail;

  const auto matter = *file(id).matter;
  EXPECT_EQ(decide_it(matter, other_verifier, "JH"), "duties.maker");
  EXPECT_EQ(decide_it(matter, stranger, "JH"), "duties.no_matter");
  const Player as_supervisor{verifier.person, account(verifier.person, "both", "bureau")};
  post(verifier.person, as_supervisor.account, "JH", "bureau");
  EXPECT_EQ(decide_it(matter, as_supervisor, "JD"), "duties.handler");  // who verified
  EXPECT_EQ(decide_it(matter, analyst, "JD"), "") << last_error.detail;
  EXPECT_EQ(file(id).state, "reviewed");
  EXPECT_EQ(decide_it(matter, second_analyst, "JD"), "duties.wrong_post");
  EXPECT_EQ(decide_it(matter, head, "JZ"), "") << last_error.detail;
  EXPECT_EQ(file(id).state, "closed");
  EXPECT_TRUE(file(id).closed_at);
  EXPECT_EQ(lead("EP-01-a").state, "closed");
  EXPECT_TRUE(lead("EP-01-a").ended_at);
  EXPECT_THAT(acts(id), Contains("close"));
  const auto papers =
      *database().read([&](store::Transaction& tx) { return case_documents(tx, root, id); });
  EXPECT_EQ(papers.back().kind, "closing_slip");
  EXPECT_EQ(told("case.close"), 1);
}

TEST_P(ClosingTest, AVerifierNamedOnTheWayReviewsNoClosingEither) {
  const auto id = verified_case({"EP-01-b"});
  const auto version = file(id).version;
  EXPECT_EQ(as(head,
               [&](auto& tx, const auto& who) {
                 return name_verifier(tx, who, catalog(), id, version, other_verifier.person,
                                      clock);
               }),
            "");
  EXPECT_EQ(conclude_it(id, verifier, {{"EP-01-b", LeadResult::unfounded, 0, "repaid"}}),
            "case.other_verifier");
  EXPECT_EQ(conclude_it(id, other_verifier, {{"EP-01-b", LeadResult::unfounded, 0, "repaid"}}), "");
  EXPECT_EQ(decide_it(*file(id).matter, verifier, "JH"), "duties.handler");  // verified before
  EXPECT_EQ(decide_it(*file(id).matter, reviewer, "BM"), "");
  EXPECT_EQ(propose_closing_of(id, analyst), "") << last_error.detail;
  const Player above{other_verifier.person, account(other_verifier.person, "above", "bureau")};
  post(other_verifier.person, above.account, "JH", "bureau");
  EXPECT_EQ(decide_it(*file(id).matter, above, "JD"), "duties.handler");
  EXPECT_EQ(decide_it(*file(id).matter, second_analyst, "JD"), "");
}

TEST_P(ClosingTest, WhatIsOpenedBetweenReviewAndClosingStopsIt) {
  const auto id = concluded_case({{"EP-01-a", LeadResult::unfounded, 0, "alive"}});
  EXPECT_EQ(propose_closing_of(id, other_verifier), "") << last_error.detail;
  const auto matter = *file(id).matter;
  EXPECT_EQ(decide_it(matter, analyst, "JD"), "") << last_error.detail;
  EXPECT_EQ(as(second_analyst,
               [&](auto& tx, const auto& who) {
                 return order_remedy(
                     tx, who,
                     {id, RemedyKind::rectification, RemedyMeans::none, "d01-agency",
                      reviewer.person, "file the papers", "", Date{clock.day().days + 9}},
                     clock);
               }),
            "")
      << last_error.detail;
  EXPECT_EQ(decide_it(matter, head, "JZ"), "case.not_settled");
  EXPECT_EQ(decide_it(matter, head, "JZ", duties::Verdict::send_back), "");
  EXPECT_EQ(file(id).state, "disposing");
}

TEST_P(ClosingTest, WhatWasClosedAndGrowsIsReopenedAndItsCaseStaysClosed) {
  const auto id = concluded_case({{"EP-01-b", LeadResult::unfounded, 0, "repaid"}});
  EXPECT_EQ(propose_closing_of(id, other_verifier), "") << last_error.detail;
  const auto matter = *file(id).matter;
  EXPECT_EQ(decide_it(matter, analyst, "JD"), "");
  EXPECT_EQ(decide_it(matter, head, "JZ"), "");
  EXPECT_EQ(take("run2", {row("EP-01-a", insured(1)), row("EP-01-b", insured(2), 300'000)}),
            (TakenIn{0, 0, 0, 1, 1}));
  const auto back = lead("EP-01-b");
  EXPECT_EQ(back.state, "reopened");
  EXPECT_EQ(back.organisation, "bureau");
  EXPECT_FALSE(back.case_id);
  EXPECT_FALSE(back.result);
  EXPECT_EQ(file(id).state, "closed");
  EXPECT_THAT(acts(id), Contains("recur"));
  // It begins another case; the closed one cannot be opened beside it.
  const auto next = case_of({"EP-01-b"});
  EXPECT_NE(next, id);
  const auto version = file(id).version;
  EXPECT_EQ(as(head,
               [&](auto& tx, const auto& who) {
                 return reopen(tx, who, catalog(), id, version, "new facts", clock);
               }),
            "case.open_already");
}

TEST_P(ClosingTest, AClosedCaseIsReopenedByItsHeadWithAReason) {
  const auto id = concluded_case({{"EP-01-b", LeadResult::unfounded, 0, "repaid"}});
  EXPECT_EQ(propose_closing_of(id, other_verifier), "");
  const auto matter = *file(id).matter;
  EXPECT_EQ(decide_it(matter, analyst, "JD"), "");
  EXPECT_EQ(decide_it(matter, head, "JZ"), "");
  const auto anew = [&](const Player& by, const std::string& reason) {
    const auto version = file(id).version;
    return as(by, [&](auto& tx, const auto& who) {
      return reopen(tx, who, catalog(), id, version, reason, clock);
    });
  };
  EXPECT_EQ(anew(analyst, "new facts"), "access.no_right");
  EXPECT_EQ(anew(head, ""), "case.reason");
  EXPECT_EQ(anew(head, "new facts"), "");
  EXPECT_EQ(file(id).state, "reopened");
  EXPECT_EQ(file(id).reopened_times, 1);
  EXPECT_EQ(lead("EP-01-b").state, "reopened");
  EXPECT_FALSE(lead("EP-01-b").ended_at);
  EXPECT_EQ(dispatch_it(id), "");
  EXPECT_EQ(file(id).state, "assigned");
}

}  // namespace
}  // namespace anlan::cases
