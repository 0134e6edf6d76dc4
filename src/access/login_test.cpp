#include "access/login.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "access/administrator.hpp"
#include "access/linked_identity.hpp"
#include "access/test_desk.hpp"

namespace anlan::access {
namespace {

using store::Transaction;
using namespace std::chrono_literals;

constexpr auto good = "correct horse battery";
constexpr auto other = "staple of the river 9";

class LoginTest : public DeskTest {
 protected:
  void SetUp() override {
    DeskTest::SetUp();
    if (IsSkipped()) return;
    li = account(person(1), "li.ming");
  }

  Result<LoggedIn> log_in_as(const std::string& login, const std::string& password, Instant at) {
    return log_in(database(), hasher, {login, password, "192.0.2.7"}, limits, at);
  }
  std::string code_of_login(const std::string& login, const std::string& password, Instant at) {
    const auto in = log_in_as(login, password, at);
    return in ? std::string("in") : in.error().code;
  }
  /// Gives li a password of their own, by the way everybody gets one.
  void settle(const std::string& password) {
    const auto issued = issue_password(database(), hasher, root, li, now);
    ASSERT_TRUE(issued);
    const auto in = log_in_as("li.ming", *issued, now);
    ASSERT_TRUE(in) << in.error().code;
    EXPECT_TRUE(in->must_change);
    const auto changed =
        change_password(database(), hasher, in->token, *issued, password, limits, now);
    ASSERT_TRUE(changed) << changed.error().code;
  }
  std::string code_of_session(const std::string& token, Instant at) {
    const auto found = database().read(
        [&](Transaction& tx) { return actor_of_session(tx, token, {}, limits, at); });
    return found ? std::string("in") : found.error().code;
  }
  std::int64_t count(const std::string& sql) {
    return done([&](Transaction& tx) -> Result<std::int64_t> {
      const auto row = tx.query_one(sql);
      if (!row) return fail(row.error());
      return (*row)->integer("n");
    });
  }

