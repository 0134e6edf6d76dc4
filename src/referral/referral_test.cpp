#include "referral/referral.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cases/test_follow.hpp"
#include "referral/test_terms.hpp"

namespace anlan::referral {
namespace {

using access::Actor;
using ::testing::ElementsAre;

class ReferralDeskTest : public cases::FollowTest {
 protected:
  std::vector<store::Schema> schemas() const override {
    auto all = FollowTest::schemas();
    all.push_back(referral::schema());
    return all;
  }
  void SetUp() override {
    FollowTest::SetUp();
    if (IsSkipped()) return;
    first_ = staff("JD", "bureau");
    second_ = staff("JD", "bureau");
    lawyer_ = staff("FZ", "bureau");
    leader_ = staff("DW", "bureau");
    case_ = make_case();
  }

  NewReferral content() const {
    return {case_,
            "fraud",
            SubjectKind::individual,
            1,
            Fen{5'000'000},
            false,
            "某市公安局",
            "隐瞒死亡事实，继续领取养老金。",
            {{"存折", "1本", "尾号1234", "证物室"}},
            second_.person};
  }
  ReferralId proposed() {
    return made([&] {
      return propose(tx(), rules(), who(first_), shipped_terms(), content(), "JD", moment());
    });
  }
  Referral now_of(ReferralId id) {
    return made([&] { return find(tx(), Actor::console("uid:0"), id); });
  }
  static const duties::Follows& follows() {
    static const auto all = [] {
      duties::Follows made;
      add_follow(made, shipped_terms());
      return made;
    }();
    return all;
  }
  std::string decide_as(const Player& player, ReferralId id, const std::string& step,
                        const std::string& post,
                        duties::Verdict verdict = duties::Verdict::approve) {
    return code([&] {
      const auto about = now_of(id).matter;
      return duties::decide(tx(), rules(), follows(), who(player),
                            {about, matter(about).version, step, verdict, post, "意见"}, moment());
    });
  }
  void approve_all(ReferralId id) {
    EXPECT_EQ(decide_as(second_, id, "second_officer", "JD"), "");
    EXPECT_EQ(decide_as(lawyer_, id, "legal_review", "FZ"), "");
    EXPECT_EQ(decide_as(leader_, id, "leader_decision", "DW"), "");
  }
  std::string enter_code(ReferralId id, const std::string& event, const std::string& sha256 = "",
                         const std::string& document = "公函1号") {
    return code([&] {
      return enter(tx(), who(first_), shipped_terms(), id, now_of(id).version,
                   {event, moment(), document, sha256, ""}, moment());
    });
  }
  std::vector<std::string> states_of_timers(ReferralId id) {
    std::vector<std::string> said;
    for (const auto& timer : timers_of(now_of(id), shipped_terms(), calendar(), moment()))
      said.push_back(timer.clock->name + " " + std::string(name_of(timer.state)));
    return said;
  }

