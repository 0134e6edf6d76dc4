#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "catalog/duties.hpp"
#include "duties/breaches.hpp"
#include "duties/matter.hpp"
#include "duties/test_cast.hpp"

namespace anlan::duties {
namespace {

using catalog::Chain;
using catalog::ChainStep;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ApproveTest : public CastTest {};
INSTANTIATE_TEST_SUITE_P(Engines, ApproveTest, store::both_engines, store::engine_name);

/// A post that may not be held together with any of these, or "".
std::string forbidden_with(const std::string& post) {
  for (const auto& other : shipped().posts) {
    const std::vector<catalog::Holding> held = {{post, "a"}, {other.code, "b"}};
    for (const auto& broken : shipped().broken_by(held, {})) {
      if (broken.level == catalog::PairLevel::hard) return other.code;
    }
  }
  return "";
}

/// A post that the step does not ask for.
std::string other_post(const ChainStep& step) {
  for (const auto& post : shipped().posts) {
    if (std::find(step.posts.begin(), step.posts.end(), post.code) == step.posts.end())
      return post.code;
  }
  return "";
}

/// All that is tried at one step of one matter: who tries it, and what they must be told.
class StepTrial {
 public:
  StepTrial(CastTest& test, const Chain& chain, const CastTest::Open& matter)
      : test_(test), chain_(chain), matter_(matter) {}

  int tried() const { return tried_; }

  /// Somebody who may do it, at the matter's step.
  CastTest::Player good(const ChainStep& step, const std::string& organisation = "d01-agency") {
    auto player = test_.player();
    if (!step.posts.empty()) test_.hold(player, step.posts.front(), organisation);
    return player;
  }

  void refused(const std::string& what, const CastTest::Player& player, const Decision& decision,
               const std::string& code) {
    ++tried_;
    const auto outcome = test_.attempt(player, decision);
    EXPECT_FALSE(outcome) << chain_.name << ' ' << decision.step << ": " << what;
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, code)
          << chain_.name << ' ' << decision.step << ": " << what << ": " << outcome.error().detail;
    }
  }

