#include <gmock/gmock.h>

#include <thread>

#include "cases/test_office.hpp"
#include "cases/ties.hpp"

namespace anlan::cases {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CaseTest : public OfficeTest {
 protected:
  void SetUp() override {
    OfficeTest::SetUp();
    if (IsSkipped()) return;
    take("run1", {row("EP-01-a", insured(1)), row("EP-15-a", insured(1), 50'000, "40.0"),
                  row("EP-01-b", insured(2))});
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, CaseTest, store::both_engines, store::engine_name);

TEST_P(CaseTest, LeadsOfOneSubjectMakeOneCase) {
  const auto id = case_of({"EP-01-a"});
  EXPECT_EQ(file(id).number, "2019-000001");
  EXPECT_EQ(file(id).state, "screened");
  // Another lead of the same subject joins it.
  EXPECT_EQ(case_of({"EP-15-a"}), id);
  // One of another subject does not.
  const auto other = case_of({"EP-01-b"});
  EXPECT_NE(other, id);
  EXPECT_EQ(file(other).number, "2019-000002");
}

TEST_P(CaseTest, LeadsOfDifferentSubjectsAreNotMerged) {
  EXPECT_EQ(screen_it("EP-01-a"), "");
  EXPECT_EQ(screen_it("EP-01-b"), "");
  const auto both = [&](auto& tx, const auto& who) {
    return merge(tx, who, catalog(), {{"EP-01-a", 1}, {"EP-01-b", 1}}, clock);
  };
  EXPECT_EQ(as(analyst, both), "case.other_subject");
  EXPECT_EQ(as(head, both), "access.no_right");
  EXPECT_EQ(
      as(analyst, [&](auto& tx, const auto& who) { return merge(tx, who, catalog(), {}, clock); }),
      "case.no_leads");
  EXPECT_EQ(as(analyst,
               [&](auto& tx, const auto& who) {
                 return merge(tx, who, catalog(), {{"EP-15-a", 0}}, clock);
               }),
            "lead.state");  // not screened
}

TEST_P(CaseTest, FromANewLeadToAConclusionAnotherPersonReviews) {
  const auto id = case_of({"EP-01-a", "EP-15-a"});
  EXPECT_EQ(dispatch_it(id), "");
  auto now_file = file(id);
  EXPECT_EQ(now_file.state, "assigned");
  EXPECT_EQ(now_file.organisation, "d01-agency");
  // The heaviest lead has ten working days: from Tuesday 1 January 2019, a holiday.
  EXPECT_EQ(now_file.due.on, Date::of(2019, 1, 15));
  EXPECT_EQ(lead("EP-15-a").organisation, "d01-agency");
  EXPECT_EQ(lead("EP-15-a").state, "assigned");
  const auto papers =
      *database().read([&](store::Transaction& tx) { return case_documents(tx, root, id); });
  ASSERT_EQ(papers.size(), 1U);
  EXPECT_EQ(papers[0].kind, "verification_notice");
  EXPECT_NE(papers[0].text.find("2019-01-15"), std::string::npos);
  EXPECT_EQ(papers[0].text.find(insured(1)), std::string::npos);

  EXPECT_EQ(accept_it(id, stranger), "case.not_found");
  EXPECT_EQ(accept_it(id, reviewer), "access.no_right");
  EXPECT_EQ(accept_it(id, verifier), "");
  EXPECT_EQ(accept_it(id, other_verifier), "case.other_verifier");
  const std::vector<LeadConclusion> conclusions = {
      {"EP-01-a", LeadResult::confirmed, 90'000, "death certificate of 2017"},
      {"EP-15-a", LeadResult::unfounded, 0, "account of a guardian"}};
  EXPECT_EQ(conclude_it(id, verifier, conclusions), "case.no_report");
  EXPECT_EQ(paper(id, other_verifier), "case.other_verifier");
  EXPECT_EQ(paper(id, verifier), "");
  EXPECT_EQ(conclude_it(id, other_verifier, conclusions), "case.other_verifier");
  EXPECT_EQ(conclude_it(id, verifier, {conclusions[0]}), "case.conclusion_leads");
  EXPECT_EQ(conclude_it(id, verifier, {conclusions[0], conclusions[0]}), "case.conclusion_leads");
  EXPECT_EQ(
      conclude_it(id, verifier, {conclusions[0], {"EP-15-a", LeadResult::unfounded, 5, "no"}}),
      "case.conclusion_amount");
  EXPECT_EQ(conclude_it(id, verifier, {conclusions[0], {"EP-15-a", LeadResult::unfounded, 0, " "}}),
            "case.conclusion_grounds");
  EXPECT_EQ(conclude_it(id, verifier, conclusions), "");
  const auto matter = *file(id).matter;
  EXPECT_EQ(conclude_it(id, verifier, conclusions), "case.matter_open");
  EXPECT_EQ(paper(id, verifier), "case.matter_open");

  // Who made it does not review it: neither so, nor with a second account and another post.
  const Player second{verifier.person, account(verifier.person, "again", "d01-agency")};
  post(verifier.person, second.account, "JH", "d01-agency");
  EXPECT_EQ(decide_it(matter, verifier, "JH"), "duties.maker");
  EXPECT_EQ(decide_it(matter, second, "JH"), "duties.maker");
  EXPECT_EQ(decide_it(matter, stranger, "JH"), "duties.no_matter");
  EXPECT_EQ(file(id).state, "verifying");
  EXPECT_EQ(decide_it(matter, reviewer, "BM"), "");
  now_file = file(id);
  EXPECT_EQ(now_file.state, "concluded");
  EXPECT_FALSE(now_file.matter);
  EXPECT_EQ(lead("EP-01-a").result, LeadResult::confirmed);
  EXPECT_EQ(lead("EP-01-a").confirmed_fen, 90'000);
  EXPECT_EQ(lead("EP-15-a").result, LeadResult::unfounded);
  EXPECT_THAT(acts(id), ElementsAre("merge", "merge", "dispatch", "accept", "document",
                                    "conclusion_proposed", "conclude"));
  EXPECT_EQ(told("case.conclude"), 1);
  const auto outcomes =
      *database().read([&](store::Transaction& tx) { return precision(tx, root); });
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].confirmed, 1);
  EXPECT_EQ(outcomes[1].unfounded, 1);
  EXPECT_FALSE(outcomes[0].precision_mille());
}

TEST_P(CaseTest, AConclusionSentBackIsMadeAnewAndOneRejectedIsVerifiedOn) {
  const auto id = verified_case({"EP-01-b"});
  const std::vector<LeadConclusion> conclusions = {
      {"EP-01-b", LeadResult::partly, 5'000, "half of the months"}};
  EXPECT_EQ(conclude_it(id, verifier, conclusions), "");
  const auto matter = *file(id).matter;
  EXPECT_EQ(decide_it(matter, reviewer, "BM", duties::Verdict::send_back), "");
  EXPECT_EQ(conclude_it(id, verifier, conclusions), "");
  EXPECT_EQ(*file(id).matter, matter);
  EXPECT_EQ(decide_it(matter, reviewer, "BM", duties::Verdict::reject), "");
  EXPECT_EQ(file(id).state, "verifying");
  EXPECT_FALSE(file(id).matter);
  EXPECT_EQ(conclude_it(id, verifier, conclusions), "");
  EXPECT_NE(*file(id).matter, matter);
  // Taken back by its maker, and by nobody else.
  const auto second = *file(id).matter;
  const auto take_back = [&](const Player& by) {
    return as(by, [&](auto& tx, const auto& who) -> Status {
      const auto seen = duties::find_matter(tx, who, second);
      if (!seen) return fail(seen.error());
      return duties::withdraw(tx, {duties(), catalog().calendar}, follows(), who, second,
                              seen->version, clock);
    });
  };
  EXPECT_EQ(take_back(reviewer), "duties.not_maker");
  EXPECT_EQ(take_back(verifier), "");
  EXPECT_FALSE(file(id).matter);
}

TEST_P(CaseTest, NoConclusionOnOtherFiguresThanWereSeen) {
  const auto id = verified_case({"EP-01-b"});
  EXPECT_EQ(conclude_it(id, verifier, {{"EP-01-b", LeadResult::confirmed, 100'000, "all of it"}}),
            "");
  take("run2", {row("EP-01-a", insured(1)), row("EP-01-b", insured(2), 700'000)});
  EXPECT_THAT(acts(id), Contains("grown"));
  EXPECT_EQ(decide_it(*file(id).matter, reviewer, "BM"), "case.content_changed");
}

TEST_P(CaseTest, ARecusedPersonNeitherVerifiesNorConcludesNorReviews) {
  const auto id = case_of({"EP-01-b"});
  EXPECT_EQ(dispatch_it(id), "");
  const auto stand_aside = [&](const Player& by, const Player& whom, const std::string& ground) {
    const auto version = file(id).version;
    return as(by, [&](auto& tx, const auto& who) {
      return recuse(tx, who, catalog(), id, version, {whom.person, ground, "handled it in 2016"},
                    clock);
    });
  };
  EXPECT_EQ(stand_aside(verifier, other_verifier, "handler"), "access.no_right");
  EXPECT_EQ(stand_aside(verifier, verifier, "tired"), "case.ground");
  EXPECT_EQ(stand_aside(verifier, verifier, "handler"), "");
  EXPECT_EQ(stand_aside(verifier, verifier, "handler"), "case.recused_already");
  EXPECT_EQ(accept_it(id, verifier), "case.recused");
  const auto name = [&](const Player& whom) {
    const auto version = file(id).version;
    return as(head, [&](auto& tx, const auto& who) {
      return name_verifier(tx, who, catalog(), id, version, whom.person, clock);
    });
  };
  EXPECT_EQ(name(verifier), "case.recused");
  EXPECT_EQ(name(reviewer), "case.verifier_post");
  EXPECT_EQ(name(stranger), "case.verifier_post");
  EXPECT_EQ(name(other_verifier), "");
  EXPECT_EQ(accept_it(id, other_verifier), "");
  EXPECT_EQ(paper(id, other_verifier), "");
  EXPECT_EQ(conclude_it(id, other_verifier, {{"EP-01-b", LeadResult::unfounded, 0, "repaid"}}), "");
  const auto matter = *file(id).matter;
  // The recused one holds a post that reviews, and does not; nor who is recused while it waits.
  EXPECT_EQ(decide_it(matter, verifier, "JH"), "duties.handler");
  EXPECT_EQ(stand_aside(head, reviewer, "kin"), "");
  EXPECT_EQ(decide_it(matter, reviewer, "BM"), "duties.handler");
  // The maker stands aside: nobody approves what they made.
  EXPECT_EQ(stand_aside(other_verifier, other_verifier, "shared_phone"), "");
  EXPECT_FALSE(file(id).verifier);
  const auto third = player("BM", "d01-agency");
  EXPECT_EQ(decide_it(matter, third, "BM"), "case.maker_recused");
  EXPECT_EQ(decide_it(matter, third, "BM", duties::Verdict::reject), "");
}

TEST_P(CaseTest, WhomTheDataTieToTheSubjectHasNoPartInItsCase) {
  const auto subject_of = [&](const std::string& lead) {
    return done([&](auto& tx) {
             return tx.query("SELECT subject_blind FROM lead WHERE lead_id = ?", {lead});
           })[0]
        .bytes("subject_blind");
  };
  const auto blind_of = [&](const Player& whom) {
    return done([&](auto& tx) {
             return tx.query("SELECT id_no_blind FROM person_identity WHERE person_id = ?",
                             {whom.person.value});
           })[0]
        .bytes("id_no_blind");
  };
  const auto id = case_of({"EP-01-b"});
  const access::Blind subject{subject_of("EP-01-b")};
  // The verifier handled it, and somebody elsewhere of whom the reviewer is kin; the supervisor's
  // tie is to another subject.
  const auto kin = player("SL", "d01-agency");
  const access::Blind brother{blind_of(kin)};
  EXPECT_TRUE(database().write([&](auto& tx) {
    return declare_kin(tx, access::Actor::console("uid:0"), reviewer.person, brother, "sibling",
                       clock);
  }));
  const std::vector<Tie> ties = {{subject, {blind_of(verifier)}, "handler"},
                                 {subject, brother, "handler"},
                                 {{subject_of("EP-01-a")}, {blind_of(other_verifier)}, "kin"}};
  EXPECT_TRUE(database().write([&](auto& tx) { return keep_ties(tx, ties, "uid:0", clock); }));
  const auto found =
      done([&](auto& tx) { return recusals(tx, access::Actor::console("uid:0"), id); });
  ASSERT_EQ(found.size(), 3U);
  for (const auto& one : found) {
    EXPECT_TRUE(one.found);
    EXPECT_EQ(one.ground, one.person == reviewer.person ? "kin_of_handler" : "handler");
  }
  EXPECT_EQ(dispatch_it(id), "");
  EXPECT_EQ(accept_it(id, verifier), "case.tied");
  EXPECT_EQ(accept_it(id, other_verifier), "");
  EXPECT_EQ(paper(id, other_verifier), "");
  EXPECT_EQ(conclude_it(id, other_verifier, {{"EP-01-b", LeadResult::unfounded, 0, "repaid"}}), "");
  EXPECT_EQ(decide_it(*file(id).matter, reviewer, "BM"), "duties.handler");
  // What the data no longer say is forgotten.
  EXPECT_TRUE(database().write([&](auto& tx) { return keep_ties(tx, {}, "uid:0", clock); }));
  EXPECT_TRUE(done([&](auto& tx) { return tied_people(tx, subject); }).empty());
}

TEST_P(CaseTest, AVerifierWhoStandsAsideLeavesTheCaseToBeAcceptedAnew) {
  const auto id = verified_case({"EP-01-b"});
  const auto version = file(id).version;
  EXPECT_EQ(as(verifier,
               [&](auto& tx, const auto& who) {
                 return recuse(tx, who, catalog(), id, version,
                               {verifier.person, "other", "friend"}, clock);
               }),
            "");
  EXPECT_EQ(file(id).state, "assigned");
  EXPECT_EQ(lead("EP-01-b").state, "assigned");
  EXPECT_EQ(accept_it(id, other_verifier), "");
  EXPECT_EQ(conclude_it(id, other_verifier, {{"EP-01-b", LeadResult::unfounded, 0, "repaid"}}), "");
  EXPECT_EQ(decide_it(*file(id).matter, verifier, "JH"), "duties.handler");
}

TEST_P(CaseTest, KinOfTheSubjectDoNotWorkOnIt) {
  const auto id = case_of({"EP-01-b"});
  EXPECT_EQ(dispatch_it(id), "");
  done([&](store::Transaction& tx) {
    return access::declare_kin(tx, root, verifier.person, key.of_id_number(id_number(502)),
                               "sibling", clock);
  });
  EXPECT_EQ(accept_it(id, verifier), "case.kin");
}

TEST_P(CaseTest, OnlyTheHeadDispatchesAndOnlyWithinReach) {
  const auto id = case_of({"EP-01-b"});
  const auto send = [&](const Player& by, const std::string& organisation) {
    const auto version = file(id).version;
    return as(by, [&](auto& tx, const auto& who) {
      return dispatch(tx, who, catalog(), id, version, {organisation, {}}, clock);
    });
  };
  EXPECT_EQ(send(analyst, "d01-agency"), "access.no_right");
  EXPECT_EQ(send(head, "d99"), "access.no_organisation");
  EXPECT_EQ(send(verifier, "d01-agency"), "case.not_found");
  EXPECT_EQ(as(head,
               [&](auto& tx, const auto& who) {
                 return dispatch(tx, who, catalog(), id, 77, {"d01-agency", {}}, clock);
               }),
            "store.stale");
  EXPECT_EQ(dispatch_it(id, stranger.person), "case.verifier_post");
  EXPECT_EQ(dispatch_it(id, verifier.person), "");
  EXPECT_EQ(send(head, "d02-agency"), "case.state");
  EXPECT_EQ(file(id).verifier, verifier.person);
}

TEST_P(CaseTest, ASuspendedCasesClockStands) {
  const auto id = verified_case({"EP-01-b"});
  EXPECT_EQ(file(id).due.on, Date::of(2019, 1, 15));
  clock = clock.plus(std::chrono::hours(24 * 7));  // Tuesday 8 January: five working days left
  auto version = file(id).version;
  const auto stop = [&](const std::string& reason, Date until) {
    return as(verifier, [&](auto& tx, const auto& who) {
      return suspend(tx, who, catalog(), id, version, reason, until, clock);
    });
  };
  EXPECT_EQ(stop("", Date::of(2019, 2, 28)), "case.reason");
  EXPECT_EQ(stop("waits for the police", Date::of(2018, 2, 28)), "case.until");
  EXPECT_EQ(stop("waits for the police", Date::of(2019, 2, 28)), "");
  EXPECT_EQ(file(id).state, "suspended");
  EXPECT_TRUE(file(id).due.is_never());
  EXPECT_EQ(file(id).days_left, 5);
  EXPECT_EQ(paper(id, verifier), "");               // papers may still come
  clock = clock.plus(std::chrono::hours(24 * 14));  // Tuesday 22 January
  version = file(id).version;
  EXPECT_EQ(as(verifier,
               [&](auto& tx, const auto& who) {
                 return resume(tx, who, catalog(), id, version, "answered", clock);
               }),
            "");
  EXPECT_EQ(file(id).state, "verifying");
  EXPECT_EQ(file(id).due.on, Date::of(2019, 1, 29));
  EXPECT_EQ(lead("EP-01-b").state, "verifying");
}

TEST_P(CaseTest, AYearWhoseHolidaysAreNotKnownIsSaid) {
  clock = Instant{1'798'675'200'000};  // 2026-12-31: the notice for 2027 is not in the calendar
  take("run9", {row("EP-09-a", insured(9))});
  EXPECT_TRUE(lead("EP-09-a").due.weekends_only);
  EXPECT_EQ(lead("EP-09-a").due.on.month().year(), 2027);
}

TEST_P(CaseTest, WhatWasConcludedIsVoidWhenItIsVerifiedAgain) {
  const auto id = concluded_case({{"EP-01-b", LeadResult::unfounded, 0, "repaid"}});
  const auto version = file(id).version;
  const auto anew = [&](const Player& by) {
    return as(by, [&](auto& tx, const auto& who) {
      return verify_again(tx, who, catalog(), id, version, "new evidence", clock);
    });
  };
  EXPECT_EQ(anew(reviewer), "access.no_right");
  EXPECT_EQ(anew(head), "");
  EXPECT_EQ(file(id).state, "verifying");
  EXPECT_FALSE(lead("EP-01-b").result);
  const auto outcomes =
      *database().read([&](store::Transaction& tx) { return precision(tx, root); });
  EXPECT_EQ(outcomes.at(0).concluded(), 0);
}

TEST_P(CaseTest, MeasuredPrecisionWeighsTheQueue) {
  done([&](store::Transaction& tx) {
    return tx.run(
        "INSERT INTO detection_outcome (code, confirmed, partly, unfounded, unverifiable)"
        " VALUES ('EP-01', 10, 5, 4, 1), ('EP-15', 1, 0, 0, 0)");
  });
  // The same runs as before: only the weight of EP-01 is known, and new.
  const auto taken = take("run1", {row("EP-01-a", insured(1)), row("EP-01-b", insured(2)),
                                   row("EP-15-a", insured(1), 50'000, "40.0")});
  EXPECT_EQ(taken, (TakenIn{0, 2, 0, 0, 1}));
  EXPECT_EQ(lead("EP-01-a").expected_fen, 75'000);
  EXPECT_EQ(lead("EP-15-a").expected_fen, 50'000);
  EXPECT_EQ(lead("EP-01-a").version, 0);
}

TEST_P(CaseTest, NobodysWholeNumberStandsInTheDesk) {
  const auto id = verified_case({"EP-01-b"});
  EXPECT_EQ(
      conclude_it(id, verifier,
                  {{"EP-01-b", LeadResult::unfounded, 0, "checked " + insured(2) + " twice"}}),
      "");
  done([&](store::Transaction& tx) -> Status {
    for (const auto* sql :
         {"SELECT content AS words FROM case_proposal", "SELECT subject_shown AS words FROM lead",
          "SELECT subject_shown AS words FROM case_file", "SELECT reason AS words FROM case_event",
          "SELECT coalesce(text, '') AS words FROM case_document"}) {
      const auto rows = tx.query(sql);
      if (!rows) return fail(rows.error());
      for (const auto& one : *rows)
        EXPECT_EQ(one.text("words").find(insured(2)), std::string::npos);
    }
    return {};
  });
}

TEST_P(CaseTest, TwoWhoAcceptAtOnceAreOneVerifier) {
  const auto id = case_of({"EP-01-b"});
  EXPECT_EQ(dispatch_it(id), "");
  const auto version = file(id).version;
  std::vector<std::string> codes(2);
  std::vector<std::thread> threads;
  const Player players[] = {verifier, other_verifier};
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      const auto result = database().write([&](store::Transaction& tx) -> Status {
        const auto who =
            access::Actor::load(tx, players[i].account, clock, access::post_rights(duties()),
                                access::Authenticated::session);
        if (!who) return fail(who.error());
        const auto accepted = accept(tx, *who, catalog(), id, version, clock);
        if (!accepted) return fail(accepted.error());
        return {};
      });
      if (!result) codes[i] = result.error().code;
    });
  }
  for (auto& thread : threads) thread.join();
  std::sort(codes.begin(), codes.end());
  EXPECT_THAT(codes, ElementsAre("", "store.stale"));
}

TEST_P(CaseTest, AgeingCountsWorkingDays) {
  clock = clock.plus(std::chrono::hours(24 * 14));  // Tuesday 15 January: ten working days
  const auto ages = *database().read(
      [&](store::Transaction& tx) { return ageing(tx, root, catalog(), clock.day()); });
  ASSERT_EQ(ages.size(), 1U);
  EXPECT_EQ(ages[0].state, "new");
  EXPECT_THAT(ages[0].leads, ElementsAre(0, 3, 0, 0, 0, 0));
  EXPECT_EQ(ages[0].overdue, 3);
  const auto of_others = *database().read([&](store::Transaction& tx) {
    return ageing(tx, actor(tx, verifier), catalog(), clock.day());
  });
  EXPECT_THAT(of_others, IsEmpty());
}

TEST_P(CaseTest, StockIsWhatCameLessWhatWent) {
  clock = clock.plus(std::chrono::hours(24 * 40));  // in February
  duties::MatterId matter;
  EXPECT_EQ(as(analyst,
               [&](auto& tx, const auto& who) {
                 auto made = propose_dismissal(tx, who, catalog(), "EP-01-a", 0, "small", clock);
                 if (made) matter = *made;
                 return made;
               }),
            "");
  EXPECT_EQ(decide_it(matter, head, "JZ"), "");
  const auto id = case_of({"EP-01-b"});
  EXPECT_EQ(dispatch_it(id), "");
  const auto of = [&](const Player& who) {
    return *database().read([&](store::Transaction& tx) {
      return stock_and_flow(tx, actor(tx, who), Month::of(2018, 12), Month::of(2019, 2));
    });
  };
  const auto whole = of(analyst);
  ASSERT_EQ(whole.size(), 3U);
  EXPECT_EQ(whole[0].closing, (FlowRow::Figure{0, 0}));
  EXPECT_EQ(whole[1].found, (FlowRow::Figure{3, 250'000}));
  EXPECT_EQ(whole[2].opening, (FlowRow::Figure{3, 250'000}));
  EXPECT_EQ(whole[2].dismissed, (FlowRow::Figure{1, 100'000}));
  EXPECT_EQ(whole[2].closing, (FlowRow::Figure{2, 150'000}));
  const auto district = of(verifier);
  EXPECT_EQ(district[2].moved_in, (FlowRow::Figure{1, 100'000}));
  EXPECT_EQ(district[2].closing, (FlowRow::Figure{1, 100'000}));
}

}  // namespace
}  // namespace anlan::cases
