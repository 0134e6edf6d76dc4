#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cases/test_follow.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FollowUpTest : public FollowTest {
 protected:
  void SetUp() override {
    FollowTest::SetUp();
    if (IsSkipped()) return;
    supervisor_ = supervisor();
    auditor_ = staff("JH");
    accountant_ = staff("KJ");
    head_ = staff("BM");
    case_ = make_case();
  }

  NewRecovery owed(std::int64_t fen, const std::string& interest = "none", int due_in = 30) const {
    return {case_,    Debtor::person,
            "",       "社会保险法第八十八条",
            Fen{fen}, Date{moment().day().days + due_in},
            interest};
  }
  RecoveryId add(std::int64_t fen, const std::string& interest = "none", int due_in = 30) {
    return made([&] {
      return add_recovery(tx(), who(accountant_), terms(), owed(fen, interest, due_in), moment());
    });
  }
  NewLine money(std::int64_t fen, Part part = Part::principal) const {
    return {LineKind::received, part, Fen{fen}, moment().day(), "银行回单0001"};
  }
  std::string pay(RecoveryId id, const NewLine& line) {
    return code([&] {
      return add_line(tx(), who(accountant_), terms(), id, recovery(id).version, line, moment());
    });
  }
  DisposalId dispose(const std::string& lead = "",
                     DisposalKind kind = DisposalKind::order_to_return) {
    return made([&] {
      return add_disposal(tx(), who(auditor_), catalog(),
                          {case_, lead, kind, "社稽追〔2019〕1号", "", Fen{100}, "查实多领"},
                          moment());
    });
  }
  NewRemedy change_of_mechanism() const {
    return {case_,
            RemedyKind::mechanism,
            RemedyMeans::control,
            "d01-agency",
            head_.person,
            "每月比对殡葬数据",
            "",
            Date{moment().day().days + 60}};
  }
  RemedyId order(const NewRemedy& remedy) {
    return made([&] { return order_remedy(tx(), who(supervisor_), remedy, moment()); });
  }
  duties::MatterId report(RemedyId id, const Player& by, const std::string& post) {
    return made([&] {
      return report_remedy(tx(), rules(), who(by), id, remedy(id).version, "已上线", {some_sha256},
                           "control:EP-01", post, moment());
    });
  }

  Player supervisor_, auditor_, accountant_, head_;
  CaseId case_;
};

// ---- closing