  void all_refusals(const ChainStep& step, const std::vector<CastTest::Player>& earlier) {
    const auto post = step.posts.empty() ? std::string() : step.posts.front();
    const Decision decision = test_.decision_on(matter_, step, post);

    // The maker, by whatever account or right.
    test_.hold_if(matter_.maker, post);
    refused("same person, same account", matter_.maker, decision, "duties.maker");
    auto second = test_.second_account(matter_.maker);
    test_.hold_if(second, post);
    refused("same person, second account", second, decision, "duties.maker");
    auto third = test_.second_account(matter_.maker);
    test_.cover_if(third, post);
    refused("same person, temporary cover", third, decision, "duties.maker");

    // Who decided an earlier step, the same ways.
    if (!earlier.empty()) {
      const auto& before = earlier.back();
      test_.hold_if(before, post);
      refused("decided an earlier step, same account", before, decision, "duties.decided");
      auto other = test_.second_account(before);
      test_.hold_if(other, post);
      refused("decided an earlier step, second account", other, decision, "duties.decided");
      auto covering = test_.second_account(before);
      test_.cover_if(covering, post);
      refused("decided an earlier step, temporary cover", covering, decision, "duties.decided");
    }

    auto subject = test_.player();
    test_.hold_if(subject, post);
    test_.add_subject(matter_, subject);
    refused("subject", subject, decision, "duties.subject");
    auto kin = good(step);
    test_.declare(kin, subject);
    refused("kin, by their own word", kin, decision, "duties.kin");
    auto named_kin = good(step);
    test_.declare(subject, named_kin);
    refused("kin, by the subject's word", named_kin, decision, "duties.kin");

    auto vendor = good(step);
    test_.make_vendor(vendor);
    if (!step.outside_staff) {
      refused("outside staff", vendor, decision, "duties.outside_staff");
    } else {
      ++tried_;
      EXPECT_TRUE(test_.attempt(vendor, decision)) << chain_.name << ' ' << step.name;
    }

    auto handler = good(step);
    test_.handled(matter_, handler);
    refused("worked on it", handler, decision, "duties.handler");

    auto worker = good(step);
    refused("on the console", test_.on_console(), decision, "duties.not_in_person");
    refused("by a token", test_.by_token(worker), decision, "duties.not_in_person");
    auto stale = decision;
    --stale.version;
    refused("looked before it changed", worker, stale, "duties.stale");
    auto elsewhere = decision;
    elsewhere.step = "no_such_step";
    refused("another step", worker, elsewhere, "duties.other_step");
    auto silent = decision;
    silent.verdict = Verdict::reject;
    refused("rejects without a word", worker, silent, "duties.opinion");
    refused("out of sight", test_.stranger(post), decision, "duties.no_matter");

    const auto limit = due_at(step.within, test_.calendar(), matter_.seen.reached);
    ASSERT_TRUE(limit);
    if (step.lapses) {
      test_.at(limit->plus(std::chrono::milliseconds(1)));
      refused("after the limit", worker, decision, "duties.lapsed");
      test_.at(*limit);
    } else {
      test_.at(limit->plus(std::chrono::milliseconds(1)));
    }
    ++tried_;
    const auto outcome = test_.attempt(worker, decision);
    ASSERT_TRUE(outcome) << chain_.name << ' ' << step.name << ' ' << outcome.error().code;
    EXPECT_EQ(outcome->late, !step.lapses);
    test_.at(test_.start());

    if (step.posts.empty()) return;
    auto wrong = test_.player();
    const auto not_asked = other_post(step);
    test_.hold(wrong, not_asked);
    auto under_wrong = decision;
    under_wrong.post = not_asked;
    refused("wrong post", wrong, under_wrong, "duties.wrong_post");
    refused("post not held", wrong, decision, "duties.post_not_held");
    auto expired = test_.player();
    test_.hold_until(expired, post, test_.start());
    refused("post expired this moment", expired, decision, "duties.post_not_held");
    auto future = test_.player();
    test_.hold_from(future, post, test_.start().plus(std::chrono::milliseconds(1)));
    refused("post begins later", future, decision, "duties.post_not_held");
    auto covered = test_.player();
    test_.cover_until(covered, post, test_.start());
    refused("cover expired", covered, decision, "duties.post_not_held");
    auto away = test_.player();
    test_.hold(away, post, "d02-agency");
    refused("post of another organisation", away, decision, "duties.post_not_held");
    auto by_other = test_.player();
    test_.hold(test_.second_account(by_other), post);
    refused("post of their other account", by_other, decision, "duties.post_not_held");
    auto above = test_.player();
    test_.hold(above, post, "bureau");
    if (step.above) {
      ++tried_;
      EXPECT_TRUE(test_.attempt(above, decision)) << chain_.name << ' ' << step.name;
    } else {
      refused("post held above", above, decision, "duties.post_not_held");
    }
    auto revoked = good(step);
    test_.load(revoked);
    test_.revoke_all(revoked);
    refused("post revoked after they logged in", revoked, decision, "duties.post_not_held");
    if (const auto opposite = forbidden_with(post); !opposite.empty()) {
      auto both = good(step);
      test_.hold(test_.second_account(both), opposite, "d02-agency");
      refused("forbidden pair, second account elsewhere", both, decision, "duties.pair_held");
      auto covering = good(step);
      test_.cover_if(test_.second_account(covering), opposite);
      refused("forbidden pair, by cover", covering, decision, "duties.pair_held");
    }
  }

 private:
  CastTest& test_;
  const Chain& chain_;
  const CastTest::Open& matter_;
  int tried_ = 0;
};

