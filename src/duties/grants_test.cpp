#include "duties/grants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duties/test_cast.hpp"

namespace anlan::duties {
namespace {

using ::testing::HasSubstr;

class GrantsTest : public CastTest {
 protected:
  void SetUp() override {
    CastTest::SetUp();
    if (IsSkipped()) return;
    add_grant_follows(follows_);
    manager_ = with("BM");
    auditor_ = with("JH");
    director_ = with("DW");
    granter_ = with("QX", "bureau");
    head_ = with("JZ", "bureau");
    candidate_ = player();
  }
  Player with(const std::string& post, const std::string& organisation = "d01-agency") {
    auto one = player(organisation);
    hold(one, post, organisation);
    return one;
  }
  NewGrant post_of(const std::string& post) const {
    NewGrant grant;
    grant.person = candidate_.person;
    grant.account = candidate_.account;
    grant.organisation = "d01-agency";
    grant.post = post;
    grant.from = start();
    return grant;
  }
  NewGrant cover_for(const std::string& post, int days) const {
    auto grant = post_of(post);
    grant.cover = true;
    grant.to = start().plus(std::chrono::hours(24 * days));
    return grant;
  }
  template <class Work>
  auto write(Work&& work) {
    settle();
    return database().write(std::forward<Work>(work));
  }
  Result<GrantId> ask(const NewGrant& grant, const Player& who) {
    return write([&](store::Transaction& transaction) {
      return ask_grant(transaction, rules(), actor_in(transaction, who), grant, "BM", start());
    });
  }
  GrantId asked(const NewGrant& grant) {
    const auto id = ask(grant, manager_);
    EXPECT_TRUE(id) << id.error().code << ": " << id.error().detail;
    return id ? *id : GrantId{};
  }
  std::string refused(const NewGrant& grant) {
    const auto id = ask(grant, manager_);
    return id ? "" : id.error().code;
  }
  Grant now_is(GrantId id) {
    settle();
    return *database().read([&](store::Transaction& transaction) {
      return find_grant(transaction, access::Actor::console("uid:0"), id);
    });
  }
  /// "" if it was decided, else the code.
  std::string decides(GrantId id, const Player& who, const std::string& step,
                      const std::string& post, Verdict verdict = Verdict::approve,
                      std::optional<Instant> when = {}) {
    const auto matter = now_is(id).matter;
    const auto outcome = write([&](store::Transaction& transaction) {
      return duties::decide(transaction, rules(), follows_, actor_in(transaction, who),
                            {matter.id, matter.version, step, verdict, post, "意见"},
                            when.value_or(start()));
    });
    return outcome ? "" : outcome.error().code;
  }
  void check_and_approve(GrantId id) {
    EXPECT_EQ(decides(id, auditor_, "control_check", "JH"), "");
    EXPECT_EQ(decides(id, director_, "leader_approval", "DW"), "");
  }
  std::vector<access::HeldPost> held_at(Instant when) {
    settle();
    return *database().read([&](store::Transaction& transaction) {
      return access::posts_of_person(transaction, candidate_.person, when);
    });
  }

  Follows follows_;
  Player manager_, auditor_, director_, granter_, head_, candidate_;
};
INSTANTIATE_TEST_SUITE_P(Engines, GrantsTest, store::both_engines, store::engine_name);

TEST_P(GrantsTest, APostIsHeldWithTheLastDecisionAndNotBefore) {
  const auto id = asked(post_of("SL"));
  EXPECT_EQ(now_is(id).matter.chain, "post_grant");
  check_and_approve(id);
  EXPECT_TRUE(held_at(start()).empty());
  EXPECT_EQ(now_is(id).granted, "");
  const auto later = start().plus(std::chrono::hours(2));
  EXPECT_EQ(decides(id, granter_, "system_grant", "QX", Verdict::approve, later), "");
  EXPECT_TRUE(held_at(later.plus(std::chrono::milliseconds(-1))).empty());
  const auto held = held_at(later);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].post, "SL");
  EXPECT_EQ(held[0].from, later);  // not of the day it was asked for, which has passed
  EXPECT_EQ(held[0].approved_by, word_of(now_is(id).matter.id));
  EXPECT_EQ(held[0].granted_by, access::word_of(granter_.account));
  EXPECT_EQ(now_is(id).granted, "holding:" + std::to_string(held[0].id));
  const auto told = database().read([](store::Transaction& transaction) {
    return transaction.query("SELECT act FROM journal_outbox WHERE act LIKE '%post.granted%'");
  });
  ASSERT_EQ(told->size(), 1U);
  EXPECT_THAT((*told)[0].text("act"), HasSubstr("\"approved_by\":\"matter:"));
}