  PasswordHasher hasher{HashCost{64, 1, 1}};  // cheap: what is tested is not its cost
  const SessionLimits limits{};
  AccountId li;
};
INSTANTIATE_TEST_SUITE_P(Engines, LoginTest, store::both_engines, store::engine_name);

TEST_P(LoginTest, AnIssuedPasswordMustBeChangedBeforeAnythingElse) {
  EXPECT_EQ(code_of_login("li.ming", "", now), "access.login_failed");  // it has none yet
  const auto issued = *issue_password(database(), hasher, root, li, now);
  const auto in = *log_in_as("li.ming", issued, now);
  EXPECT_TRUE(in.must_change);
  EXPECT_EQ(code_of_session(in.token, now), "access.password_must_change");
  ASSERT_TRUE(change_password(database(), hasher, in.token, issued, good, limits, now));
  EXPECT_EQ(code_of_session(in.token, now), "in");
  EXPECT_EQ(code_of_login("li.ming", issued, now), "access.login_failed");
  EXPECT_EQ(code_of_login("Li.Ming", good, now), "in");
  // One that is not used in time is good for nothing.
  const auto late = *issue_password(database(), hasher, root, li, now);
  EXPECT_EQ(code_of_login("li.ming", late, now.plus(72h)), "access.login_failed");
}

TEST_P(LoginTest, TheLastLoginAndWhatFailedSinceAreTold) {
  settle(good);
  const auto first = *log_in_as("li.ming", good, now.plus(1h));
  EXPECT_EQ(first.failures_since, 0);
  EXPECT_EQ(code_of_login("li.ming", other, now.plus(2h)), "access.login_failed");
  EXPECT_EQ(code_of_login("li.ming", other, now.plus(2h)), "access.login_failed");
  const auto second = *log_in_as("li.ming", good, now.plus(3h));
  EXPECT_EQ(second.last_login, now.plus(1h));
  EXPECT_EQ(second.last_address, "192.0.2.7");
  EXPECT_EQ(second.failures_since, 2);
}

TEST_P(LoginTest, EveryWayOfBeingWrongLooksTheSame) {
  settle(good);
  const auto without = account(person(2), "without");
  const auto closed = account(person(3), "closed");
  ASSERT_TRUE(issue_password(database(), hasher, root, closed, now));
  auto one = done([&](Transaction& tx) { return find_account(tx, root, closed); });
  one.disabled = true;
  done([&](Transaction& tx) { return change_account(tx, root, one, now); });
  EXPECT_NE(without, closed);
  for (const auto* login : {"li.ming", "without", "closed", "nobody", "", "' OR 1=1"}) {
    std::vector<std::string> codes;
    // The third failure makes the fourth wait, whether or not there is such a login.
    for (int i = 0; i < 4; ++i) codes.push_back(code_of_login(login, other, now));
    EXPECT_EQ(codes, (std::vector<std::string>{"access.login_failed", "access.login_failed",
                                               "access.login_failed", "access.login_wait"}))
        << login;
  }
}

TEST_P(LoginTest, TheDelayGrowsAndLocks) {
  settle(good);
  auto at = now.plus(1h);
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(code_of_login("li.ming", other, at), "access.login_failed");
    const auto until =
        done([&](Transaction& tx) { return locked_until(tx, "li.ming", at); }).value_or(at);
    waits.push_back((until.ms - at.ms) / 1000);
    if (until > at) {
      EXPECT_EQ(code_of_login("li.ming", good, until.plus(-1ms)), "access.login_wait");
    }
    at = until;
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{0, 0, 2, 4, 8, 16, 32, 64, 128, 1800, 1800, 1800}));
  // Waiting costs no work and counts as nothing; the right password then ends the row.
  EXPECT_EQ(code_of_login("li.ming", good, at), "in");
  EXPECT_EQ(code_of_login("li.ming", other, at), "access.login_failed");
  EXPECT_EQ(code_of_login("li.ming", good, at), "in");
  // An administrator may lift a lock; a day makes everything forgotten.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of_login("li.ming", other, at), "access.login_failed");
  done([&](Transaction& tx) { return unlock(tx, root, li, at); });
  EXPECT_EQ(code_of_login("li.ming", good, at), "in");
  EXPECT_EQ(code_of_login("somebody", other, at), "access.login_failed");
  EXPECT_EQ(code_of_login("li.ming", good, at.plus(25h)), "in");
  EXPECT_EQ(count("SELECT count(*) AS n FROM login_failure"), 0);
}

TEST_P(LoginTest, AttemptsSideBySideGainNothing) {
  settle(good);
  constexpr int threads = 8;
  std::atomic<int> tried = 0;
  {
    std::vector<std::jthread> guessers;
    for (int i = 0; i < threads; ++i) {
      guessers.emplace_back([&] {
        if (code_of_login("li.ming", other, now) == "access.login_failed") ++tried;
      });
    }
  }
  EXPECT_EQ(tried, failures_free);
}

TEST_P(LoginTest, PasswordsDoNotComeBackAtOnce) {
  settle(good);
  const auto in = *log_in_as("li.ming", good, now.plus(1h));
  const auto change = [&](const std::string& from, const std::string& to, Instant at) {
    const auto done = change_password(database(), hasher, in.token, from, to, limits, at);
    return done ? std::string("changed") : done.error().code;
  };
  auto at = now.plus(1h);
  EXPECT_EQ(change(other, "a new long password", at), "access.login_failed");
  EXPECT_EQ(change(good, good, at), "access.password_used_before");
  EXPECT_EQ(change(good, "short", at), "access.password_short");
  EXPECT_EQ(change(good, "call me li.ming 1", at), "access.password_has_login");
  EXPECT_EQ(change(good, "new long password 1", at), "changed");
  for (int i = 1; i < 5; ++i) {
    const auto from = "new long password " + std::to_string(i);
    at = at.plus(1min);
    EXPECT_EQ(change(from, good, at), "access.password_used_before") << i;
    EXPECT_EQ(change(from, "new long password " + std::to_string(i + 1), at), "changed");
  }
  EXPECT_EQ(change("new long password 5", good, at.plus(1min)), "changed");
  EXPECT_LE(count("SELECT count(*) AS n FROM account_password_before"), 4);
}