TEST_P(ApproveTest, EveryStepOfEveryChainRefusesWhomItMust) {
  int tried = 0, steps = 0, races = 0;
  for (const auto& chain : shipped().chains) {
    auto matter = open(chain);
    std::vector<Player> earlier;
    for (std::size_t at = 0; at < chain.steps.size(); ++at) {
      const auto& step = chain.steps[at];
      for (int seat = 1; seat <= step.quorum; ++seat) {
        StepTrial trial(*this, chain, matter);
        trial.all_refusals(step, earlier);
        tried += trial.tried();

        // Two requests of one person at the same moment, and one of somebody else: one counts.
        const auto post = step.posts.empty() ? std::string() : step.posts.front();
        auto first = trial.good(step);
        auto second = second_account(first);
        hold_if(second, post);
        auto other = trial.good(step);
        const auto winner = race(decision_on(matter, step, post), {first, second, other});
        ASSERT_GE(winner, 0) << chain.name << ' ' << step.name;
        earlier.push_back(winner == 2 ? other : first);
        reload(matter);
        ++races;
      }
      ++steps;
    }
    EXPECT_EQ(matter.seen.state, MatterState::approved) << chain.name;
    const auto& last = chain.steps.back();
    StepTrial closed(*this, chain, matter);
    closed.refused("decided already", closed.good(last),
                   decision_on(matter, last, last.posts.empty() ? "" : last.posts.front()),
                   "duties.closed");
    tried += closed.tried();
  }
  done([&](store::Transaction& tx) -> Status {
    const auto breaches = breaches_decided(tx, rules());
    EXPECT_TRUE(breaches);
    EXPECT_THAT(*breaches, IsEmpty()) << breaches->front().code << ' ' << breaches->front().matter
                                      << ' ' << breaches->front().detail;
    return {};
  });
  std::cout << "summary: chains tried " << shipped().chains.size() << ", steps " << steps
            << ", attempts " << tried << ", races of three " << races << "\n";
}

TEST_P(ApproveTest, OnePersonNeverFillsTwoSeatsHoweverOftenTheyAskAtOnce) {
  int rounds = 0;
  for (const auto* name : {"exception_entry", "archive_destruction"}) {
    const auto& chain = *shipped().chain(name);
    const auto& step = chain.steps.front();
    ASSERT_EQ(step.quorum, 2);
    const auto& post = step.posts.front();
    for (int round = 0; round < 10; ++round) {
      auto matter = open(chain);
      auto one = player();
      hold(one, post);
      auto again = second_account(one);
      hold(again, post);
      auto covering = second_account(one);
      cover_if(covering, post);
      auto other = player();
      hold(other, post);
      const auto decision = decision_on(matter, step, post);
      const auto codes =
          at_once({deciding_stubbornly(one, decision), deciding_stubbornly(again, decision),
                   deciding_stubbornly(covering, decision), deciding_stubbornly(other, decision)});
      EXPECT_EQ(codes[3], "");
      int seats = 0;
      for (int i = 0; i < 3; ++i) {
        // Who comes last may find both seats taken.
        if (codes[i].empty())
          ++seats;
        else
          EXPECT_TRUE(codes[i] == "duties.decided" || codes[i] == "duties.closed") << codes[i];
      }
      EXPECT_EQ(seats, 1);
      reload(matter);
      EXPECT_EQ(matter.seen.state, MatterState::approved);
      ++rounds;
    }
  }
  std::cout << "summary: races of four for two seats, three of them one person " << rounds << "\n";
}

TEST_P(ApproveTest, NobodyApprovesContentThatChangesAtThatMoment) {
  const auto& chain = *shipped().chain("account_change");
  int approved = 0, changed = 0;
  for (int round = 0; round < 20; ++round) {
    auto matter = open(chain);
    auto reviewer = player();
    hold(reviewer, "FH");
    const auto codes = at_once({deciding(reviewer, decision_on(matter, chain.steps[0], "FH")),
                                changing(matter.maker, matter, "PB")});
    EXPECT_EQ(codes[0].empty() + codes[1].empty(), 1) << codes[0] << ' ' << codes[1];
    reload(matter);
    if (codes[0].empty()) {
      ++approved;
      EXPECT_EQ(codes[1], "duties.stale");
      EXPECT_EQ(matter.seen.state, MatterState::approved);
      EXPECT_EQ(matter.seen.content_hash, "content-1");
    } else {
      ++changed;
      EXPECT_EQ(codes[0], "duties.stale");
      EXPECT_EQ(matter.seen.state, MatterState::open);
      EXPECT_TRUE(decisions_of(reviewer, matter).empty());
    }
  }
  std::cout << "summary: approval against change at once " << approved + changed << ", approved "
            << approved << ", changed " << changed << "\n";
}