TEST_P(GrantsTest, NobodyHelpsThemselves) {
  hold(candidate_, "DW");
  const auto id = asked(post_of("SL"));
  EXPECT_EQ(decides(id, auditor_, "control_check", "JH"), "");
  EXPECT_EQ(decides(id, candidate_, "leader_approval", "DW"), "duties.subject");
  hold(manager_, "DW");
  EXPECT_EQ(decides(id, manager_, "leader_approval", "DW"), "duties.maker");
  auto own = post_of("SL");
  own.person = manager_.person;
  own.account = manager_.account;
  EXPECT_EQ(refused(own), "access.own_grant");
  EXPECT_EQ(ask(post_of("SL"), on_console()).error().code, "duties.not_in_person");
  EXPECT_EQ(ask(post_of("SL"), by_token(manager_)).error().code, "duties.not_in_person");
  EXPECT_EQ(ask(post_of("SL"), auditor_).error().code, "duties.post_not_held");
  settle();
}

TEST_P(GrantsTest, WhatCouldNotBeGivenCannotBeAskedFor) {
  hold(candidate_, "HD");
  EXPECT_EQ(refused(post_of("ZD")), "access.pair_forbidden");
  EXPECT_EQ(refused(post_of("HD")), "access.held_already");
  EXPECT_EQ(refused(post_of("XX")), "access.post_unknown");
  EXPECT_EQ(refused(cover_for("SP", 31)), "access.cover_too_long");
  auto endless = cover_for("SP", 3);
  endless.to = {};
  EXPECT_EQ(refused(endless), "access.period");
  auto backwards = post_of("SL");
  backwards.to = start();
  EXPECT_EQ(refused(backwards), "access.period");
  // Nothing of it stays.
  const auto none = database().read([](store::Transaction& transaction) {
    return transaction.query("SELECT grant_id FROM grant_request");
  });
  EXPECT_TRUE(none->empty());
}

TEST_P(GrantsTest, APairThatCameMeanwhileFailsTheLastDecision) {
  const auto id = asked(post_of("ZD"));
  check_and_approve(id);
  hold(candidate_, "HD");
  EXPECT_EQ(decides(id, granter_, "system_grant", "QX"), "access.pair_forbidden");
  EXPECT_EQ(now_is(id).matter.state, MatterState::open);
  EXPECT_EQ(held_at(start()).size(), 1U);
  EXPECT_EQ(decides(id, granter_, "system_grant", "QX", Verdict::reject), "");
  EXPECT_EQ(now_is(id).matter.state, MatterState::rejected);
  EXPECT_EQ(now_is(id).granted, "");
}

TEST_P(GrantsTest, ASoftPairNeedsItsOwnChain) {
  hold(candidate_, "SL");
  auto grant = post_of("CS");
  EXPECT_EQ(refused(grant), "access.pair_uncontrolled");
  grant.control = "稽核 5 个工作日内全部复查";
  grant.to = start().plus(std::chrono::hours(24 * 60));
  const auto id = asked(grant);
  EXPECT_EQ(now_is(id).matter.chain, "soft_pair_grant");
  check_and_approve(id);
  EXPECT_EQ(decides(id, head_, "supervision", "JZ"), "");
  const auto held = held_at(start());
  ASSERT_EQ(held.size(), 2U);
  EXPECT_EQ(held[0].post, "CS");
  EXPECT_EQ(held[0].control, grant.control);
}