TEST_P(LoginTest, AnOldHashIsMadeAnewAtTheNextLogin) {
  settle(good);
  PasswordHasher dearer{HashCost{128, 2, 1}};
  const auto hash = [&] {
    return done([&](Transaction& tx) { return tx.query_one("SELECT hash FROM account_password"); })
        ->text("hash");
  };
  EXPECT_FALSE(hasher.is_outdated(hash()));
  EXPECT_TRUE(dearer.is_outdated(hash()));
  ASSERT_TRUE(log_in(database(), dearer, {"li.ming", good, ""}, limits, now));
  EXPECT_FALSE(dearer.is_outdated(hash()));
  ASSERT_TRUE(log_in(database(), dearer, {"li.ming", good, ""}, limits, now));
}

TEST_P(LoginTest, SessionsEndByIdlenessByAgeByHandAndWithThePassword) {
  settle(good);
  const auto start = now.plus(1h);
  const auto token = (*log_in_as("li.ming", good, start)).token;
  EXPECT_EQ(code_of_session(token, start.plus(30min).plus(-1ms)), "in");
  EXPECT_EQ(code_of_session(token, start.plus(30min)), "access.no_session");
  EXPECT_EQ(code_of_session(token + "0", start), "access.no_session");
  EXPECT_EQ(code_of_session("", start), "access.no_session");
  EXPECT_EQ(code_of_session(token, start.plus(-1ms)),
            "access.no_session");  // a clock that went back

  // In use all the time, it ends after twelve hours all the same.
  auto at = start;
  for (; at < start.plus(12h); at = at.plus(29min)) {
    const auto found =
        done([&](Transaction& tx) { return actor_of_session(tx, token, {}, limits, at); });
    EXPECT_EQ(found.stale, at != start);
    done([&](Transaction& tx) { return touch_session(tx, found.id, at); });
  }
  EXPECT_EQ(code_of_session(token, start.plus(12h)), "access.no_session");

  const auto one = (*log_in_as("li.ming", good, start)).token;
  const auto two = (*log_in_as("li.ming", good, start)).token;
  const auto sessions =
      done([&](Transaction& tx) { return list_sessions(tx, root, limits, start); });
  ASSERT_GE(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].login, "li.ming");
  done([&](Transaction& tx) { return end_session(tx, root, sessions[0].id, start); });
  EXPECT_EQ(code_of_session(two, start), "access.no_session");
  EXPECT_EQ(code_of_session(one, start), "in");
  EXPECT_EQ(code_of([&](Transaction& tx) { return end_session(tx, root, sessions[0].id, start); }),
            "access.no_session_here");

  // A changed password leaves only the session that changed it; a disabled account leaves none.
  const auto three = (*log_in_as("li.ming", good, start)).token;
  ASSERT_TRUE(change_password(database(), hasher, three, good, other, limits, start));
  EXPECT_EQ(code_of_session(one, start), "access.no_session");
  EXPECT_EQ(code_of_session(three, start), "in");
  auto account_of_li = done([&](Transaction& tx) { return find_account(tx, root, li); });
  account_of_li.disabled = true;
  done([&](Transaction& tx) { return change_account(tx, root, account_of_li, start); });
  EXPECT_EQ(code_of_session(three, start), "access.no_session");
}