TEST_P(ApproveTest, MakersAreBoundByKinPostAndPairsToo) {
  const auto& chain = *shipped().chain("benefit_grant");
  const auto tries = [&](const Player& player, const Player& subject, const std::string& post) {
    return open_code(chain, player, post, {blind(subject)});
  };
  auto subject = player();
  auto maker = player();
  hold(maker, "HD");
  EXPECT_EQ(tries(maker, subject, "HD"), "");
  EXPECT_EQ(tries(maker, maker, "HD"), "duties.subject");
  EXPECT_EQ(tries(maker, subject, "SP"), "duties.wrong_post");
  EXPECT_EQ(tries(maker, subject, "SL"), "duties.post_not_held");
  EXPECT_EQ(open_code(chain, maker, "HD", {}), "duties.no_subject");
  auto kin = player();
  hold(kin, "HD");
  declare(kin, subject);
  EXPECT_EQ(tries(kin, subject, "HD"), "duties.kin");
  auto vendor = player();
  hold(vendor, "HD");
  make_vendor(vendor);
  EXPECT_EQ(tries(vendor, subject, "HD"), "duties.outside_staff");
  auto pays = player();
  hold(pays, "HD");
  hold(second_account(pays), "ZQ", "d02-agency");
  EXPECT_EQ(tries(pays, subject, "HD"), "duties.pair_held");
  EXPECT_EQ(tries(on_console(), subject, "HD"), "duties.not_in_person");
}

TEST_P(ApproveTest, SupervisionDecidesForAllThatItsUnitSupervises) {
  const auto& chain = *shipped().chain("disposal_review");
  const auto& step = chain.steps.front();
  ASSERT_TRUE(step.above);
  const auto matter = open(chain);  // in d01-agency
  auto city = player("supervision");
  hold(city, "JD", "supervision");
  // Sight is the actor's: here it is the post that counts.
  const auto as_loaded = [&](const Player& who) {
    Player seeing = who;
    seeing.loaded = *access::Actor::load(tx(), who.account, start(), access::post_rights(shipped()),
                                         access::Authenticated::session);
    return seeing;
  };
  EXPECT_EQ(code_of_attempt(as_loaded(city), decision_on(matter, step, "JD")), "");
  // A division that does not supervise reaches nothing beside it.
  auto elsewhere = player("d01-agency");
  hold(elsewhere, "JD", "d02-agency");
  EXPECT_EQ(code_of_attempt(as_loaded(elsewhere), decision_on(matter, step, "JD")),
            "duties.post_not_held");
  // It makes matters there, too.
  EXPECT_EQ(open_code(chain, as_loaded(city), "JD", {blind(player())}), "");
}

TEST_P(ApproveTest, WhoCouldDecideIsToldAsApproveWouldSay) {
  const auto& chain = *shipped().chain("post_grant");
  const auto matter = open(chain);  // first step: JH of the same organisation
  const auto posts_of = [&](const Player& who) {
    const auto posts = posts_to_decide(tx(), rules(), actor(who), matter.seen, start());
    EXPECT_TRUE(posts);
    return *posts;
  };
  auto checker = player();
  hold(checker, "JH");
  EXPECT_EQ(posts_of(checker), std::vector<std::string>{"JH"});
  EXPECT_THAT(posts_of(matter.maker), IsEmpty());
  auto handler = player();
  hold(handler, "JH");
  handled(matter, handler);
  EXPECT_THAT(posts_of(handler), IsEmpty());
  auto kin = player();
  hold(kin, "JH");
  declare(kin, matter.subject);
  EXPECT_THAT(posts_of(kin), IsEmpty());
  auto elsewhere = player();
  hold(elsewhere, "JH", "d02-agency");
  EXPECT_THAT(posts_of(elsewhere), IsEmpty());
  EXPECT_THAT(posts_of(by_token(checker)), IsEmpty());
  EXPECT_THAT(posts_of(on_console()), IsEmpty());
  // A step that asks for no post may be decided by whoever works there.
  auto open_to_all = shipped();
  for (auto& one : open_to_all.chains) {
    if (one.name == "ledger_acceptance") one.steps.front().posts.clear();
  }
  auto ledger = open(*shipped().chain("ledger_acceptance"));
  ledger.seen.chain_version = version_of(*open_to_all.chain("ledger_acceptance"));
  EXPECT_EQ(
      *posts_to_decide(tx(), {open_to_all, calendar()}, actor(player()), ledger.seen, start()),
      std::vector<std::string>{""});
}