  Player first_, second_, lawyer_, leader_;
  cases::CaseId case_;
};

TEST_P(ReferralDeskTest, TheWholeWayToAFiledCase) {
  const auto id = proposed();
  EXPECT_EQ(now_of(id).number, "2019-0001");
  EXPECT_EQ(now_of(id).assessment, Assessment::must_assess);
  EXPECT_EQ(enter_code(id, "handed_over", cases::some_sha256), "referral.state");
  approve_all(id);
  EXPECT_EQ(now_of(id).state, "approved");
  EXPECT_THAT(states_of_timers(id), ElementsAre("leader_decision in_time", "hand_over running"));
  EXPECT_EQ(enter_code(id, "handed_over"), "referral.file");  // without the pack's hash
  EXPECT_EQ(enter_code(id, "handed_over", cases::some_sha256, " "), "referral.text");
  EXPECT_EQ(enter_code(id, "clue_sent", cases::some_sha256), "referral.state");  // no official
  EXPECT_EQ(enter_code(id, "approved"), "referral.event");                       // of the matter
  EXPECT_EQ(enter_code(id, "unheard_of"), "referral.event");
  EXPECT_EQ(enter_code(id, "handed_over", cases::some_sha256), "");
  EXPECT_EQ(enter_code(id, "receipted"), "");
  days_pass(4);
  EXPECT_THAT(states_of_timers(id), ElementsAre("leader_decision in_time", "hand_over in_time",
                                                "receipt in_time", "police_decision overdue"));
  EXPECT_EQ(enter_code(id, "not_filed"), "");
  EXPECT_EQ(enter_code(id, "reconsideration_asked"), "");
  EXPECT_EQ(enter_code(id, "filed"), "");
  EXPECT_EQ(enter_code(id, "items_handed_over"), "");
  EXPECT_FALSE(now_of(id).over);
  EXPECT_EQ(enter_code(id, "ended"), "");
  EXPECT_TRUE(now_of(id).over);
  EXPECT_EQ(enter_code(id, "filed"), "referral.state");
  EXPECT_THAT(states_of_timers(id), ::testing::Contains("police_decision late"));
}

TEST_P(ReferralDeskTest, TwoOfficersAndNoOneTwice) {
  auto alone = content();
  alone.second_officer = first_.person;
  const auto try_it = [&](const NewReferral& referral) {
    return code([&] {
      return propose(tx(), rules(), who(first_), shipped_terms(), referral, "JD", moment());
    });
  };
  EXPECT_EQ(try_it(alone), "referral.two_officers");
  alone.second_officer = {};
  EXPECT_EQ(try_it(alone), "referral.two_officers");
  const auto id = proposed();
  EXPECT_EQ(try_it(content()), "referral.open");
  const auto third = staff("JD", "bureau");
  EXPECT_EQ(decide_as(third, id, "second_officer", "JD"), "referral.other_officer");
  auto again = second_account(first_);
  hold(again, "JD", "bureau");
  EXPECT_EQ(decide_as(again, id, "second_officer", "JD"), "duties.maker");
  EXPECT_EQ(decide_as(second_, id, "second_officer", "JD"), "");
  auto second_again = second_account(second_);
  hold(second_again, "FZ", "bureau");
  EXPECT_EQ(decide_as(second_again, id, "legal_review", "FZ"), "duties.decided");
  EXPECT_EQ(now_of(id).state, "proposed");
  EXPECT_EQ(decide_as(lawyer_, id, "legal_review", "FZ"), "");
  EXPECT_EQ(now_of(id).state, "reported");  // the leader's three days begin
  EXPECT_THAT(states_of_timers(id), ElementsAre("leader_decision running"));
  days_pass(4);
  EXPECT_THAT(states_of_timers(id), ElementsAre("leader_decision overdue"));
}

TEST_P(ReferralDeskTest, ARefusalHasItsReasonsFiled) {
  const auto id = proposed();
  EXPECT_EQ(decide_as(second_, id, "second_officer", "JD"), "");
  EXPECT_EQ(decide_as(lawyer_, id, "legal_review", "FZ"), "");
  EXPECT_EQ(decide_as(leader_, id, "leader_decision", "DW", duties::Verdict::reject), "");
  EXPECT_EQ(now_of(id).state, "refused");
  EXPECT_EQ(now_of(id).events.back().note, "意见");
  EXPECT_EQ(enter_code(id, "handed_over", cases::some_sha256), "referral.state");
  EXPECT_EQ(enter_code(id, "reasons_filed"), "");
  EXPECT_TRUE(now_of(id).over);
  EXPECT_NE(proposed(), id);  // another may be proposed
  EXPECT_EQ(now_of(ReferralId{id.value + 1}).number, "2019-0002");
}

TEST_P(ReferralDeskTest, WhatChangesIsDecidedAnew) {
  const auto id = proposed();
  EXPECT_EQ(decide_as(second_, id, "second_officer", "JD"), "");
  EXPECT_EQ(decide_as(lawyer_, id, "legal_review", "FZ", duties::Verdict::send_back), "");
  auto other = content();
  other.amount = Fen{240'000};
  EXPECT_EQ(code([&] {
              return referral::change(tx(), rules(), who(first_), shipped_terms(), id,
                                      now_of(id).version, other, "JD", moment());
            }),
            "");
  EXPECT_EQ(now_of(id).assessment, Assessment::near);
  EXPECT_EQ(decide_as(lawyer_, id, "legal_review", "FZ"), "duties.other_step");
  approve_all(id);
  EXPECT_EQ(code([&] {
              return referral::change(tx(), rules(), who(first_), shipped_terms(), id,
                                      now_of(id).version, other, "JD", moment());
            }),
            "referral.state");
}

TEST_P(ReferralDeskTest, AnOfficialsClueGoesToTheSupervisoryOrgan) {
  auto official = content();
  official.offence = "embezzlement";
  const auto try_it = [&] {
    return propose(tx(), rules(), who(first_), shipped_terms(), official, "JD", moment());
  };
  EXPECT_EQ(code(try_it), "referral.subject");
  official.subject = SubjectKind::official;
  const auto id = made(try_it);
  approve_all(id);
  EXPECT_EQ(enter_code(id, "handed_over", cases::some_sha256), "referral.state");
  EXPECT_EQ(enter_code(id, "clue_sent", cases::some_sha256), "");
  EXPECT_EQ(enter_code(id, "clue_receipted"), "");
  EXPECT_EQ(enter_code(id, "ended"), "");
}

TEST_P(ReferralDeskTest, TimesGoForward) {
  const auto id = proposed();
  approve_all(id);
  const auto at = [&](Instant when) {
    return code([&] {
      return enter(tx(), who(first_), shipped_terms(), id, now_of(id).version,
                   {"handed_over", when, "回执", cases::some_sha256, ""}, moment());
    });
  };
  EXPECT_EQ(at(moment().plus(std::chrono::milliseconds(1))), "referral.at");
  EXPECT_EQ(at(moment().plus(std::chrono::milliseconds(-1))),
            "referral.at");  // before the approval
  EXPECT_EQ(at(moment()), "");
}

TEST_P(ReferralDeskTest, WhoMaySeeAndWhoMayAct) {
  const auto id = proposed();
  const auto foreign = staff("JD", "d02-agency");
  EXPECT_EQ(code([&] { return find(tx(), who(foreign), id); }), "referral.not_found");
  EXPECT_TRUE(made([&] { return list(tx(), who(foreign), {}); }).empty());
  EXPECT_EQ(made([&] { return list(tx(), who(leader_), {}); }).size(), 1U);
  EXPECT_EQ(code([&] {
              return propose(tx(), rules(), who(foreign), shipped_terms(), content(), "JD",
                             moment());
            }),
            "case.not_found");
  EXPECT_EQ(code([&] {
              return propose(tx(), rules(), Actor::console("uid:0"), shipped_terms(), content(),
                             "JD", moment());
            }),
            "case.no_person");
  EXPECT_EQ(code([&] {
              return propose(tx(), rules(), who(lawyer_), shipped_terms(), content(), "FZ",
                             moment());
            }),
            "access.no_right");
  const auto withdraw_as = [&](const Player& player, std::int64_t version) {
    return code([&] {
      return duties::withdraw(tx(), rules(), follows(), who(player), now_of(id).matter, version,
                              moment());
    });
  };
  const auto version = matter(now_of(id).matter).version;
  EXPECT_EQ(withdraw_as(second_, version), "duties.not_maker");
  EXPECT_EQ(withdraw_as(first_, 0), "duties.stale");
  EXPECT_EQ(withdraw_as(first_, version), "");
  EXPECT_EQ(now_of(id).state, "withdrawn");
  EXPECT_TRUE(now_of(id).over);
  // Who stands aside in the case proposes nothing.
  EXPECT_TRUE(
      tx().run("INSERT INTO case_recusal (case_id, person_id, ground, source, reason,"
               " entered_by, entered_at) VALUES (?, ?, 'kin', 'declared', '', 'a', 0)",
               {case_.value, first_.person.value}));
  EXPECT_EQ(code([&] {
              return propose(tx(), rules(), who(first_), shipped_terms(), content(), "JD",
                             moment());
            }),
            "case.recused");
}

TEST_P(ReferralDeskTest, WhatIsWrongInAProposalIsNamed) {
  const auto try_it = [&](const NewReferral& referral) {
    return code([&] {
      return propose(tx(), rules(), who(first_), shipped_terms(), referral, "JD", moment());
    });
  };
  auto wrong = content();
  wrong.facts = " ";
  EXPECT_EQ(try_it(wrong), "referral.text");
  wrong = content();
  wrong.addressee = "";
  EXPECT_EQ(try_it(wrong), "referral.text");
  wrong = content();
  wrong.items.push_back({"", "1", "", ""});
  EXPECT_EQ(try_it(wrong), "referral.items");
  wrong = content();
  wrong.items.resize(201, {"物", "1", "", ""});
  EXPECT_EQ(try_it(wrong), "referral.items");
  wrong = content();
  wrong.second_officer = {999'999};
  EXPECT_EQ(try_it(wrong), "access.no_person");
  close_case(case_);
  EXPECT_EQ(try_it(content()), "case.closed");
}

INSTANTIATE_TEST_SUITE_P(Engines, ReferralDeskTest, store::both_engines, store::engine_name);

}  // namespace
}  // namespace anlan::referral
