#include <gmock/gmock.h>

#include "cases/test_office.hpp"

namespace anlan::cases {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeadTest : public OfficeTest {
 protected:
  std::vector<std::string> ids(const Player& who, const LeadFilter& filter,
                               LeadOrder order = LeadOrder::queue, std::size_t limit = 100) {
    std::vector<std::string> all;
    std::optional<LeadPlace> after;
    do {
      const auto page = database().read([&](store::Transaction& tx) {
        return list_leads(tx, actor(tx, who), filter, order, after, limit);
      });
      EXPECT_TRUE(page) << page.error().code << page.error().detail;
      if (!page) return all;
      for (const auto& one : page->leads) all.push_back(one.lead_id);
      after = page->next;
    } while (after);
    return all;
  }
  LeadTotals totals(const Player& who, const LeadFilter& filter) {
    return *database().read(
        [&](store::Transaction& tx) { return count_leads(tx, actor(tx, who), filter); });
  }
  /// What the table itself says, whatever the sums say.
  LeadTotals counted() {
    return *database().read([&](store::Transaction& tx) -> Result<LeadTotals> {
      const auto row = tx.query_one(
          "SELECT count(*) AS n, sum(amount_fen) AS amount, sum(expected_fen) AS expected FROM "
          "lead");
      if (!row) return fail(row.error());
      return LeadTotals{(*row)->integer("n"), (*row)->integer("amount"),
                        (*row)->integer("expected")};
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, LeadTest, store::both_engines, store::engine_name);

TEST_P(LeadTest, TakingInTwiceChangesNothing) {
  const std::vector<leads::LeadRow> rows = {row("EP-01-a", insured(1)), row("EP-01-b", insured(2)),
                                            row("EP-15-a", insured(1), 5'000)};
  EXPECT_EQ(take("run1", rows), (TakenIn{3, 0, 0, 0, 0}));
  EXPECT_EQ(take("run1", rows), (TakenIn{0, 0, 0, 0, 3}));
  EXPECT_EQ(take("run2", rows), (TakenIn{0, 0, 0, 0, 3}));
  EXPECT_EQ(told("leads.taken_in"), 2);  // one for each detection, of the first time only
  const auto one = lead("EP-01-a");
  EXPECT_EQ(one.state, "new");
  EXPECT_EQ(one.organisation, "bureau");
  EXPECT_EQ(one.version, 0);
  EXPECT_EQ(one.first_run, "run1");
  EXPECT_EQ(one.expected_fen, 100'000);
  EXPECT_EQ(one.due.on, Date::of(2019, 1, 4));  // 1 January is no working day; three after it
  EXPECT_FALSE(one.due.weekends_only);
  EXPECT_EQ(one.subject_shown.find(insured(1)), std::string::npos);
}

TEST_P(LeadTest, WhatAnotherRunFindsIsBroughtUpToDate) {
  take("run1",
       {row("EP-01-a", insured(1)), row("EP-01-b", insured(2)), row("EP-01-c", insured(3))});
  EXPECT_EQ(take("run2", {row("EP-01-a", insured(1), 150'000), row("EP-01-c", insured(3)),
                          row("EP-01-d", insured(4))}),
            (TakenIn{1, 1, 1, 0, 1}));
  EXPECT_EQ(lead("EP-01-a").amount_fen, 150'000);
  EXPECT_EQ(lead("EP-01-a").change, "grown");
  EXPECT_EQ(lead("EP-01-a").last_run, "run2");
  EXPECT_FALSE(lead("EP-01-b").present);
  EXPECT_EQ(lead("EP-01-b").state, "new");
  // A run that finds nothing at all: everything is gone.
  EXPECT_EQ(take("run3", {}, {"EP-01"}), (TakenIn{0, 0, 3, 0, 1}));
  // And back again.
  EXPECT_EQ(take("run4", {row("EP-01-b", insured(2))}), (TakenIn{0, 1, 0, 0, 3}));
  EXPECT_TRUE(lead("EP-01-b").present);
}

TEST_P(LeadTest, CutOffAnywhereItIsBegunAgainAndEndsTheSame) {
  std::vector<leads::LeadRow> rows;
  for (int i = 0; i < 2500; ++i) rows.push_back(row(fmt::format("EP-01-{:04}", i), insured(i)));
  FoundRun run{"EP-01", "run1", {}};
  for (const auto& one : rows) run.leads.push_back(&one);
  // The batch that holds the broken row fails; the one before it stands.
  rows[1700].severity = "nonsense";
  const auto cut = take_in(database(), key, catalog(), {run}, "uid:0", clock);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, "store.constraint");
  EXPECT_EQ(counted().leads, 1000);
  EXPECT_EQ(told("leads.taken_in"), 0);
  rows[1700].severity = "low";
  const auto again = take_in(database(), key, catalog(), {run}, "uid:0", clock);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*again, (TakenIn{1500, 0, 0, 0, 1000}));
  EXPECT_EQ(totals(analyst, {}).leads, 2500);
  EXPECT_EQ(totals(analyst, {}).amount_fen, counted().amount_fen);
  EXPECT_EQ(told("leads.taken_in"), 1);
  const auto outbox = *database().read([&](store::Transaction& tx) {
    return tx.query("SELECT act FROM journal_outbox ORDER BY position DESC LIMIT 1");
  });
  EXPECT_NE(outbox[0].text("act").find("\"added\":2500"), std::string::npos);
}

TEST_P(LeadTest, ListsAreInOrderAndPagesTile) {
  take("run1", {row("EP-01-a", insured(1), 300, "50.0"), row("EP-01-b", insured(2), 900, "60.0"),
                row("EP-01-c", insured(3), 300, "70.0"), row("EP-15-d", insured(4), 300, "70.0"),
                row("EP-15-e", insured(5), 100, "90.0")});
  const std::vector<std::string> queue = {"EP-01-b", "EP-01-c", "EP-15-d", "EP-01-a", "EP-15-e"};
  for (const std::size_t limit : {1U, 2U, 3U, 5U, 50U})
    EXPECT_EQ(ids(analyst, {}, LeadOrder::queue, limit), queue) << limit;
  for (const std::size_t limit : {1U, 2U, 50U}) {
    EXPECT_THAT(ids(analyst, {}, LeadOrder::score_down, limit),
                ElementsAre("EP-15-e", "EP-15-d", "EP-01-c", "EP-01-b", "EP-01-a"));
    EXPECT_THAT(ids(analyst, {}, LeadOrder::amount_down, limit),
                ElementsAre("EP-01-b", "EP-15-d", "EP-01-c", "EP-01-a", "EP-15-e"));
    EXPECT_THAT(ids(analyst, {.codes = {"EP-15"}}, LeadOrder::due, limit),
                ElementsAre("EP-15-d", "EP-15-e"));
    EXPECT_THAT(ids(analyst, {.codes = {"EP-15"}}, LeadOrder::queue, limit),
                ElementsAre("EP-15-d", "EP-15-e"));
  }
  EXPECT_EQ(screen_it("EP-15-e"), "");
  EXPECT_THAT(ids(analyst, {.states = {"screened"}}), ElementsAre("EP-15-e"));
  EXPECT_EQ(ids(analyst, {}).size(), 5U);
  EXPECT_THAT(ids(analyst, {.severities = {"low"}}), IsEmpty());
  EXPECT_THAT(ids(analyst, {.subject = key.of_id_number(id_number(503))}), ElementsAre("EP-01-c"));
  EXPECT_EQ(totals(analyst, {.states = {"new"}}).leads, 4);
  EXPECT_EQ(totals(analyst, {}).amount_fen, 1900);
  const auto bad = database().read([&](store::Transaction& tx) {
    return list_leads(tx, root, {}, LeadOrder::due, LeadPlace{"x", "y"}, 5);
  });
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, "lead.place");
}

TEST_P(LeadTest, WhatLiesElsewhereDoesNotExist) {
  take("run1", {row("EP-01-a", insured(1))});
  EXPECT_THAT(ids(verifier, {}), IsEmpty());
  EXPECT_THAT(ids(verifier, {.organisations = {"bureau"}}), IsEmpty());
  EXPECT_EQ(totals(verifier, {}).leads, 0);
  EXPECT_EQ(as(verifier, [&](auto& tx, const auto& who) { return find_lead(tx, who, "EP-01-a"); }),
            "lead.not_found");
  EXPECT_EQ(as(verifier,
               [&](auto& tx, const auto& who) {
                 return screen(tx, who, catalog(), "EP-01-a", 0, clock);
               }),
            "lead.not_found");
  const auto id = case_of({"EP-01-a"});
  EXPECT_EQ(dispatch_it(id), "");
  EXPECT_THAT(ids(verifier, {}), ElementsAre("EP-01-a"));
  EXPECT_THAT(ids(stranger, {}), IsEmpty());
  EXPECT_EQ(as(stranger, [&](auto& tx, const auto& who) { return find_case(tx, who, id); }),
            "case.not_found");
}

TEST_P(LeadTest, OnlyWhoMayScreenScreensAndStaleVersionsConflict) {
  take("run1", {row("EP-01-a", insured(1))});
  EXPECT_EQ(
      as(head, [&](auto& tx,
                   const auto& who) { return screen(tx, who, catalog(), "EP-01-a", 0, clock); }),
      "access.no_right");
  EXPECT_EQ(code_of([&](store::Transaction& tx) {
              return screen(tx, root, catalog(), "EP-01-a", 0, clock);
            }),
            "case.no_person");
  EXPECT_EQ(screen_it("EP-01-a"), "");
  EXPECT_EQ(lead("EP-01-a").state, "screened");
  EXPECT_EQ(lead("EP-01-a").version, 1);
  EXPECT_EQ(as(second_analyst,
               [&](auto& tx, const auto& who) {
                 return screen(tx, who, catalog(), "EP-01-a", 0, clock);
               }),
            "store.stale");
  EXPECT_EQ(screen_it("EP-01-a"), "lead.state");
  EXPECT_EQ(told("lead.screen"), 1);
}

TEST_P(LeadTest, NobodyScreensWhatIsAboutThemselvesOrKin) {
  take("run1", {row("EP-01-a", std::string(id_number(1).reveal())),  // the analyst's own number
                row("EP-01-b", std::string(id_number(77).reveal()))});
  EXPECT_EQ(screen_it("EP-01-a"), "case.subject");
  done([&](store::Transaction& tx) {
    return declare_kin(tx, root, analyst.person, key.of_id_number(id_number(77)), "parent", clock);
  });
  EXPECT_EQ(screen_it("EP-01-b"), "case.kin");
}

TEST_P(LeadTest, TwoPeopleDismissALead) {
  take("run1", {row("EP-01-a", insured(1))});
  duties::MatterId matter;
  const auto propose = [&](const Player& by, std::int64_t version) {
    return as(by, [&](auto& tx, const auto& who) {
      auto made =
          propose_dismissal(tx, who, catalog(), "EP-01-a", version, "already repaid", clock);
      if (made) matter = *made;
      return made;
    });
  };
  EXPECT_EQ(as(analyst,
               [&](auto& tx, const auto& who) {
                 return propose_dismissal(tx, who, catalog(), "EP-01-a", 0, " ", clock);
               }),
            "case.reason");
  EXPECT_EQ(propose(head, 0), "duties.post_not_held");
  EXPECT_EQ(propose(analyst, 0), "") << last_error.detail;
  EXPECT_EQ(lead("EP-01-a").state, "new");
  EXPECT_EQ(screen_it("EP-01-a"), "lead.matter_open");
  // The one who proposes it does not decide it, whatever the account and post.
  const Player second{analyst.person, account(analyst.person, "second", "bureau")};
  post(analyst.person, second.account, "JZ", "bureau");
  EXPECT_EQ(decide_it(matter, second, "JZ"), "duties.maker");
  // Sent back, proposed anew, rejected.
  EXPECT_EQ(decide_it(matter, head, "JZ", duties::Verdict::send_back), "");
  EXPECT_EQ(propose(analyst, lead("EP-01-a").version), "") << last_error.detail;
  EXPECT_EQ(decide_it(matter, head, "JZ", duties::Verdict::reject), "");
  EXPECT_EQ(lead("EP-01-a").state, "new");
  EXPECT_FALSE(lead("EP-01-a").matter);
  // Proposed once more and approved.
  EXPECT_EQ(propose(analyst, lead("EP-01-a").version), "");
  EXPECT_EQ(decide_it(matter, head, "JZ"), "") << last_error.detail;
  const auto gone = lead("EP-01-a");
  EXPECT_EQ(gone.state, "dismissed");
  EXPECT_TRUE(gone.ended_at);
  EXPECT_TRUE(gone.due.is_never());
  EXPECT_EQ(totals(analyst, {.states = {"dismissed"}}).leads, 1);
}

TEST_P(LeadTest, ADismissalIsNotDecidedOnOtherFiguresThanWereSeen) {
  take("run1", {row("EP-01-a", insured(1))});
  duties::MatterId matter;
  EXPECT_EQ(as(analyst,
               [&](auto& tx, const auto& who) {
                 auto made = propose_dismissal(tx, who, catalog(), "EP-01-a", 0, "small", clock);
                 if (made) matter = *made;
                 return made;
               }),
            "");
  take("run2", {row("EP-01-a", insured(1), 900'000'000)});
  EXPECT_EQ(decide_it(matter, head, "JZ"), "case.content_changed");
  EXPECT_EQ(decide_it(matter, head, "JZ", duties::Verdict::reject), "");
}

TEST_P(LeadTest, WhatWasDismissedAndGrowsIsReopened) {
  take("run1", {row("EP-01-a", insured(1)), row("EP-01-b", insured(2))});
  for (const std::string id : {"EP-01-a", "EP-01-b"}) {
    duties::MatterId matter;
    EXPECT_EQ(as(analyst,
                 [&](auto& tx, const auto& who) {
                   auto made = propose_dismissal(tx, who, catalog(), id, 0, "small", clock);
                   if (made) matter = *made;
                   return made;
                 }),
              "");
    EXPECT_EQ(decide_it(matter, head, "JZ"), "");
  }
  // Smaller than it was: it stays dismissed. Larger: it comes back.
  EXPECT_EQ(take("run2", {row("EP-01-a", insured(1), 200'000), row("EP-01-b", insured(2), 50'000)}),
            (TakenIn{0, 1, 0, 1, 0}));
  const auto back = lead("EP-01-a");
  EXPECT_EQ(back.state, "reopened");
  EXPECT_EQ(back.reopened_times, 1);
  EXPECT_FALSE(back.ended_at);
  EXPECT_EQ(lead("EP-01-b").state, "dismissed");
  // Gone, and found again: it comes back too.
  EXPECT_EQ(take("run3", {row("EP-01-a", insured(1), 200'000)}), (TakenIn{0, 0, 1, 0, 1}));
  EXPECT_EQ(take("run4", {row("EP-01-a", insured(1), 200'000), row("EP-01-b", insured(2), 50'000)}),
            (TakenIn{0, 0, 0, 1, 1}));
  EXPECT_EQ(lead("EP-01-b").state, "reopened");
  EXPECT_EQ(screen_it("EP-01-a"), "");
  const auto history =
      *database().read([&](store::Transaction& tx) { return lead_events(tx, root, "EP-01-a"); });
  std::vector<std::string> acts;
  for (const auto& one : history) acts.push_back(one.act);
  EXPECT_THAT(acts, ElementsAre("dismissal_proposed", "dismiss", "recur", "screen"));
}

TEST_P(LeadTest, TheSumsAreThoseOfTheTableWhateverHappens) {
  std::vector<leads::LeadRow> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back(row(fmt::format("EP-0{}-{:02}", i % 3 + 1, i), insured(i), 1000 + i * 37));
  take("run1", rows);
  for (int i = 0; i < 40; i += 4)
    EXPECT_EQ(screen_it(rows[static_cast<std::size_t>(i)].lead_id), "");
  const auto id = case_of({rows[1].lead_id});
  EXPECT_EQ(dispatch_it(id), "");
  for (auto& one : rows) one.amount_fen += 11;
  rows.pop_back();
  take("run2", rows);
  done([&](store::Transaction& tx) -> Status {
    const auto wrong = tx.query(
        "SELECT state FROM (SELECT organisation_id, state, code, severity, 1 AS n, amount_fen,"
        " expected_fen FROM lead UNION ALL SELECT organisation_id, state, code, severity, -leads,"
        " -amount_fen, -expected_fen FROM lead_count) AS both_sides"
        " GROUP BY organisation_id, state, code, severity"
        " HAVING sum(n) <> 0 OR sum(amount_fen) <> 0 OR sum(expected_fen) <> 0");
    if (!wrong) return fail(wrong.error());
    EXPECT_TRUE(wrong->empty());
    const auto flow = stock_and_flow(tx, root, clock.day().month(), clock.day().month());
    if (!flow) return fail(flow.error());
    EXPECT_EQ(flow->front().closing.leads, 40);
    const auto sum = tx.query_one("SELECT sum(amount_fen) AS fen FROM lead");
    EXPECT_EQ(flow->front().closing.amount_fen, (*sum)->integer("fen"));
    const auto damage = store::record_damage(tx);
    if (!damage) return fail(damage.error());
    EXPECT_THAT(*damage, IsEmpty());
    return {};
  });
}

TEST_P(LeadTest, BulkActsAnswerForEachLead) {
  take("run1", {row("EP-01-a", insured(1)), row("EP-01-b", insured(2))});
  EXPECT_EQ(screen_it("EP-01-b"), "");
  done([&](store::Transaction&) -> Status { return {}; });
  std::optional<access::Actor> who;
  done([&](store::Transaction& tx) -> Status {
    who = actor(tx, analyst);
    return {};
  });
  const auto answers = screen_all(database(), *who, catalog(),
                                  {{"EP-01-a", 0}, {"EP-01-b", 1}, {"EP-01-x", 0}}, clock);
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 3U);
  EXPECT_TRUE((*answers)[0].done());
  EXPECT_EQ((*answers)[0].version, 1);
  EXPECT_EQ((*answers)[1].error.code, "lead.state");
  EXPECT_EQ((*answers)[2].error.code, "lead.not_found");
  EXPECT_EQ(lead("EP-01-a").state, "screened");
  const auto none = screen_all(database(), *who, catalog(), {}, clock);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "case.bulk");
  const auto too_many =
      screen_all(database(), *who, catalog(), std::vector<SeenLead>(501, {"EP-01-a", 0}), clock);
  ASSERT_FALSE(too_many);
  const auto merged =
      merge_all(database(), *who, catalog(), {{"EP-01-a", 1}, {"EP-01-b", 1}}, clock);
  ASSERT_TRUE(merged);
  EXPECT_TRUE((*merged)[0].done() && (*merged)[1].done());
  EXPECT_NE((*merged)[0].case_id, (*merged)[1].case_id);
}

}  // namespace
}  // namespace anlan::cases