TEST_P(ApproveTest, ASoftPairNeedsItsControl) {
  auto matter = open(*shipped().chain("payment_batch"));
  const auto& check = shipped().chain("payment_batch")->steps.front();
  auto both = player();
  hold(both, "CZ");
  hold(both, "ZQ");
  const auto refused = attempt(both, decision_on(matter, check, "CZ"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "duties.pair_held");
  EXPECT_EQ(refused.error().detail, "S11 CZ-ZQ");
  control(both, "ZQ", "JH checks all of it within 5 working days");
  EXPECT_TRUE(attempt(both, decision_on(matter, check, "CZ")));
}

TEST_P(ApproveTest, OtherContentVoidsWhatWasDecidedAndBindsWhoWroteIt) {
  const auto& chain = *shipped().chain("benefit_grant");
  auto matter = open(chain);
  auto checker = player();
  hold(checker, "CS");
  auto reviewer = player();
  hold(reviewer, "FH");
  ASSERT_TRUE(decide(checker, decision_on(matter, chain.steps[0], "CS")));
  reload(matter);

  auto back = decision_on(matter, chain.steps[1], "FH");
  back.verdict = Verdict::send_back;
  back.opinion = "缺少材料";
  const auto returned = decide(reviewer, back);
  ASSERT_TRUE(returned) << returned.error().code;
  EXPECT_EQ(returned->state, MatterState::returned);
  reload(matter);
  EXPECT_EQ(code_of_attempt(checker, decision_on(matter, chain.steps[1], "CS")), "duties.closed");

  // Another maker writes the second round; both stay makers.
  auto writer = player();
  hold(writer, "HD");
  EXPECT_EQ(change(writer, matter, "content-2", "HD"), "");
  reload(matter);
  EXPECT_EQ(matter.seen.round, 2);
  EXPECT_EQ(matter.seen.step, 0u);
  EXPECT_EQ(matter.seen.state, MatterState::open);
  hold(matter.maker, "CS");
  EXPECT_EQ(code_of_attempt(matter.maker, decision_on(matter, chain.steps[0], "CS")),
            "duties.maker");
  hold(writer, "CS");
  EXPECT_EQ(code_of_attempt(writer, decision_on(matter, chain.steps[0], "CS")), "duties.maker");

  // Who reviewed in the void round may not first-check in this one (S1), but review again.
  hold(reviewer, "CS");
  EXPECT_EQ(code_of_attempt(reviewer, decision_on(matter, chain.steps[0], "CS")), "duties.pair");
  ASSERT_TRUE(decide(checker, decision_on(matter, chain.steps[0], "CS")));
  reload(matter);
  ASSERT_TRUE(decide(reviewer, decision_on(matter, chain.steps[1], "FH")));
  reload(matter);

  // A change in the middle voids both again; who approved may become a maker and is one for good.
  hold(checker, "HD");
  EXPECT_EQ(change(checker, matter, "content-3", "HD"), "");
  reload(matter);
  EXPECT_EQ(code_of_attempt(checker, decision_on(matter, chain.steps[0], "CS")), "duties.maker");
  EXPECT_EQ(change(writer, matter, "content-4", "HD"), "");
  reload(matter);
  EXPECT_EQ(code_of_attempt(checker, decision_on(matter, chain.steps[0], "CS")), "duties.maker");

  EXPECT_EQ(withdraw(reviewer, matter), "duties.not_maker");
  EXPECT_EQ(withdraw(writer, matter), "");
  reload(matter);
  EXPECT_EQ(matter.seen.state, MatterState::withdrawn);
  EXPECT_EQ(change(writer, matter, "content-5", "HD"), "duties.closed");
}

TEST_P(ApproveTest, ARejectionIsForGood) {
  const auto& chain = *shipped().chain("account_change");
  auto matter = open(chain);
  auto reviewer = player();
  hold(reviewer, "FH");
  auto no = decision_on(matter, chain.steps[0], "FH");
  no.verdict = Verdict::reject;
  no.opinion = "账户非本人";
  const auto outcome = decide(reviewer, no);
  ASSERT_TRUE(outcome) << outcome.error().code;
  EXPECT_EQ(outcome->state, MatterState::rejected);
  reload(matter);
  EXPECT_EQ(change(matter.maker, matter, "content-2", "PB"), "duties.closed");
  const auto decisions = decisions_of(reviewer, matter);
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(decisions[0].verdict, Verdict::reject);
  EXPECT_EQ(decisions[0].opinion, "账户非本人");
}

TEST_P(ApproveTest, AnEditedChainSendsTheMatterBackToItsMaker) {
  auto matter = open(*shipped().chain("account_change"));
  auto reviewer = player();
  hold(reviewer, "FH");
  auto edited = shipped();
  edited.chains = {*shipped().chain("account_change")};
  edited.chains[0].steps[0].posts = {"FH", "SP"};
  const Rules other{edited, calendar()};
  const auto decision = decision_on(matter, edited.chains[0].steps[0], "FH");
  EXPECT_EQ(code_of_attempt(reviewer, decision, &other), "duties.chain_changed");
  EXPECT_EQ(change(matter.maker, matter, "content-1", "PB", &other), "");
  reload(matter);
  EXPECT_EQ(code_of_attempt(reviewer, decision_on(matter, edited.chains[0].steps[0], "FH"), &other),
            "");
}

TEST_P(ApproveTest, TheJournalHearsOfEachActAndOfRefusals) {
  const auto& chain = *shipped().chain("account_change");
  auto matter = open(chain);
  auto reviewer = player();
  hold(reviewer, "FH");
  hold(matter.maker, "FH");
  const auto mine = decision_on(matter, chain.steps[0], "FH");
  const auto refused = attempt(matter.maker, mine);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(tell_refused(tx(), actor(matter.maker), mine, refused.error(), start()));
  auto no = decision_on(matter, chain.steps[0], "FH");
  no.verdict = Verdict::reject;
  no.opinion = "账户非本人";
  ASSERT_TRUE(decide(reviewer, no));

  const auto rows = *tx().query(
      "SELECT act FROM journal_outbox WHERE act LIKE '%matter.%'"
      " ORDER BY position");
  ASSERT_EQ(rows.size(), 3u);
  const auto word = "matter:" + std::to_string(matter.id.value);
  for (const auto& row : rows) EXPECT_THAT(row.text("act"), HasSubstr(word));
  EXPECT_THAT(rows[0].text("act"), HasSubstr("matter.opened"));
  EXPECT_THAT(rows[1].text("act"), HasSubstr("refused:duties.maker"));
  EXPECT_THAT(rows[2].text("act"), HasSubstr("matter.reject"));
  EXPECT_THAT(rows[2].text("act"), HasSubstr("person:" + std::to_string(reviewer.person.value)));

  // What could not be told did not happen: an act the journal may not hold takes the change along.
  EXPECT_EQ(open_code(chain, matter.maker, "PB", {blind(matter.subject)}), "");
  auto unspeakable = shipped();
  unspeakable.chains = {chain};
  unspeakable.chains[0].name = "账户变更";
  const Rules other{unspeakable, calendar()};
  settle();
  auto transaction = *database().begin_write();
  const auto opened = open_matter(
      transaction, other, actor_in(transaction, matter.maker),
      {"账户变更", "d01-agency", "test:1", "content-1", "PB", {blind(matter.subject)}}, start());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "journal.word");
}

