#include "ledger/ledger.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "access/test_desk.hpp"
#include "journal/outbox.hpp"
#include "ledger/test_content.hpp"

namespace anlan::ledger {
namespace {

using access::Actor;
using access::PersonId;
using store::Transaction;
using ::testing::HasSubstr;

const access::PostRights rights = {{"SL", {"ledger_read", "ledger_draft"}},
                                   {"BM", {"ledger_read", "ledger_draft"}},
                                   {"DW", {"ledger_read", "ledger_draft"}},
                                   {"JD", {"ledger_read"}}};

// 2019-11-29 10:00 in China.
constexpr Instant on_29_november{1574992800000};
Instant days_later(int days) {
  return {on_29_november.ms + days * 86'400'000LL};
}

/// One unit, d01-agency, and those who have to do with its ledger.
class LedgerTest : public access::DeskTest {
 protected:
  void SetUp() override {
    DeskTest::SetUp();
    if (IsSkipped()) return;
    drafter_ = join(1, "drafter", "SL", "d01-agency");
    first_ = join(2, "first", "SL", "d01-agency");
    second_ = join(3, "second", "", "d01-agency");
    head_ = join(4, "head", "BM", "d01-agency");
    chief_ = join(5, "chief", "DW", "d01-agency");
    supervisor_ = join(6, "supervisor", "JD", "bureau");
    stranger_ = join(7, "stranger", "SL", "d02-agency");
  }

  std::vector<store::Schema> schemas() const override {
    return {journal::schema(), access::schema(), duties::schema(), ledger::schema()};
  }

  struct Who {
    PersonId person;
    access::AccountId account;
    int serial = 0;
  };
  Who join(int serial, const std::string& login, const std::string& post_code,
           const std::string& organisation) {
    Who who{person(serial, organisation), {}, serial};
    who.account = account(who.person, login, organisation);
    if (!post_code.empty()) post(who.person, who.account, post_code, organisation);
    return who;
  }
  Actor actor(const Who& who) {
    auto loaded = database().read([&](Transaction& tx) {
      return Actor::load(tx, who.account, DeskTest::now, rights, access::Authenticated::session);
    });
    EXPECT_TRUE(loaded) << loaded.error().code;
    return std::move(*loaded);
  }

  static Owner owner(const Who& who) {
    return {who.person.value, "职员" + std::to_string(who.serial)};
  }
  Content content() const {
    auto made = small_content();
    made.organisation = "d01-agency";
    made.year = 2019;
    made.points[0].direct = owner(first_);
    made.points[1].direct = owner(second_);
    for (auto& point : made.points) {
      point.department_head = owner(head_);
      point.unit_head = owner(chief_);
    }
    return made;
  }

  std::int64_t created() {
    return done([&](Transaction& tx) {
      return create(tx, actor(drafter_), test_catalog(), content(), on_29_november);
    });
  }
  Ledger current(std::int64_t id) {
    auto ledger =
        database().read([&](Transaction& tx) { return find(tx, Actor::console("uid:0"), id); });
    EXPECT_TRUE(ledger) << ledger.error().code;
    return std::move(*ledger);
  }
  std::string sign_as(const Who& who, std::int64_t id, Level level) {
    const auto seen = current(id).head.version;
    return said(database().write([&](Transaction& tx) {
      return sign(tx, actor(who), test_catalog(), id, seen, level, on_29_november);
    }));
  }
  void sign_all(std::int64_t id) {
    EXPECT_EQ(sign_as(first_, id, Level::direct), "");
    EXPECT_EQ(sign_as(second_, id, Level::direct), "");
    EXPECT_EQ(sign_as(head_, id, Level::department), "");
    EXPECT_EQ(sign_as(chief_, id, Level::unit), "");
  }
  std::string submit_as(const Who& who, std::int64_t id, Instant at = on_29_november) {
    const auto seen = current(id).head.version;
    return said(database().write([&](Transaction& tx) {
      return submit(tx, duties::rules_of(test_catalog()), actor(who), id, seen, at);
    }));
  }
  duties::Matter matter_of(std::int64_t id) {
    const auto ledger = current(id);
    EXPECT_FALSE(ledger.submissions.empty());
    auto matter = database().read([&](Transaction& tx) {
      return duties::find_matter(tx, Actor::console("uid:0"), {*ledger.submissions.back().matter});
    });
    EXPECT_TRUE(matter) << matter.error().code;
    return std::move(*matter);
  }
  static duties::Follows follows() {
    duties::Follows made;
    add_follow(made);
    return made;
  }
  std::string decide_as(const Who& who, std::int64_t id, duties::Verdict verdict,
                        const std::string& opinion = "", Instant at = on_29_november) {
    const auto matter = matter_of(id);
    return said(database().write([&](Transaction& tx) {
      return duties::decide(tx, duties::rules_of(test_catalog()), follows(), actor(who),
                            {matter.id, matter.version, "acceptance", verdict, "JD", opinion}, at);
    }));
  }
  std::string accept_as(const Who& who, std::int64_t id, Instant at = on_29_november) {
    return decide_as(who, id, duties::Verdict::approve, "", at);
  }
  std::string return_as(const Who& who, std::int64_t id, const std::string& reason) {
    return decide_as(who, id, duties::Verdict::send_back, reason);
  }
  std::string withdraw_as(const Who& who, std::int64_t id) {
    const auto matter = matter_of(id);
    return said(database().write([&](Transaction& tx) {
      return duties::withdraw(tx, duties::rules_of(test_catalog()), follows(), actor(who),
                              matter.id, matter.version, on_29_november);
    }));
  }
  std::string change_as(const Who& who, std::int64_t id, const Content& to) {
    const auto seen = current(id).head.version;
    return said(database().write([&](Transaction& tx) {
      return change(tx, actor(who), test_catalog(), id, seen, to, on_29_november);
    }));
  }
  template <class T>
  static std::string said(const Result<T>& result) {
    return result ? "" : result.error().code;
  }
  std::vector<std::string> standing(std::int64_t id) {
    std::vector<std::string> words;
    const auto ledger = current(id);
    for (const auto& one : ledger.signatures) {
      if (stands(one, ledger.content))
        words.push_back(fmt::format("{}:{}", word_of(one.level), one.person));
    }
    return words;
  }