TEST_P(LoginTest, WhoAProviderVouchesForLogsInOnceTheyAreLinked) {
  const ProviderIdentity known{"https://login.example", "u-17"};
  const auto in_as = [&](const ProviderIdentity& identity, Instant at) {
    return log_in_linked(database(), identity, "192.0.2.7", limits, at);
  };
  EXPECT_EQ(in_as(known, now).error().code, "access.not_linked");
  EXPECT_EQ(count("SELECT count(*) AS n FROM account"), 1);  // none is made by itself
  done([&](Transaction& tx) { return link_identity(tx, root, li, known, now); });
  EXPECT_EQ(code_of([&](Transaction& tx) { return link_identity(tx, root, li, known, now); }),
            "access.identity_linked");
  for (const auto& bad : {ProviderIdentity{"", "u"}, ProviderIdentity{"https://login.example", ""},
                          ProviderIdentity{"https://login.example", "a b"},
                          ProviderIdentity{"https://login.example", std::string(256, 'x')}}) {
    EXPECT_EQ(code_of([&](Transaction& tx) { return link_identity(tx, root, li, bad, now); }),
              "access.provider_identity");
  }
  // Another issuer's same subject is somebody else.
  EXPECT_EQ(in_as({"https://elsewhere.example", "u-17"}, now).error().code, "access.not_linked");

  // Without a password of the desk's, and also while an issued one waits to be changed.
  const auto first = in_as(known, now);
  ASSERT_TRUE(first) << first.error().code;
  EXPECT_FALSE(first->must_change);
  EXPECT_EQ(code_of_session(first->token, now), "in");
  ASSERT_TRUE(issue_password(database(), hasher, root, li, now));
  EXPECT_EQ(code_of_session(first->token, now), "access.no_session");
  const auto second = in_as(known, now);
  EXPECT_EQ(code_of_session(second->token, now), "in");

  // Only who manages accounts there links.
  const auto stranger = account(person(2, "d02-agency"), "stranger", "d02-agency");
  const auto nobody = done(
      [&](Transaction& tx) { return Actor::load(tx, stranger, now, {}, Authenticated::session); });
  const auto attempt = [&](const Actor& who) {
    return code_of([&](Transaction& tx) { return link_identity(tx, who, li, {"i", "s"}, now); });
  };
  EXPECT_EQ(attempt(nobody), "access.no_account");
  const auto colleague = account(person(3), "colleague");
  EXPECT_EQ(attempt(done([&](Transaction& tx) {
              return Actor::load(tx, colleague, now, {}, Authenticated::session);
            })),
            "access.no_right");

  // Unlinking ends what began there.
  EXPECT_EQ(done([&](Transaction& tx) { return linked_identities(tx, root, li); }).size(), 1U);
  done([&](Transaction& tx) { return unlink_identity(tx, root, li, known, now); });
  EXPECT_EQ(code_of_session(second->token, now), "access.no_session");
  EXPECT_EQ(in_as(known, now).error().code, "access.not_linked");
  EXPECT_EQ(code_of([&](Transaction& tx) { return unlink_identity(tx, root, li, known, now); }),
            "access.no_link");

  // A disabled account is answered as if there were no link.
  done([&](Transaction& tx) { return link_identity(tx, root, li, known, now); });
  auto disabled = done([&](Transaction& tx) { return find_account(tx, root, li); });
  disabled.disabled = true;
  done([&](Transaction& tx) { return change_account(tx, root, disabled, now); });
  EXPECT_EQ(in_as(known, now).error().code, "access.not_linked");
}

TEST_P(LoginTest, OthersSessionsAreNobodysBusiness) {
  settle(good);
  const auto wang = account(person(2, "d02-agency"), "wang", "d02-agency");
  const auto stranger =
      done([&](Transaction& tx) { return Actor::load(tx, wang, now, {}, Authenticated::session); });
  ASSERT_TRUE(log_in_as("li.ming", good, now));
  EXPECT_TRUE(
      done([&](Transaction& tx) { return list_sessions(tx, stranger, limits, now); }).empty());
  const auto all = done([&](Transaction& tx) { return list_sessions(tx, root, limits, now); });
  EXPECT_EQ(code_of([&](Transaction& tx) { return end_session(tx, stranger, all[0].id, now); }),
            "access.no_session_here");
  EXPECT_EQ(issue_password(database(), hasher, stranger, li, now).error().code,
            "access.no_account");
}