TEST_P(ApproveTest, TheDatabaseItselfKeepsMakerAndCheckerApart) {
  auto matter = open(*shipped().chain("account_change"));
  const auto m = std::to_string(matter.id.value);
  const auto p = std::to_string(matter.maker.person.value);
  const auto a = std::to_string(matter.maker.account.value);
  EXPECT_EQ(raw_code("INSERT INTO matter_person VALUES (" + m + ", 1, " + p + ", 'decider', 'FH')"),
            "store.duplicate");
  const auto decision = [&](const std::string& part) {
    return "INSERT INTO matter_decision (matter_id, round, step, step_name, seat, person_id, part,"
           " account_id, post, organisation_id, under_cover, verdict, opinion, late, content_hash,"
           " decided_at) VALUES (" +
           m + ", 1, 0, 'review', 1, " + p + ", '" + part + "', " + a +
           ", 'FH', 'd01-agency', 0, 'approve', '', 0, 'x', 0)";
  };
  EXPECT_EQ(raw_code(decision("decider")), "store.reference");
  EXPECT_EQ(raw_code(decision("maker")), "store.constraint");
}

TEST_P(ApproveTest, WhatWasWrittenPastTheProgramIsFound) {
  const auto& chain = *shipped().chain("account_change");
  auto matter = open(chain);
  auto reviewer = player();
  hold(reviewer, "FH");
  ASSERT_TRUE(decide(reviewer, decision_on(matter, chain.steps[0], "FH")));
  EXPECT_THAT(found(), IsEmpty());

  // By whoever owns the database: the decision becomes that of a vendor without a post, whose kin
  // it is about.
  auto vendor = player();
  make_vendor(vendor);
  declare(vendor, matter.subject);
  const auto m = std::to_string(matter.id.value);
  const auto v = std::to_string(vendor.person.value);
  done([&](store::Transaction& tx) -> Status {
    for (const auto& sql :
         {"INSERT INTO matter_person VALUES (" + m + ", 1, " + v + ", 'decider', 'FH')",
          "UPDATE matter_decision SET person_id = " + v +
              ", account_id = " + std::to_string(vendor.account.value) +
              ", content_hash = 'other' WHERE matter_id = " + m}) {
      if (const auto ran = tx.run(sql); !ran) return fail(ran.error());
    }
    return {};
  });
  EXPECT_THAT(found(),
              ::testing::UnorderedElementsAre("kin", "post_not_held", "content", "outside_staff"));
  done([&](store::Transaction& tx) -> Status {
    if (const auto ran = tx.run("DELETE FROM matter_decision WHERE matter_id = " + m); !ran)
      return fail(ran.error());
    return {};
  });
  EXPECT_THAT(found(), ::testing::ElementsAre("incomplete"));
}