  Who drafter_, first_, second_, head_, chief_, supervisor_, stranger_;
};
INSTANTIATE_TEST_SUITE_P(Engines, LedgerTest, store::both_engines, store::engine_name);

TEST_P(LedgerTest, KeepsWhatIsWrittenAndEveryVersion) {
  const auto id = created();
  EXPECT_EQ(current(id).content, content());
  EXPECT_EQ(current(id).head.sha256, hash_of(content()));
  auto other = content();
  other.points[0].risk = "改写";
  EXPECT_EQ(change_as(drafter_, id, other), "");
  EXPECT_EQ(change_as(drafter_, id, other), "");  // equal content: nothing happens
  const auto ledger = current(id);
  EXPECT_EQ(ledger.head.content_version, 2);
  EXPECT_EQ(ledger.content, other);
  const auto all =
      database().read([&](Transaction& tx) { return versions(tx, actor(drafter_), id); });
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].sha256, hash_of(content()));
  const auto first =
      database().read([&](Transaction& tx) { return form_of(tx, actor(drafter_), id, 1); });
  ASSERT_TRUE(first);
  EXPECT_EQ(first->content, content());
  EXPECT_EQ(first->state, "旧版");
  EXPECT_EQ(code_of([&](Transaction& tx) { return form_of(tx, actor(drafter_), id, 3); }),
            "ledger.version_missing");
  const auto rows = database().read([&](Transaction& tx) {
    return tx.query(
        "SELECT r.risk, count(*) AS n FROM risk_point r JOIN measure_assignment m ON "
        "m.ledger_id = r.ledger_id AND m.row_no = r.row_no GROUP BY r.row_no, r.risk "
        "ORDER BY r.row_no");
  });
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].text("risk"), "改写");
  EXPECT_EQ((*rows)[0].integer("n"), 2);
}

TEST_P(LedgerTest, GoesFromDraftIntoForce) {
  const auto id = created();
  EXPECT_EQ(submit_as(chief_, id), "ledger.signature_missing");
  EXPECT_EQ(sign_as(chief_, id, Level::unit), "ledger.signature_missing");
  sign_all(id);
  EXPECT_EQ(submit_as(chief_, id), "");
  EXPECT_EQ(submit_as(chief_, id), "ledger.under_review");
  EXPECT_EQ(change_as(drafter_, id, small_content()), "ledger.under_review");
  EXPECT_EQ(sign_as(first_, id, Level::direct), "ledger.under_review");
  EXPECT_EQ(accept_as(chief_, id), "duties.maker");
  EXPECT_EQ(accept_as(head_, id), "duties.handler");  // signed it
  EXPECT_EQ(accept_as(stranger_, id), "duties.no_matter");
  EXPECT_EQ(accept_as(supervisor_, id, days_later(5)), "");
  EXPECT_EQ(accept_as(supervisor_, id, days_later(5)), "duties.closed");
  const auto ledger = current(id);
  EXPECT_EQ(ledger.head.state, State::accepted);
  EXPECT_EQ(ledger.head.in_force_version, 1);
  EXPECT_EQ(format_date(*ledger.head.in_force_on), "2019-12-04");
  EXPECT_EQ(submit_as(chief_, id), "ledger.accepted_already");

  // Edited later, the accepted version stays in force.
  auto other = content();
  other.points[0].risk = "新风险";
  EXPECT_EQ(change_as(drafter_, id, other), "");
  EXPECT_EQ(current(id).head.state, State::draft);
  EXPECT_EQ(current(id).head.in_force_version, 1);
}

