#include "duties/decide.hpp"

#include <gtest/gtest.h>

#include "duties/test_cast.hpp"

namespace anlan::duties {
namespace {

class DecideTest : public CastTest {
 protected:
  /// The first step of a chain of two or more, decided by somebody who may.
  struct Stage {
    const catalog::Chain* chain;
    Open matter;
    Player decider;
    Decision decision;
  };
  Stage stage(const char* name) {
    const auto* chain = shipped().chain(name);
    auto matter = open(*chain);
    const auto& step = chain->steps.front();
    auto decider = player();
    hold(decider, step.posts.front());
    auto decision = decision_on(matter, step, step.posts.front());
    settle();
    return {chain, matter, decider, decision};
  }
  Result<Outcome> decide_as(const Follows& follows, const Player& who, const Decision& decision) {
    return database().write([&](store::Transaction& transaction) {
      return duties::decide(transaction, rules(), follows, actor_in(transaction, who), decision,
                            start());
    });
  }
  Matter now_is(const Open& matter) {
    return *database().read([&](store::Transaction& transaction) {
      return find_matter(transaction, access::Actor::console("uid:0"), matter.id);
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, DecideTest, store::both_engines, store::engine_name);

TEST_P(DecideTest, DecidesNothingItCannotCarryOut) {
  const auto on = stage("write_off");
  const Follows none;
  const auto outcome = decide_as(none, on.decider, on.decision);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "duties.no_follower");
  EXPECT_EQ(now_is(on.matter).version, on.matter.seen.version);
}

TEST_P(DecideTest, TellsTheFollowerOfEveryTurn) {
  const auto on = stage("cover_grant");
  std::vector<std::string> heard;
  Follows follows;
  follows.add("cover_grant", [&](store::Transaction&, const Turn& turn) -> Status {
    heard.push_back(turn.decision.step + ">" + name_of(turn.outcome.state));
    EXPECT_EQ(turn.before.about, "test:1");
    EXPECT_EQ(turn.before.state, MatterState::open);
    return {};
  });
  auto outcome = decide_as(follows, on.decider, on.decision);
  ASSERT_TRUE(outcome) << outcome.error().code;

  auto last = player();
  const auto& step = on.chain->steps.back();
  hold(last, step.posts.front());
  settle();
  auto decision = decision_on(on.matter, step, step.posts.front());
  decision.version = outcome->version;
  outcome = decide_as(follows, last, decision);
  ASSERT_TRUE(outcome) << outcome.error().code;
  EXPECT_EQ(outcome->state, MatterState::approved);
  EXPECT_EQ(heard, (std::vector<std::string>{"leader_approval>open", "system_grant>approved"}));
}

TEST_P(DecideTest, ADecisionWhoseConsequenceFailsIsNone) {
  const auto on = stage("write_off");
  Follows follows;
  follows.add("write_off", [](store::Transaction& transaction, const Turn&) -> Status {
    const auto done = transaction.run("UPDATE person SET name = '改'");
    if (!done) return fail(done.error());
    return fail(ErrorKind::conflict, "test.cannot_follow");
  });
  const auto outcome = decide_as(follows, on.decider, on.decision);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "test.cannot_follow");
  const auto matter = now_is(on.matter);
  EXPECT_EQ(matter.version, on.matter.seen.version);
  EXPECT_EQ(matter.state, MatterState::open);
  const auto changed = database().read([](store::Transaction& transaction) {
    return transaction.query("SELECT name FROM person WHERE name = '改'");
  });
  EXPECT_TRUE(changed->empty());
}

TEST_P(DecideTest, AWithdrawalIsATurnToo) {
  const auto on = stage("write_off");
  std::optional<MatterState> heard;
  Follows follows;
  follows.add("write_off", [&](store::Transaction&, const Turn& turn) -> Status {
    heard = turn.outcome.state;
    return {};
  });
  const auto by = [&](const Player& who) {
    return database().write([&](store::Transaction& transaction) {
      return duties::withdraw(transaction, rules(), follows, actor_in(transaction, who),
                              on.matter.id, on.matter.seen.version, start());
    });
  };
  EXPECT_EQ(by(on.decider).error().code, "duties.not_maker");
  EXPECT_FALSE(heard);
  ASSERT_TRUE(by(on.matter.maker));
  EXPECT_EQ(heard, MatterState::withdrawn);
}

}  // namespace
}  // namespace anlan::duties