TEST_P(ApproveTest, WhatIsHeldAgainstTheRulesIsFound) {
  auto both = player();
  hold(both, "HD");
  cover_if(second_account(both), "ZD");
  auto small_office = player();
  hold(small_office, "SL");
  hold(small_office, "CS");
  auto vendor = player();
  hold(vendor, "CN");
  make_vendor(vendor);
  std::vector<std::string> codes;
  done([&](store::Transaction& tx) -> Status {
    const auto breaches = breaches_held(tx, rules(), now);
    if (!breaches) return fail(breaches.error());
    for (const auto& breach : *breaches) codes.push_back(breach.code + " " + breach.detail);
    return {};
  });
  EXPECT_THAT(codes, ::testing::ElementsAre(
                         "S5 HD d01-agency – ZD d01-agency", "FF HD d01-agency – ZD d01-agency",
                         "S3 CS d01-agency – SL d01-agency", "S27 CN d01-agency"));
}

TEST(DueTest, LimitsEndWithTheDayInChina) {
  const fund::WorkCalendar calendar{{Date::of(2018, 12, 3)}, {}};
  const Instant friday_noon{1'543'550'400'000};  // 2018-11-30T12:00:00+08:00
  using Unit = catalog::StepLimit::Unit;
  const auto due = [&](Unit unit, int count) {
    return format_instant(*due_at({unit, count}, calendar, friday_noon));
  };
  EXPECT_EQ(due(Unit::working_days, 1), "2018-12-04T23:59:59+08:00");  // Monday is closed
  EXPECT_EQ(due(Unit::days, 1), "2018-12-01T23:59:59+08:00");
  EXPECT_EQ(due(Unit::hours, 24), "2018-12-01T12:00:00+08:00");
  EXPECT_EQ(due_at({}, calendar, friday_noon), std::nullopt);
}

}  // namespace
}  // namespace anlan::duties