TEST_P(LedgerTest, AnEditVoidsWhatItTouchesForEver) {
  const auto id = created();
  sign_all(id);
  EXPECT_EQ(standing(id).size(), 4U);
  auto other = content();
  other.points[0].risk = "改写";
  EXPECT_EQ(change_as(drafter_, id, other), "");
  EXPECT_THAT(standing(id), ::testing::ElementsAre(fmt::format("direct:{}", second_.person.value)));
  EXPECT_EQ(submit_as(chief_, id), "ledger.signature_missing");
  // Taking the edit back does not bring a signature back.
  EXPECT_EQ(change_as(drafter_, id, content()), "");
  EXPECT_EQ(standing(id).size(), 1U);
  EXPECT_EQ(sign_as(first_, id, Level::direct), "");
  EXPECT_EQ(sign_as(head_, id, Level::department), "");
  EXPECT_EQ(sign_as(chief_, id, Level::unit), "");
  EXPECT_EQ(current(id).signatures.size(), 7U);  // the voided ones are kept
}

TEST_P(LedgerTest, IsReturnedWithAReasonAndSignedAgainByTheUnitsHead) {
  const auto id = created();
  sign_all(id);
  EXPECT_EQ(submit_as(chief_, id), "");
  EXPECT_EQ(return_as(supervisor_, id, "  "), "duties.opinion");
  EXPECT_EQ(return_as(supervisor_, id, "第2行措施不具体"), "");
  const auto ledger = current(id);
  EXPECT_EQ(ledger.head.state, State::returned);
  EXPECT_EQ(ledger.submissions.back().reason, "第2行措施不具体");
  EXPECT_EQ(standing(id).size(), 3U);
  EXPECT_EQ(submit_as(chief_, id), "ledger.signature_missing");
  EXPECT_EQ(sign_as(chief_, id, Level::unit), "");
  EXPECT_EQ(submit_as(chief_, id), "");
  EXPECT_EQ(accept_as(supervisor_, id), "");
  EXPECT_EQ(current(id).submissions.size(), 2U);
  EXPECT_EQ(matter_of(id).round, 2);  // one matter from the first submission to the acceptance
}

TEST_P(LedgerTest, IsTakenBackByWhoSubmittedItAndDecidedAnewOnceRejected) {
  const auto id = created();
  sign_all(id);
  EXPECT_EQ(submit_as(chief_, id), "");
  EXPECT_EQ(withdraw_as(head_, id), "duties.not_maker");
  EXPECT_EQ(withdraw_as(chief_, id), "");
  EXPECT_EQ(current(id).head.state, State::draft);
  EXPECT_EQ(current(id).submissions.back().outcome, "withdrawn");
  EXPECT_EQ(standing(id).size(), 4U);

  EXPECT_EQ(submit_as(drafter_, id), "");
  const auto first = matter_of(id).id;
  EXPECT_EQ(decide_as(supervisor_, id, duties::Verdict::reject, "单位不对"), "");
  EXPECT_EQ(current(id).head.state, State::returned);
  EXPECT_EQ(sign_as(chief_, id, Level::unit), "");
  EXPECT_EQ(submit_as(chief_, id), "");
  EXPECT_NE(matter_of(id).id, first);
  // Sent back, then withdrawn: it waits at its unit as before.
  EXPECT_EQ(return_as(supervisor_, id, "措施不具体"), "");
  EXPECT_EQ(withdraw_as(chief_, id), "");
  EXPECT_EQ(current(id).head.state, State::returned);
  EXPECT_EQ(current(id).submissions.back().outcome, "returned");
}