TEST_P(LoginTest, ApiTokensAreNarrowAndEnd) {
  post(PersonId{1}, li, "JD");
  const PostRights rights = {{"JD", {"lead_read", "list_export"}}};
  const auto make = [&](const std::vector<std::string>& scopes, Instant ends) {
    return [&, scopes, ends](Transaction& tx) {
      return make_token(tx, root, duties(), {li, "夜间导出", scopes, ends}, now);
    };
  };
  EXPECT_EQ(code_of(make({}, now.plus(1h))), "access.token");
  EXPECT_EQ(code_of(make({"lead read"}, now.plus(1h))), "access.token");
  EXPECT_EQ(code_of(make({"lead_read"}, now)), "access.token");
  EXPECT_EQ(code_of(make({"lead_read"}, now.plus(367 * 24h))), "access.token");
  const auto token = done(make({"lead_read", "case_read"}, now.plus(24h)));

  const auto come = [&](const std::string& with, Instant at) {
    return database().read([&](Transaction& tx) { return actor_of_token(tx, with, rights, at); });
  };
  const auto found = come(token, now);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->stale);
  EXPECT_EQ(found->actor.how(), Authenticated::token);
  EXPECT_TRUE(found->actor.may("lead_read"));
  EXPECT_FALSE(found->actor.may("list_export"));  // the account may, the token may not
  EXPECT_FALSE(found->actor.may("case_read"));    // the token may, the account may not
  done([&](Transaction& tx) { return touch_token(tx, found->id, now); });
  EXPECT_FALSE(come(token, now)->stale);
  EXPECT_EQ(come(token, now.plus(24h)).error().code, "access.no_token");
  EXPECT_EQ(come("anlan_0", now).error().code, "access.no_token");
  const auto tokens = done([&](Transaction& tx) { return list_tokens(tx, root); });
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0].scopes, (std::vector<std::string>{"lead_read", "case_read"}));
  EXPECT_EQ(tokens[0].last_used, now);
  done([&](Transaction& tx) { return end_token(tx, root, tokens[0].id, now); });
  EXPECT_EQ(come(token, now).error().code, "access.no_token");
  EXPECT_EQ(code_of([&](Transaction& tx) { return end_token(tx, root, tokens[0].id, now); }),
            "access.ended_already");
}

class FirstAdministratorTest : public DeskTest {};
INSTANTIATE_TEST_SUITE_P(Engines, FirstAdministratorTest, store::both_engines, store::engine_name);

TEST_P(FirstAdministratorTest, IsMadeOnceAndIsNobodyUntilSomebodySaysWho) {
  PasswordHasher hasher{HashCost{64, 1, 1}};
  const auto first = *make_first_administrator(database(), hasher, root, "bureau", now);
  ASSERT_TRUE(first);
  EXPECT_FALSE(*make_first_administrator(database(), hasher, root, "bureau", now));
  const auto in = log_in(database(), hasher, {first->login, first->password, "console"}, {}, now);
  ASSERT_TRUE(in) << in.error().code;
  EXPECT_TRUE(in->must_change);

  const auto one = done([&](Transaction& tx) {
    return Actor::load(tx, first->account, now,
                       {{"QX", {"post_grant"}}, {"SA", {"account_manage"}}},
                       Authenticated::session);
  });
  EXPECT_TRUE(one.may("post_grant", "d02-agency"));
  EXPECT_TRUE(one.may("account_manage", "d02-agency"));
  const auto later = done(
      [&](Transaction& tx) { return posts_of_person(tx, *one.person(), now.plus(181 * 24h)); });
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].post, "SA");

  const auto relation = [&](Transaction& tx) {
    return relation_to(tx, *one.person(), key.of_id_number(id_number(9)));
  };
  const auto grant = [&](Transaction& tx) {
    return grant_post(tx, root, duties(),
                      {*one.person(), first->account, "bureau", "BM", now, {}, ""},
                      {{}, "matter:1"}, now);
  };
  EXPECT_EQ(code_of(relation), "access.identity_missing");
  EXPECT_EQ(code_of(grant), "access.identity_missing");
  const auto identify = [&](int serial) {
    return [&, serial](Transaction& tx) {
      return set_identity(tx, root, key, *one.person(), id_number(serial), "", now);
    };
  };
  person(1);
  EXPECT_EQ(code_of(identify(1)), "access.person_exists");
  done(identify(9));
  EXPECT_EQ(code_of(identify(8)), "access.identity_known");
  EXPECT_EQ(done(relation), "self");
  done(grant);
}