TEST_P(FollowUpTest, MoneyAloneClosesNothing) {
  EXPECT_THAT(open_codes(case_), IsEmpty());
  add_lead(case_, "EP-01-000000000001", "", 0);
  EXPECT_THAT(open_codes(case_), ElementsAre("lead.not_concluded"));
  EXPECT_TRUE(tx().run("UPDATE lead SET result = 'confirmed', confirmed_fen = 100000"));
  EXPECT_THAT(open_codes(case_),
              ElementsAre("disposal.missing", "mechanism.missing", "recovery.missing"));

  const auto short_one = add(60'000);
  EXPECT_THAT(open_codes(case_), ElementsAre("disposal.missing", "mechanism.missing",
                                             "recovery.short", "recovery.unsettled"));
  const auto rest = add(40'000);
  EXPECT_EQ(pay(short_one, money(60'000)), "");
  EXPECT_EQ(pay(rest, money(39'999)), "");
  EXPECT_THAT(open_codes(case_),
              ElementsAre("disposal.missing", "mechanism.missing", "recovery.unsettled"));
  EXPECT_EQ(pay(rest, money(1)), "");
  // All the money is back, to the fen, and the case cannot be closed.
  EXPECT_THAT(open_codes(case_), ElementsAre("disposal.missing", "mechanism.missing"));
  const auto paper = dispose();
  EXPECT_THAT(open_codes(case_), ElementsAre("mechanism.missing"));
  const auto mechanism = order(change_of_mechanism());
  EXPECT_THAT(open_codes(case_), ElementsAre("mechanism.missing", "mechanism.open"));
  const auto checked = report(mechanism, head_, "BM");
  EXPECT_THAT(open_codes(case_), ElementsAre("matter.open", "mechanism.missing", "mechanism.open"));
  EXPECT_EQ(decide_code(supervisor_, checked, "check", "JD"), "");
  EXPECT_THAT(open_codes(case_), IsEmpty());

  EXPECT_EQ(
      code([&] { return withdraw_disposal(tx(), who(auditor_), paper, 1, "文号有误", moment()); }),
      "");
  EXPECT_THAT(open_codes(case_), ElementsAre("disposal.missing"));
}

TEST_P(FollowUpTest, ASmallAmountIsNotForgotten) {
  add_lead(case_, "EP-01-000000000001", "partly", 1);  // one fen
  EXPECT_THAT(open_codes(case_),
              ElementsAre("disposal.missing", "mechanism.missing", "recovery.missing"));
}

TEST_P(FollowUpTest, UnfoundedLeadsNeedNothing) {
  add_lead(case_, "EP-01-000000000001", "unfounded", 0);
  add_lead(case_, "EP-01-000000000002", "unverifiable", 0);
  EXPECT_THAT(open_codes(case_), IsEmpty());
}

TEST_P(FollowUpTest, ADisposalOfOneLeadIsNotOneOfAnother) {
  add_lead(case_, "EP-01-000000000001", "confirmed", 0);
  add_lead(case_, "EP-01-000000000002", "confirmed", 0);
  dispose("EP-01-000000000001");
  const auto items = made([&] { return open_items(tx(), case_, terms(), moment().day()); });
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].code, "disposal.missing");
  EXPECT_EQ(items[0].about, "lead:EP-01-000000000002");
  EXPECT_FALSE(items[0].title.zh.empty());
  EXPECT_EQ(items[1].code, "mechanism.missing");
}

TEST_P(FollowUpTest, InstalmentsThatRunAreEnoughUntilOneIsOverdue) {
  add_lead(case_, "EP-01-000000000001", "confirmed", 100'000);
  dispose();
  const auto id = add(100'000);
  const auto today = moment().day();
  const auto plan = std::vector<Instalment>{{Date{today.days + 10}, Fen{50'000}},
                                            {Date{today.days + 40}, Fen{50'000}}};
  EXPECT_EQ(code([&] {
              return agree_instalments(tx(), who(accountant_), id, recovery(id).version, plan,
                                       "还款协议1号", moment());
            }),
            "");
  EXPECT_THAT(open_codes(case_), ElementsAre("mechanism.missing"));
  days_pass(10);
  EXPECT_THAT(open_codes(case_), ElementsAre("mechanism.missing"));  // its own day
  days_pass(1);
  EXPECT_THAT(open_codes(case_), ElementsAre("mechanism.missing", "recovery.overdue"));
  EXPECT_TRUE(balance(id).overdue);
  EXPECT_EQ(pay(id, money(49'999)), "");
  EXPECT_THAT(open_codes(case_), ElementsAre("mechanism.missing", "recovery.overdue"));
  EXPECT_EQ(pay(id, money(1)), "");
  EXPECT_THAT(open_codes(case_), ElementsAre("mechanism.missing"));
  EXPECT_TRUE(balance(id).running);
}

// ---- money

TEST_P(FollowUpTest, TheBalanceIsNeverBelowZero) {
  const auto id = add(1'000);
  struct Row {
    NewLine line;
    const char* code;
  };
  auto tomorrow = money(1);
  tomorrow.on = Date{moment().day().days + 1};
  auto no_paper = money(1);
  no_paper.document = " ";
  auto by_hand = money(1);
  by_hand.kind = LineKind::written_off;
  const Row rows[] = {
      {money(0), "recovery.amount"},
      {money(-1), "recovery.amount"},
      {money(1'001), "recovery.balance"},
      {money(1, Part::interest), "recovery.balance"},  // none is due
      {tomorrow, "recovery.day"},
      {no_paper, "recovery.text"},
      {by_hand, "recovery.line_kind"},
      {money(999), ""},
      {money(2), "recovery.balance"},
      {money(1), ""},
      {money(1), "recovery.balance"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(pay(id, row.line), row.code);
    EXPECT_GE(balance(id).open.value, 0);
  }
  EXPECT_TRUE(balance(id).settled);
}

TEST_P(FollowUpTest, TwoPaymentsAtOnceDoNotTakeMoreThanIsDue) {
  const auto id = add(1'000);
  const auto version = recovery(id).version;
  const auto paying = [&](const Player& player) {
    return [this, id, player, version](store::Transaction& transaction) -> Status {
      auto actor = Actor::load(transaction, player.account, moment(),
                               access::post_rights(duties::shipped()), player.how);
      if (!actor) return fail(actor.error());
      const auto line = add_line(transaction, *actor, terms(), id, version, money(600), moment());
      if (!line) return fail(line.error());
      return {};
    };
  };
  auto codes = at_once({paying(accountant_), paying(auditor_)});
  std::sort(codes.begin(), codes.end());
  EXPECT_THAT(codes, ElementsAre("", "store.stale"));
  EXPECT_EQ(balance(id).open, Fen{400});
}

TEST_P(FollowUpTest, InterestIsAddedAndSettledApart) {
  const auto id = add(1'000'000, "late_contribution", 0);
  EXPECT_EQ(balance(id).interest, Fen{0});
  days_pass(10);
  EXPECT_EQ(balance(id).interest_open, Fen{5'000});
  EXPECT_EQ(pay(id, money(5'001, Part::interest)), "recovery.balance");
  EXPECT_EQ(pay(id, money(5'000, Part::interest)), "");
  EXPECT_EQ(pay(id, money(1'000'000)), "");
  EXPECT_EQ(balance(id).interest_open, Fen{0});
}

TEST_P(FollowUpTest, APaymentDatedBackDoesNotPushInterestBelowZero) {
  const auto id = add(1'000'000, "late_contribution", 0);
  days_pass(10);
  EXPECT_EQ(pay(id, money(5'000, Part::interest)), "");
  auto earlier = money(1'000'000);
  earlier.on = Date{moment().day().days - 5};  // then only 5 days cost something: 2,500 fen
  EXPECT_EQ(pay(id, earlier), "recovery.balance");
  EXPECT_EQ(balance(id).open, Fen{1'000'000});
}

TEST_P(FollowUpTest, AWrongLineIsReversedAndStays) {
  const auto id = add(1'000);
  EXPECT_EQ(pay(id, money(400)), "");
  const auto line = recovery(id).lines.at(0).id;
  const auto reverse = [&](const std::string& reason) {
    return code([&] {
      return reverse_line(tx(), who(accountant_), id, recovery(id).version, line, reason, moment());
    });
  };
  EXPECT_EQ(reverse(""), "recovery.text");
  EXPECT_EQ(reverse("记错户"), "");
  EXPECT_EQ(reverse("再次"), "recovery.line_reversed");
  EXPECT_EQ(balance(id).open, Fen{1'000});
  EXPECT_EQ(recovery(id).lines.at(0).reversed_reason, "记错户");
}

TEST_P(FollowUpTest, APlanIsExactlyWhatIsOpen) {
  const auto id = add(1'000);
  const auto day = [&](int days) { return Date{moment().day().days + days}; };
  struct Row {
    std::vector<Instalment> plan;
    const char* code;
  };
  const Row rows[] = {
      {{}, "recovery.plan"},
      {{{day(0), Fen{999}}}, "recovery.plan"},
      {{{day(0), Fen{1'001}}}, "recovery.plan"},
      {{{day(-1), Fen{1'000}}}, "recovery.plan"},
      {{{day(0), Fen{1'000}}, {day(1), Fen{0}}}, "recovery.plan"},
      {{{day(5), Fen{500}}, {day(5), Fen{500}}}, "recovery.plan"},
      {{{day(5), Fen{500}}, {day(6), Fen{500}}}, ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(code([&] {
                return agree_instalments(tx(), who(accountant_), id, recovery(id).version, row.plan,
                                         "协议", moment());
              }),
              row.code);
  }
  EXPECT_EQ(recovery(id).plan.size(), 2U);
  // A reversed payment opens more than the plan covers: the plan runs no longer.
  EXPECT_TRUE(balance(id).running);
}

// ---- write-offs

class WriteOffTest : public FollowUpTest {
 protected:
  void SetUp() override {
    FollowUpTest::SetUp();
    if (IsSkipped()) return;
    finance_ = staff("CZ");
    unit_head_ = staff("DW");
    supervision_head_ = staff("JZ", "bureau");
  }
  WriteOff ask(RecoveryId id, std::int64_t fen, const Player& by, const std::string& post) {
    return made([&] {
      return ask_write_off(tx(), rules(), who(by), terms(), id, recovery(id).version,
                           Part::principal, Fen{fen}, "债务人死亡且无遗产", post, moment());
    });
  }
  /// Three of the four steps.
  void decide_but_the_last(duties::MatterId id) {
    EXPECT_EQ(decide_code(auditor_, id, "control_check", "JH"), "");
    EXPECT_EQ(decide_code(finance_, id, "finance_check", "CZ"), "");
    EXPECT_EQ(decide_code(unit_head_, id, "leader_approval", "DW"), "");
  }
  Player finance_, unit_head_, supervision_head_;
};

TEST_P(WriteOffTest, NothingIsGivenUpBeforeTheLastStep) {
  const auto id = add(1'000);
  const auto asked = ask(id, 1'000, head_, "BM");
  EXPECT_EQ(matter(asked.matter).about, word_of(case_) + "/recovery:" + std::to_string(id.value));
  EXPECT_THAT(open_codes(case_), ElementsAre("matter.open", "recovery.unsettled"));
  decide_but_the_last(asked.matter);
  EXPECT_EQ(balance(id).open, Fen{1'000});
  EXPECT_EQ(decide_code(supervision_head_, asked.matter, "supervision", "JZ"), "");
  EXPECT_EQ(balance(id).open, Fen{0});
  EXPECT_EQ(balance(id).written_off, Fen{1'000});
  EXPECT_THAT(open_codes(case_), IsEmpty());
  const auto line = recovery(id).lines.at(0);
  EXPECT_EQ(line.kind, LineKind::written_off);
  EXPECT_EQ(line.matter, asked.matter);
  EXPECT_EQ(code([&] {
              return reverse_line(tx(), who(accountant_), id, recovery(id).version, line.id, "改",
                                  moment());
            }),
            "recovery.line_final");
}

TEST_P(WriteOffTest, WhoAskedDecidesNothingUnderASecondAccountEither) {
  const auto id = add(1'000);
  const auto asked = ask(id, 1'000, head_, "BM");
  auto again = second_account(head_);
  for (const auto* post : {"JH", "CZ", "DW"}) hold(again, post);
  EXPECT_EQ(decide_code(again, asked.matter, "control_check", "JH"), "duties.maker");
  EXPECT_EQ(decide_code(auditor_, asked.matter, "control_check", "JH"), "");
  EXPECT_EQ(decide_code(again, asked.matter, "finance_check", "CZ"), "duties.maker");
  // Nor one who decided a step before.
  auto auditor_again = second_account(auditor_);
  hold(auditor_again, "CZ");
  EXPECT_EQ(decide_code(auditor_again, asked.matter, "finance_check", "CZ"), "duties.decided");
}

TEST_P(WriteOffTest, WhoRegisteredOrReceivedTheMoneyDecidesNothing) {
  const auto id =
      made([&] { return add_recovery(tx(), who(auditor_), terms(), owed(1'000), moment()); });
  const auto receiver = staff("JH");
  EXPECT_EQ(code([&] {
              return add_line(tx(), who(receiver), terms(), id, recovery(id).version, money(100),
                              moment());
            }),
            "");
  const auto asked = ask(id, 900, head_, "BM");
  EXPECT_EQ(decide_code(auditor_, asked.matter, "control_check", "JH"), "duties.handler");
  EXPECT_EQ(decide_code(receiver, asked.matter, "control_check", "JH"), "duties.handler");
  EXPECT_EQ(decide_code(staff("JH"), asked.matter, "control_check", "JH"), "");
}

TEST_P(WriteOffTest, MoneyThatCameMeanwhileIsNotWrittenOffToo) {
  const auto id = add(1'000);
  const auto asked = ask(id, 1'000, head_, "BM");
  decide_but_the_last(asked.matter);
  EXPECT_EQ(pay(id, money(1)), "");
  EXPECT_EQ(decide_code(supervision_head_, asked.matter, "supervision", "JZ"), "recovery.balance");
  EXPECT_EQ(matter(asked.matter).state, duties::MatterState::open);  // the refusal left nothing
  // Its maker changes it, and it is decided from the beginning.
  EXPECT_EQ(code([&] {
              return change_write_off(tx(), rules(), who(head_), terms(), asked.id,
                                      matter(asked.matter).version, Fen{999}, "已收回1分", "BM",
                                      moment());
            }),
            "");
  EXPECT_EQ(decide_code(supervision_head_, asked.matter, "supervision", "JZ"), "duties.other_step");
  decide_but_the_last(asked.matter);
  EXPECT_EQ(decide_code(supervision_head_, asked.matter, "supervision", "JZ"), "");
  EXPECT_TRUE(balance(id).settled);
}

TEST_P(WriteOffTest, OneAtATimeAndNeverMoreThanIsOpen) {
  const auto id = add(1'000);
  const auto try_it = [&](std::int64_t fen, const std::string& grounds) {
    return code([&] {
      return ask_write_off(tx(), rules(), who(head_), terms(), id, recovery(id).version,
                           Part::principal, Fen{fen}, grounds, "BM", moment());
    });
  };
  EXPECT_EQ(try_it(1'001, "甲"), "recovery.balance");
  EXPECT_EQ(try_it(0, "甲"), "recovery.amount");
  EXPECT_EQ(try_it(1, ""), "recovery.text");
  EXPECT_EQ(try_it(1, "甲"), "");
  EXPECT_EQ(try_it(1, "甲"), "recovery.write_off_open");
  const auto all = made([&] { return list_write_offs(tx(), Actor::console("uid:0"), id); });
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(decide_code(auditor_, all[0].matter, "control_check", "JH", duties::Verdict::reject),
            "");
  EXPECT_EQ(balance(id).open, Fen{1'000});
  EXPECT_EQ(try_it(1, "乙"), "");  // a rejected one is over
  const auto second = list_write_offs(tx(), Actor::console("uid:0"), id)->at(1);
  EXPECT_EQ(code([&] {
              return duties::withdraw(tx(), rules(), follows(), who(accountant_), second.matter,
                                      matter(second.matter).version, moment());
            }),
            "duties.not_maker");
  EXPECT_EQ(code([&] {
              return duties::withdraw(tx(), rules(), follows(), who(head_), second.matter,
                                      matter(second.matter).version, moment());
            }),
            "");
  EXPECT_THAT(open_codes(case_), ElementsAre("recovery.unsettled"));
}

TEST_P(WriteOffTest, TheOneWayToDecideCarriesItOut) {
  const auto id = add(1'000);
  const auto asked = ask(id, 1'000, head_, "BM");
  EXPECT_EQ(code([&] {
              return duties::withdraw(tx(), rules(), follows(), who(head_), asked.matter,
                                      matter(asked.matter).version, moment());
            }),
            "");
  EXPECT_EQ(list_write_offs(tx(), Actor::console("uid:0"), id)->at(0).state, "withdrawn");
  const auto again = ask(id, 1'000, head_, "BM");
  const auto decide_step = [&](const Player& by, const std::string& step, const std::string& post) {
    return code([&] {
      return duties::decide(
          tx(), rules(), follows(), who(by),
          {again.matter, matter(again.matter).version, step, duties::Verdict::approve, post, ""},
          moment());
    });
  };
  EXPECT_EQ(decide_step(auditor_, "control_check", "JH"), "");
  EXPECT_EQ(decide_step(finance_, "finance_check", "CZ"), "");
  EXPECT_EQ(decide_step(unit_head_, "leader_approval", "DW"), "");
  EXPECT_EQ(balance(id).open, Fen{1'000});
  EXPECT_EQ(decide_step(supervision_head_, "supervision", "JZ"), "");
  EXPECT_TRUE(balance(id).settled);
}

// ---- putting right, and changing the mechanism

TEST_P(FollowUpTest, WhoSaysItIsDoneDoesNotCheckIt) {
  auto both = staff("BM");
  hold(both, "JD", "bureau");
  const auto id = order(change_of_mechanism());
  const auto checked = report(id, both, "BM");
  EXPECT_EQ(decide_code(both, checked, "check", "JD"), "duties.maker");
  auto second = second_account(both);
  hold(second, "JD", "bureau");
  EXPECT_EQ(decide_code(second, checked, "check", "JD"), "duties.maker");
  // Nor does who answers for it, though another reported.
  auto owner = second_account(head_);
  hold(owner, "JD", "bureau");
  EXPECT_EQ(decide_code(owner, checked, "check", "JD"), "duties.handler");
  EXPECT_EQ(remedy(id).state, RemedyState::reported);
  EXPECT_EQ(decide_code(supervisor_, checked, "check", "JD"), "");
  EXPECT_EQ(remedy(id).state, RemedyState::checked);
}

TEST_P(FollowUpTest, WhatIsSentBackIsDoneAgainAndWhatIsRejectedReportedAnew) {
  auto put_right = change_of_mechanism();
  put_right.kind = RemedyKind::rectification;
  put_right.means = RemedyMeans::none;
  const auto id = order(put_right);
  const auto first = report(id, head_, "BM");
  EXPECT_EQ(decide_code(auditor_, first, "check", "JH", duties::Verdict::send_back), "");
  EXPECT_EQ(remedy(id).state, RemedyState::ordered);
  EXPECT_THAT(open_codes(case_), ElementsAre("matter.open", "rectification.open"));
  EXPECT_EQ(report(id, head_, "BM"), first);  // the same matter, another round
  EXPECT_EQ(decide_code(auditor_, first, "check", "JH", duties::Verdict::reject), "");
  EXPECT_EQ(remedy(id).matter, std::nullopt);
  const auto second = report(id, head_, "BM");
  EXPECT_NE(second, first);
  EXPECT_EQ(decide_code(auditor_, second, "check", "JH"), "");
  EXPECT_THAT(open_codes(case_), IsEmpty());
}

TEST_P(FollowUpTest, ARemedyNeedsWhatItNeeds) {
  const auto try_order = [&](const NewRemedy& remedy) {
    return code([&] { return order_remedy(tx(), who(supervisor_), remedy, moment()); });
  };
  auto wrong = change_of_mechanism();
  wrong.what = "";
  EXPECT_EQ(try_order(wrong), "remedy.text");
  wrong = change_of_mechanism();
  wrong.means = RemedyMeans::none;
  EXPECT_EQ(try_order(wrong), "remedy.means");
  wrong.kind = RemedyKind::rectification;
  wrong.means = RemedyMeans::control;
  EXPECT_EQ(try_order(wrong), "remedy.means");
  wrong = change_of_mechanism();
  wrong.organisation = "nowhere";
  EXPECT_EQ(try_order(wrong), "access.no_organisation");
  wrong.organisation = "d02-agency";  // where the owner does not work
  EXPECT_EQ(try_order(wrong), "access.no_person");

  const auto id = order(change_of_mechanism());
  const auto try_report = [&](const std::string& text, const std::vector<std::string>& files) {
    return code([&] {
      return report_remedy(tx(), rules(), who(head_), id, remedy(id).version, text, files, "", "BM",
                           moment());
    });
  };
  EXPECT_EQ(try_report("", {some_sha256}), "remedy.text");
  EXPECT_EQ(try_report("已改", {}), "remedy.evidence");
  EXPECT_EQ(try_report("已改", {"../etc/passwd"}), "remedy.evidence");
  EXPECT_FALSE(remedy(id).overdue);
  days_pass(60);
  EXPECT_FALSE(remedy(id).overdue);  // its own day
  days_pass(1);
  EXPECT_TRUE(remedy(id).overdue);
  const auto withdraw = [&] {
    return code([&] {
      return withdraw_remedy(tx(), who(supervisor_), id, remedy(id).version, "重复", moment());
    });
  };
  EXPECT_EQ(withdraw(), "");
  EXPECT_EQ(withdraw(), "remedy.state");
  EXPECT_EQ(try_report("已改", {some_sha256}), "remedy.state");
}

// ---- disposals

TEST_P(FollowUpTest, NoneIsNeededOnlyOfWhatIsUnfounded) {
  add_lead(case_, "EP-01-000000000001", "unfounded", 0);
  add_lead(case_, "EP-01-000000000002", "confirmed", 100);
  add_lead(case_, "EP-01-000000000003", "", 0);
  const auto none = [&](const std::string& lead) {
    return code([&] {
      return add_disposal(tx(), who(auditor_), catalog(),
                          {case_, lead, DisposalKind::none_needed, "", "", Fen{0}, "不属实"},
                          moment());
    });
  };
  EXPECT_EQ(none("EP-01-000000000001"), "");
  EXPECT_EQ(none("EP-01-000000000002"), "disposal.needed");
  EXPECT_EQ(none("EP-01-000000000003"), "disposal.needed");
  EXPECT_EQ(none(""), "disposal.needed");
  EXPECT_EQ(none("EP-01-00000000000x"), "disposal.no_lead");
}

TEST_P(FollowUpTest, TheFirstDisposalTakesAConcludedCaseOn) {
  EXPECT_TRUE(tx().run("UPDATE case_file SET state = 'concluded'"));
  const auto state = [&] {
    return made([&] { return find_case(tx(), Actor::console("uid:0"), case_); }).state;
  };
  EXPECT_EQ(state(), "concluded");
  dispose();
  EXPECT_EQ(state(), "disposing");
  dispose();
  EXPECT_EQ(state(), "disposing");
}

TEST_P(FollowUpTest, ADisposalIsCheckedField) {
  struct Row {
    NewDisposal disposal;
    const char* code;
  };
  const NewDisposal good{case_, "", DisposalKind::correction, "更正单1号", "", Fen{0}, "录入有误"};
  auto no_paper = good, no_grounds = good, owed = good, file = good, long_one = good;
  no_paper.document = "";
  no_grounds.grounds = "　";
  owed.amount = Fen{-1};
  file.file_sha256 = "A";
  long_one.grounds = std::string(3001, 'x');
  const Row rows[] = {{good, ""},
                      {no_paper, "disposal.text"},
                      {no_grounds, "disposal.text"},
                      {owed, "disposal.amount"},
                      {file, "disposal.file"},
                      {long_one, "disposal.text"}};
  for (const auto& row : rows) {
    EXPECT_EQ(
        code([&] { return add_disposal(tx(), who(auditor_), catalog(), row.disposal, moment()); }),
        row.code);
  }
  const auto all = made([&] { return list_disposals(tx(), who(auditor_), case_); });
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].made.document, "更正单1号");
}

// ---- letters to others

TEST_P(FollowUpTest, ALetterIsDueInWorkingDays) {
  // Tuesday 1 January 2019; the test's calendar knows weekends only.
  const auto id = made([&] {
    return send_request(tx(), who(auditor_), calendar(),
                        {case_, "", "公安局", "协查1号", "请核实出入境记录", 5}, moment());
  });
  const auto seen = [&] {
    return made([&] { return find_request(tx(), who(auditor_), id, moment().day()); });
  };
  EXPECT_EQ(format_date(seen().due_on), "2019-01-08");  // a weekend lies between
  EXPECT_THAT(open_codes(case_), ElementsAre("request.open"));
  days_pass(7);
  EXPECT_FALSE(seen().overdue);
  days_pass(1);
  EXPECT_TRUE(seen().overdue);
  EXPECT_EQ(code([&] {
              return answer_request(tx(), who(auditor_), id, 1, {"无记录", "公函9号", some_sha256},
                                    moment());
            }),
            "");
  EXPECT_TRUE(seen().late);
  EXPECT_FALSE(seen().overdue);
  EXPECT_THAT(open_codes(case_), IsEmpty());
  EXPECT_EQ(code([&] {
              return answer_request(tx(), who(auditor_), id, 2, {"再答", "", ""}, moment());
            }),
            "request.state");
}

TEST_P(FollowUpTest, ALetterIsAnsweredByWhomItAsks) {
  const auto asked = staff("BM", "d02-agency");
  const auto id = made([&] {
    return send_request(tx(), who(auditor_), calendar(),
                        {case_, "d02-agency", "", "协查2号", "是否重复参保", 10}, moment());
  });
  const Answer answer{"未重复", "", ""};
  const auto try_it = [&](const Player& player) {
    return code([&] { return answer_request(tx(), who(player), id, 1, answer, moment()); });
  };
  EXPECT_EQ(try_it(auditor_), "access.no_right");  // asked it themselves
  EXPECT_EQ(try_it(staff("SL", "d02-agency")), "request.not_found");
  EXPECT_EQ(try_it(staff("BM", "bureau")), "");  // above them both
  EXPECT_EQ(try_it(asked), "request.state");
  // They see the letter, and not the case.
  EXPECT_EQ(made([&] { return list_requests(tx(), who(asked), {}, moment().day()); }).size(), 1U);
  EXPECT_EQ(code([&] { return list_disposals(tx(), who(asked), case_); }), "case.not_found");

  const auto wrong = [&](const NewRequest& request) {
    return code([&] { return send_request(tx(), who(auditor_), calendar(), request, moment()); });
  };
  EXPECT_EQ(wrong({case_, "", "", "号", "问", 5}), "request.to");
  EXPECT_EQ(wrong({case_, "d02", "公安局", "号", "问", 5}), "request.to");
  EXPECT_EQ(wrong({case_, "nowhere", "", "号", "问", 5}), "access.no_organisation");
  EXPECT_EQ(wrong({case_, "d02", "", "号", "问", 0}), "request.days");
  EXPECT_EQ(wrong({case_, "d02", "", "号", "问", 251}), "request.days");
  EXPECT_EQ(wrong({case_, "d02", "", "号", "", 5}), "request.text");
}

// ---- who answers for it

TEST_P(FollowUpTest, NobodyAnswersForThemselvesOrRecordsWhatTheyProposed) {
  const auto answerable = staff("JH");
  const auto propose = [&](const Player& by) {
    return code([&] {
      return propose_accountability(
          tx(), who(by),
          {case_, answerable.person, AccountableRole::direct, "未按规定复核", Fen{5}}, moment());
    });
  };
  EXPECT_EQ(propose(answerable), "accountability.own");
  EXPECT_EQ(propose(auditor_), "");
  const auto id = made([&] { return list_accountabilities(tx(), who(auditor_), case_); })[0].id;
  const AccountabilityDecision decision{"诫勉", "津社发〔2019〕3号", "", moment().day()};
  const auto record = [&](const Player& by, const AccountabilityDecision& what) {
    return code([&] { return record_accountability(tx(), who(by), id, 1, what, moment()); });
  };
  EXPECT_EQ(record(answerable, decision), "accountability.own");
  EXPECT_EQ(record(auditor_, decision), "accountability.maker");
  auto again = second_account(auditor_);
  hold(again, "JH");
  EXPECT_EQ(record(again, decision), "accountability.maker");
  auto tomorrow = decision;
  tomorrow.on = Date{decision.on.days + 1};
  EXPECT_EQ(record(supervisor_, tomorrow), "accountability.day");
  EXPECT_EQ(record(supervisor_, decision), "");
  EXPECT_EQ(record(supervisor_, decision), "accountability.decided");
}

// ---- who may, and when

TEST_P(FollowUpTest, ARightAScopeAndAPersonAreNeeded) {
  const auto id = add(1'000);
  const auto try_add = [&](const Actor& actor) {
    return code([&] { return add_recovery(tx(), actor, terms(), owed(1), moment()); });
  };
  EXPECT_EQ(try_add(who(staff("SL"))), "access.no_right");
  EXPECT_EQ(try_add(who(staff("KJ", "d02-agency"))), "case.not_found");
  EXPECT_EQ(try_add(Actor::console("uid:0")), "case.no_person");
  EXPECT_EQ(try_add(who(by_token(accountant_))), "case.no_person");
  const auto foreign = who(staff("KJ", "d02-agency"));
  EXPECT_EQ(code([&] { return find_recovery(tx(), foreign, id); }), "recovery.not_found");
  EXPECT_EQ(code([&] { return add_line(tx(), foreign, terms(), id, 1, money(1), moment()); }),
            "recovery.not_found");
  EXPECT_TRUE(made([&] { return list_recoveries(tx(), foreign, {}); }).empty());
  EXPECT_EQ(made([&] { return list_recoveries(tx(), who(supervisor_), {}); }).size(), 1U);
  // Somebody was faster.
  EXPECT_EQ(pay(id, money(1)), "");
  EXPECT_EQ(
      code([&] { return add_line(tx(), who(accountant_), terms(), id, 1, money(1), moment()); }),
      "store.stale");
  close_case(case_);
  EXPECT_EQ(try_add(who(accountant_)), "case.closed");
  EXPECT_EQ(pay(id, money(1)), "case.closed");
}

TEST_P(FollowUpTest, NoIdNumberStaysInTheDesk) {
  const auto number = std::string(id_number(77).reveal());
  const auto text = "当事人" + number + "称已退回";
  add_lead(case_, "EP-01-000000000001", "confirmed", 100);
  made([&] {
    return add_disposal(tx(), who(auditor_), catalog(),
                        {case_, "", DisposalKind::correction, text, "", Fen{0}, text}, moment());
  });
  auto recovery_of_it = owed(100);
  recovery_of_it.basis = recovery_of_it.debtor_shown = text;
  const auto owed_id =
      made([&] { return add_recovery(tx(), who(accountant_), terms(), recovery_of_it, moment()); });
  auto line = money(10);
  line.document = text;
  EXPECT_EQ(pay(owed_id, line), "");
  auto remedy_of_it = change_of_mechanism();
  remedy_of_it.what = remedy_of_it.document = text;
  const auto remedy_id = order(remedy_of_it);
  made([&] {
    return report_remedy(tx(), rules(), who(head_), remedy_id, 1, text, {some_sha256}, text, "BM",
                         moment());
  });
  const auto request = made([&] {
    return send_request(tx(), who(auditor_), calendar(), {case_, "", "公安局", text, text, 5},
                        moment());
  });
  EXPECT_EQ(code([&] {
              return answer_request(tx(), who(auditor_), request, 1, {text, text, ""}, moment());
            }),
            "");
  made([&] {
    return propose_accountability(tx(), who(auditor_),
                                  {case_, head_.person, AccountableRole::direct, text, Fen{0}},
                                  moment());
  });
  made([&] {
    return ask_write_off(tx(), rules(), who(head_), terms(), owed_id, 2, Part::principal, Fen{1},
                         text, "BM", moment());
  });
  for (const auto* table : {"disposal", "recovery", "recovery_line", "remedy", "case_request",
                            "accountability", "write_off", "journal_outbox"}) {
    const auto rows = tx().query(std::string("SELECT * FROM ") + table);
    ASSERT_TRUE(rows);
    EXPECT_FALSE(rows->empty()) << table;
    for (const auto& row : *rows) {
      for (const auto& value : row.values()) {
        if (const auto* held = std::get_if<std::string>(&value.held())) {
          EXPECT_EQ(held->find(number), std::string::npos) << table;
        }
      }
    }
  }
}

TEST_P(FollowUpTest, WhoStandsAsideDoesNothingInTheCase) {
  const auto mechanism = order(change_of_mechanism());
  const auto checked = report(mechanism, head_, "BM");
  for (const auto& one : {accountant_, supervisor_}) {
    EXPECT_TRUE(
        tx().run("INSERT INTO case_recusal (case_id, person_id, ground, source, reason,"
                 " entered_by, entered_at) VALUES (?, ?, 'handler', 'found', '', 'a', 0)",
                 {case_.value, one.person.value}));
  }
  EXPECT_EQ(code([&] { return add_recovery(tx(), who(accountant_), terms(), owed(1), moment()); }),
            "case.recused");
  EXPECT_EQ(decide_code(supervisor_, checked, "check", "JD"), "case.recused");
  // And nobody acts in what is about themselves or their kin.
  EXPECT_TRUE(tx().run("UPDATE case_file SET subject_blind = ?", {blind(auditor_).value()}));
  const auto disposing = [&](const Player& player) {
    return code([&] {
      return add_disposal(tx(), who(player), catalog(),
                          {case_, "", DisposalKind::correction, "号", "", Fen{0}, "由"}, moment());
    });
  };
  EXPECT_EQ(disposing(auditor_), "case.subject");
  const auto sister = staff("JH");
  declare(sister, auditor_);
  EXPECT_EQ(disposing(sister), "case.kin");
}

TEST_P(FollowUpTest, WhatIsDoneIsToldWithoutNamesOrTexts) {
  const auto id = add(1'000);
  EXPECT_EQ(pay(id, money(10)), "");
  settle();
  const auto rows = database().read([&](store::Transaction& transaction) {
    return transaction.query("SELECT act FROM journal_outbox ORDER BY position");
  });
  ASSERT_TRUE(rows) << rows.error().detail;
  std::vector<std::string> acts;
  for (const auto& row : *rows) {
    auto told = nlohmann::json::parse(row.text("act"));
    const auto whole = told.dump();
    if (whole.find("recovery.") == std::string::npos) continue;
    EXPECT_THAT(whole, HasSubstr(word_of(case_)));
    told.erase("personal");
    acts.push_back(told.dump());
  }
  ASSERT_EQ(acts.size(), 2U);
  EXPECT_THAT(acts[0], HasSubstr("recovery.added"));
  EXPECT_THAT(acts[1], HasSubstr("recovery.received"));
  EXPECT_THAT(acts[1], ::testing::Not(HasSubstr("银行回单")));
}

INSTANTIATE_TEST_SUITE_P(Engines, FollowUpTest, store::both_engines, store::engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, WriteOffTest, store::both_engines, store::engine_name);

}  // namespace
}  // namespace anlan::cases