TEST_P(LedgerTest, MakerIsNeverChecker) {
  // The head of the unit drafts: then they cannot sign for it, whatever account they use.
  const auto id = done([&](Transaction& tx) {
    return create(tx, actor(chief_), test_catalog(), content(), on_29_november);
  });
  EXPECT_EQ(sign_as(first_, id, Level::direct), "");
  EXPECT_EQ(sign_as(second_, id, Level::direct), "");
  EXPECT_EQ(sign_as(head_, id, Level::department), "");
  EXPECT_EQ(sign_as(chief_, id, Level::unit), "ledger.made_by_signer");
  EXPECT_EQ(sign_as(drafter_, id, Level::direct), "ledger.not_named");
  Who other_account{chief_.person, account(chief_.person, "chief2"), 5};
  EXPECT_EQ(sign_as(other_account, id, Level::unit), "ledger.made_by_signer");
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return sign(tx, Actor::console("uid:0"), test_catalog(), id, current(id).head.version,
                          Level::unit, on_29_november);
            }),
            "ledger.no_person");

  auto same = content();
  same.points[0].direct.person = same.points[0].department_head.person;
  same.points[0].direct.name = same.points[0].department_head.name;
  EXPECT_EQ(change_as(drafter_, id, same), "");
  EXPECT_EQ(sign_as(head_, id, Level::direct), "ledger.gaps");  // one person twice in a row
}

TEST_P(LedgerTest, WhatIsOutsideDoesNotExist) {
  const auto id = created();
  for (const auto& work : {std::string("find"), std::string("change"), std::string("submit")}) {
    const auto code = code_of([&](Transaction& tx) -> Status {
      const auto who = actor(stranger_);
      if (work == "find") {
        const auto found = find(tx, who, id);
        return found ? Status{} : fail(found.error());
      }
      if (work == "submit")
        return submit(tx, duties::rules_of(test_catalog()), who, id, 1, on_29_november);
      const auto changed = change(tx, who, test_catalog(), id, 1, content(), on_29_november);
      return changed ? Status{} : fail(changed.error());
    });
    EXPECT_EQ(code, "ledger.missing") << work;
  }
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return create(tx, actor(stranger_), test_catalog(), content(), on_29_november);
            }),
            "access.no_organisation");
  const auto heads = [&](const Who& who) {
    return database().read([&](Transaction& tx) { return list(tx, actor(who), 0); })->size();
  };
  EXPECT_EQ(heads(stranger_), 0U);
  EXPECT_EQ(heads(drafter_), 1U);
  EXPECT_EQ(heads(supervisor_), 1U);
  // No post, but named in it: readable, and not to be changed.
  EXPECT_TRUE(database().read([&](Transaction& tx) { return find(tx, actor(second_), id); }));
  auto other = content();
  other.points[0].risk = "改写";
  EXPECT_EQ(change_as(second_, id, other), "access.no_right");
}

TEST_P(LedgerTest, AStaleActIsToldWhoWasFaster) {
  const auto id = created();
  auto other = content();
  other.points[0].risk = "改写";
  EXPECT_EQ(change_as(drafter_, id, other), "");
  const auto stale = database().write([&](Transaction& tx) {
    return sign(tx, actor(first_), test_catalog(), id, 1, Level::direct, on_29_november);
  });
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, "store.stale");
  EXPECT_THAT(stale.error().detail, HasSubstr(access::word_of(drafter_.account)));
}

TEST_P(LedgerTest, OfManyWhoSignAtOnceEachSignatureStandsOnce) {
  const auto id = created();
  const auto one = actor(first_);
  std::vector<std::thread> threads;
  std::atomic<int> signed_now = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto status = database().write([&](Transaction& tx) {
        return sign(tx, one, test_catalog(), id, 1, Level::direct, on_29_november);
      });
      if (status) ++signed_now;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(signed_now, 1);
  EXPECT_EQ(standing(id).size(), 1U);
}