TEST_P(LoginTest, NoSecretLiesInTheDatabase) {
  settle(good);
  const auto session = (*log_in_as("li.ming", good, now)).token;
  const auto token = done([&](Transaction& tx) {
    return make_token(tx, root, duties(), {li, "n", {"lead_read"}, now.plus(1h)}, now);
  });
  for (const auto* table : {"account_password", "account_password_before", "session", "api_token",
                            "login_failure", "journal_outbox"}) {
    const auto rows =
        done([&](Transaction& tx) { return tx.query("SELECT * FROM " + std::string(table)); });
    EXPECT_FALSE(rows.empty() && std::string(table) == "journal_outbox");
    for (const auto& row : rows) {
      for (const auto& value : row.values()) {
        std::string text;
        if (const auto* words = std::get_if<std::string>(&value.held())) text = *words;
        if (const auto* bytes = std::get_if<store::Bytes>(&value.held())) text = bytes->data;
        for (const auto& secret : {std::string(good), session, token}) {
          EXPECT_EQ(text.find(secret), std::string::npos) << table;
        }
      }
    }
  }
}

TEST(Passwords, AreLongUncommonAndNotTheLogin) {
  const auto code = [](const std::string& password) {
    const auto sound = check_password(password, "zhang");
    return sound ? std::string("ok") : sound.error().code;
  };
  EXPECT_EQ(code("elevenchars"), "access.password_short");
  EXPECT_EQ(code("twelve chars"), "ok");
  EXPECT_EQ(code("春眠不觉晓处处闻啼鸟"), "access.password_short");  // ten characters
  EXPECT_EQ(code("春眠不觉晓处处闻啼鸟夜来"), "ok");
  EXPECT_EQ(code(std::string(129, 'a') + "bcdefg"), "access.password_long");
  EXPECT_EQ(code("Password1234"), "access.password_common");
  EXPECT_EQ(code("aaaabbbbccccdddd"), "access.password_common");
  EXPECT_EQ(code("aaaabbbbccccddddE"), "ok");
  EXPECT_EQ(code("my name is ZHANG"), "access.password_has_login");
}

TEST(Passwords, MadeByChanceAreSound) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto password = random_password();
    EXPECT_EQ(password.size(), 19U);
    EXPECT_TRUE(seen.insert(password).second);
  }
}

TEST(Passwords, AreHashedUnderTheirOwnSalt) {
  PasswordHasher hasher{HashCost{64, 1, 1}};
  const auto hash = hasher.hash(good);
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_NE(hash, hasher.hash(good));
  EXPECT_TRUE(hasher.verify(hash, good));
  EXPECT_FALSE(hasher.verify(hash, other));
  EXPECT_FALSE(hasher.verify("", good));
  EXPECT_FALSE(hasher.verify_nobody(good));
  EXPECT_TRUE(PasswordHasher().is_outdated(hash));
}

}  // namespace
}  // namespace anlan::access