TEST_P(GrantsTest, ACoverIsDecidedByItsChain) {
  auto grant = cover_for("SP", 30);
  auto away = with("FH");
  grant.instead_of = away.person;
  EXPECT_EQ(refused(grant), "access.nobody_to_cover");
  hold(away, "SP");
  const auto id = asked(grant);
  EXPECT_EQ(now_is(id).matter.chain, "cover_grant");
  EXPECT_EQ(decides(id, director_, "leader_approval", "DW"), "");
  EXPECT_EQ(decides(id, granter_, "system_grant", "QX"), "");
  const auto held = held_at(start());
  ASSERT_EQ(held.size(), 1U);
  EXPECT_TRUE(held[0].cover);
  EXPECT_EQ(held[0].covers_of, away.person);
  EXPECT_EQ(now_is(id).granted, "cover:" + std::to_string(held[0].id));
}

TEST_P(GrantsTest, WhatWasSentBackIsChangedAndDecidedAnew) {
  const auto id = asked(post_of("SL"));
  check_and_approve(id);
  EXPECT_EQ(decides(id, granter_, "system_grant", "QX", Verdict::send_back), "");
  const auto change = [&](const NewGrant& grant) {
    const auto version = now_is(id).matter.version;
    const auto done = write([&](store::Transaction& transaction) {
      return change_grant(transaction, rules(), actor_in(transaction, manager_), id, version, grant,
                          "BM", start());
    });
    return done ? "" : done.error().code;
  };
  auto other = post_of("SL");
  other.person = head_.person;
  other.account = head_.account;
  EXPECT_EQ(change(other), "duties.other_person");
  EXPECT_EQ(change(cover_for("SL", 3)), "duties.other_chain");
  EXPECT_EQ(change(post_of("CS")), "");
  EXPECT_EQ(now_is(id).post, "CS");
  EXPECT_EQ(now_is(id).matter.round, 2);
  EXPECT_EQ(decides(id, granter_, "system_grant", "QX"),
            "duties.other_step");  // from the beginning
  check_and_approve(id);
  EXPECT_EQ(decides(id, granter_, "system_grant", "QX"), "");
  EXPECT_EQ(held_at(start())[0].post, "CS");
}

TEST_P(GrantsTest, WhatWasDecidedIsWhatIsGiven) {
  const auto id = asked(post_of("SL"));
  check_and_approve(id);
  ASSERT_TRUE(write([](store::Transaction& transaction) {
    return transaction.run("UPDATE grant_request SET post = 'ZQ'");  // past the program
  }));
  EXPECT_EQ(decides(id, granter_, "system_grant", "QX"), "duties.grant_changed");
  EXPECT_TRUE(held_at(start()).empty());
}

TEST_P(GrantsTest, ADeskIsSetUpUntilItsFirstMatter) {
  const auto setting_up = [&] { return write(check_setting_up); };
  EXPECT_TRUE(setting_up());
  const auto id = asked(post_of("SL"));
  EXPECT_EQ(setting_up().error().code, "duties.desk_in_use");
  EXPECT_EQ(decides(id, auditor_, "control_check", "JH", Verdict::reject), "");
  EXPECT_EQ(setting_up().error().code, "duties.desk_in_use");  // for ever
}

TEST_P(GrantsTest, RequestsAreSeenInTheirScope) {
  const auto id = asked(post_of("SL"));
  const auto seen_by = [&](const Player& who) {
    return write([&](store::Transaction& transaction) {
      return find_grant(transaction, actor_in(transaction, who), id);
    });
  };
  EXPECT_TRUE(seen_by(granter_));
  EXPECT_EQ(seen_by(stranger("BM")).error().code, "duties.no_grant");
  const auto open = database().read([&](store::Transaction& transaction) {
    return list_grants(transaction, access::Actor::console("uid:0"), MatterState::open);
  });
  ASSERT_EQ(open->size(), 1U);
  EXPECT_EQ(decides(id, auditor_, "control_check", "JH", Verdict::reject), "");
  const auto over = database().read([&](store::Transaction& transaction) {
    return list_grants(transaction, access::Actor::console("uid:0"), MatterState::open);
  });
  EXPECT_TRUE(over->empty());
}

}  // namespace
}  // namespace anlan::duties