TEST_P(LedgerTest, LinksNamesToPersonsAndNeverToTheWrongOne) {
  auto typed = content();
  typed.points[0].direct = {0, "职员2"};
  typed.points[1].direct = {0, "没有此人"};
  const auto id = done([&](Transaction& tx) {
    return create(tx, actor(drafter_), test_catalog(), typed, on_29_november);
  });
  EXPECT_EQ(current(id).content.points[0].direct.person, first_.person.value);
  EXPECT_EQ(current(id).content.points[1].direct.person, 0);
  EXPECT_EQ(sign_as(first_, id, Level::direct), "ledger.gaps");

  auto wrong = content();
  wrong.points[1].direct.name = "职员2";  // the number of another
  const auto refused = database().write([&](Transaction& tx) {
    return change(tx, actor(drafter_), test_catalog(), id, 1, wrong, on_29_november);
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "ledger.owner");
  EXPECT_THAT(refused.error().detail, HasSubstr("row 2, 直接责任人"));
  EXPECT_THAT(refused.error().detail, ::testing::Not(HasSubstr("职员")));
  wrong.points[1].direct = owner(supervisor_);
  EXPECT_EQ(change_as(drafter_, id, wrong), "ledger.owner");

  // Two of one name: left as text.
  join(12, "double", "", "d01-agency");
  done([&](Transaction& tx) {
    return tx.run("UPDATE person SET name = '职员2' WHERE name = '职员12'");
  });
  EXPECT_EQ(change_as(drafter_, id, typed), "");
  EXPECT_EQ(current(id).content.points[0].direct.person, 0);
}

TEST_P(LedgerTest, ChangesOneYearAndUnitOnceAndNothingHalf) {
  created();
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return create(tx, actor(drafter_), test_catalog(), content(), on_29_november);
            }),
            "ledger.exists");
  auto wrong = content();
  wrong.year = 2020;
  wrong.points[1].measures[0].measure = "BU-99";
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return create(tx, actor(drafter_), test_catalog(), wrong, on_29_november);
            }),
            "ledger.row");
  const auto rows =
      database().read([&](Transaction& tx) { return tx.query("SELECT ledger_id FROM ledger"); });
  EXPECT_EQ(rows->size(), 1U);
}

TEST_P(LedgerTest, TellsTheJournalOfEachAct) {
  const auto id = created();
  sign_all(id);
  EXPECT_EQ(submit_as(chief_, id), "");
  EXPECT_EQ(return_as(supervisor_, id, "措施不具体"), "");
  const auto rows =
      database().read([&](Transaction& tx) { return tx.query("SELECT * FROM journal_outbox"); });
  ASSERT_TRUE(rows);
  std::string all;
  for (const auto& row : *rows) {
    for (const auto& value : row.values()) {
      if (const auto* text = std::get_if<std::string>(&value.held())) all += *text + "\n";
      if (const auto* bytes = std::get_if<store::Bytes>(&value.held())) all += bytes->data + "\n";
    }
  }
  for (const auto* act : {"ledger.created", "ledger.signed", "ledger.submitted", "ledger.returned"})
    EXPECT_THAT(all, HasSubstr(act));
  EXPECT_THAT(all, HasSubstr(hash_of(content())));
}

TEST_P(LedgerTest, ListsWhoIsLate) {
  const auto kinds = [&](Instant at, const Who& who) {
    std::map<std::string, std::string> all;
    const auto units =
        database().read([&](Transaction& tx) { return late(tx, actor(who), 2019, at.day()); });
    EXPECT_TRUE(units) << units.error().detail;
    for (const auto& unit : *units)
      all[unit.organisation] = fmt::format("{} {}", unit.lateness.kind, unit.lateness.days);
    return all;
  };
  EXPECT_TRUE(kinds(days_later(1), supervisor_).empty());  // 30 November
  const auto first = kinds(days_later(2), supervisor_);
  EXPECT_EQ(first.at("d01-agency"), "not_submitted 1");
  EXPECT_EQ(first.at("d02"), "not_submitted 1");
  EXPECT_FALSE(first.contains("bureau"));
  EXPECT_FALSE(first.contains("supervision"));
  EXPECT_EQ(kinds(days_later(2), drafter_).size(), 1U);  // only their own

  const auto id = created();
  sign_all(id);
  EXPECT_EQ(submit_as(chief_, id, days_later(3)), "");
  EXPECT_EQ(kinds(days_later(4), supervisor_).at("d01-agency"), "submitted_late 2");
  EXPECT_EQ(kinds(days_later(33), supervisor_).at("d01-agency"), "not_in_force 1");
  EXPECT_EQ(accept_as(supervisor_, id, days_later(34)), "");
  EXPECT_EQ(kinds(days_later(40), supervisor_).at("d01-agency"), "submitted_late 2");
}

TEST_P(LedgerTest, NoticesAVersionThatWasTamperedWith) {
  const auto id = created();
  done([&](Transaction& tx) {
    return tx.run("UPDATE ledger_version SET content = replace(content, '加发', '少发')");
  });
  EXPECT_EQ(code_of([&](Transaction& tx) { return find(tx, actor(drafter_), id); }),
            "ledger.content");
}

}  // namespace
}  // namespace anlan::ledger
