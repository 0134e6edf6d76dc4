#include <gtest/gtest.h>
#include <sys/stat.h>

#include "access/test_desk.hpp"
#include "base/file.hpp"

namespace anlan::access {
namespace {

using store::Transaction;
using namespace std::chrono_literals;

class AccessTest : public DeskTest {
 protected:
  Actor actor(AccountId account, Instant at, const PostRights& rights = {}) {
    return done([&](Transaction& tx) {
      return Actor::load(tx, account, at, rights, Authenticated::session);
    });
  }
  std::vector<std::string> held(PersonId of, Instant at) {
    std::vector<std::string> words;
    for (const auto& one : done([&](Transaction& tx) { return posts_of_person(tx, of, at); })) {
      words.push_back(one.post + "@" + one.organisation + (one.cover ? " cover" : ""));
    }
    return words;
  }
  static std::vector<std::string> ids(const std::vector<Organisation>& organisations) {
    std::vector<std::string> out;
    for (const auto& one : organisations) out.push_back(one.id);
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, AccessTest, store::both_engines, store::engine_name);

using Words = std::vector<std::string>;

TEST_P(AccessTest, ScopeIsTheOwnOrganisationAndAllBelowIt) {
  const auto chief = person(1, "d01");
  const auto account_of_chief = account(chief, "chief", "d01");
  const auto one = actor(account_of_chief, now);
  EXPECT_EQ(one.scope().organisations(), (std::set<std::string>{"d01", "d01-agency"}));
  EXPECT_EQ(ids(done([&](Transaction& tx) { return list_organisations(tx, one); })),
            (Words{"d01", "d01-agency"}));
  EXPECT_EQ(ids(done([&](Transaction& tx) { return list_organisations(tx, root); })),
            (Words{"bureau", "d01", "d01-agency", "d02", "d02-agency", "supervision"}));
  // What lies outside does not exist: no way to tell it from what never was.
  const auto outside =
      database().read([&](Transaction& tx) { return find_organisation(tx, one, "d02-agency"); });
  const auto never =
      database().read([&](Transaction& tx) { return find_organisation(tx, one, "d99"); });
  EXPECT_EQ(outside.error().code, never.error().code);
  EXPECT_EQ(outside.error().kind, ErrorKind::not_found);
  EXPECT_EQ(one.check("account_manage", "d02").error().kind, ErrorKind::not_found);
  EXPECT_EQ(one.check("account_manage", "d01").error().kind, ErrorKind::forbidden);
}

TEST_P(AccessTest, APostHeldElsewhereWidensTheScopeAndGivesItsRightsThereOnly) {
  const auto who = person(1);
  const auto through = account(who, "seconded");
  post(who, through, "JD", "d02");
  const auto one = actor(through, now, {{"JD", {"lead_read"}}, {"SA", {"account_manage"}}});
  EXPECT_EQ(one.scope().organisations(),
            (std::set<std::string>{"d01-agency", "d02", "d02-agency"}));
  EXPECT_TRUE(one.may("lead_read"));
  EXPECT_TRUE(one.may("lead_read", "d02-agency"));
  EXPECT_FALSE(one.may("lead_read", "d01-agency"));
  EXPECT_FALSE(one.may("account_manage"));
  EXPECT_EQ(one.scope_of("lead_read").organisations(),
            (std::set<std::string>{"d02", "d02-agency"}));
  EXPECT_EQ(one.scope_of("account_manage").condition("organisation_id").sql, "1 = 0");
  // A token's scopes narrow the rights.
  const auto narrowed = done([&](Transaction& tx) {
    return Actor::load(tx, through, now, {{"JD", {"lead_read", "list_export"}}},
                       Authenticated::token, std::set<std::string>{"lead_read"});
  });
  EXPECT_TRUE(narrowed.may("lead_read"));
  EXPECT_FALSE(narrowed.may("list_export"));
}

TEST_P(AccessTest, SupervisionReachesItsParentAndAllBelow) {
  done([&](Transaction& tx) {
    return add_organisation(tx, root, organisation("d01-sup", "d01", "division", "supervision"),
                            now);
  });
  const PostRights rights = {{"JD", {"lead_read", "whole_authority"}}, {"SL", {"matter_read"}}};
  const auto officer_of = [&](int serial, const std::string& home, const std::string& code) {
    const auto who = person(serial, home);
    const auto through = account(who, "officer" + std::to_string(serial), home);
    post(who, through, code, home);
    return actor(through, now, rights);
  };
  const std::set<std::string> all = {"bureau",  "supervision", "d01",       "d01-agency",
                                     "d01-sup", "d02",         "d02-agency"};
  const auto city = officer_of(1, "supervision", "JD");
  EXPECT_EQ(city.scope().organisations(), all);
  EXPECT_EQ(city.scope_of("lead_read").organisations(), all);
  const auto district = officer_of(2, "d01-sup", "JD");
  const std::set<std::string> of_d01 = {"d01", "d01-agency", "d01-sup"};
  EXPECT_EQ(district.scope().organisations(), of_d01);
  EXPECT_EQ(district.scope_of("lead_read").organisations(), of_d01);
  // Neither another post in such a unit nor such a post in another unit reaches further.
  const auto guest = officer_of(3, "d01-sup", "SL");
  EXPECT_EQ(guest.scope().organisations(), std::set<std::string>{"d01-sup"});
  const auto elsewhere = officer_of(4, "d02-agency", "JD");
  EXPECT_EQ(elsewhere.scope().organisations(), std::set<std::string>{"d02-agency"});
  // Nor does somebody who works there and holds nothing.
  const auto without = account(person(5, "supervision"), "officer5", "supervision");
  EXPECT_EQ(actor(without, now, rights).scope().organisations(),
            std::set<std::string>{"supervision"});
  // A token narrows the rights, not the sight.
  const auto narrowed = done([&](Transaction& tx) {
    return Actor::load(tx, *city.account(), now, rights, Authenticated::token,
                       std::set<std::string>{"lead_read"});
  });
  EXPECT_EQ(narrowed.scope_of("lead_read").organisations(), all);
}

TEST_P(AccessTest, OrganisationsAreCheckedAndNeverMove) {
  const auto code = [&](Organisation one) {
    return code_of([&](Transaction& tx) { return add_organisation(tx, root, one, now); });
  };
  EXPECT_EQ(code(tree[3]), "access.organisation_exists");
  EXPECT_EQ(code(organisation("d03", "nowhere", "district", "policy")), "access.no_organisation");
  EXPECT_EQ(code(organisation("D 3", "bureau", "district", "policy")), "access.organisation");
  EXPECT_EQ(code(organisation("d03", "bureau", "village", "policy")), "access.organisation");
  EXPECT_EQ(code(organisation("d03", "bureau", "district", "other")), "access.organisation");
  EXPECT_EQ(done([&](Transaction& tx) { return import_organisations(tx, root, tree, now); }), 0);

  auto agency = tree[3];
  agency.version = 1;
  agency.valid_to = Date::of(2019, 12, 31);
  done([&](Transaction& tx) { return change_organisation(tx, root, agency, now); });
  EXPECT_EQ(code_of([&](Transaction& tx) { return change_organisation(tx, root, agency, now); }),
            "store.stale");
  agency.version = 2;
  agency.parent = "d02";
  EXPECT_EQ(code_of([&](Transaction& tx) { return change_organisation(tx, root, agency, now); }),
            "access.organisation");
  const auto there = done([&](Transaction& tx) { return find_organisation(tx, root, agency.id); });
  EXPECT_EQ(there.valid_to, Date::of(2019, 12, 31));
  EXPECT_EQ(there.parent, "d01");
}

TEST_P(AccessTest, NothingHangsOnAnOrganisationThatIsNot) {
  const NewPerson lost{"d99", "某", id_number(1), StaffKind::own, "", ""};
  EXPECT_EQ(code_of([&](Transaction& tx) { return add_person(tx, root, key, lost, now); }),
            "access.no_organisation");
  const auto who = person(1);
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return add_account(tx, root, {who, "d99", "lost", {}}, now);
            }),
            "access.no_organisation");
  const auto through = account(who, "here");
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return grant_post(tx, root, duties(), {who, through, "d99", "SL", now, {}, ""},
                                {{}, "matter:1"}, now);
            }),
            "access.no_organisation");
}

TEST_P(AccessTest, OneHumanBeingIsOnePerson) {
  const auto first = person(1);
  const NewPerson again{"d02-agency", "另一人", id_number(1), StaffKind::own, "", ""};
  EXPECT_EQ(code_of([&](Transaction& tx) { return add_person(tx, root, key, again, now); }),
            "access.person_exists");
  EXPECT_EQ(done([&](Transaction& tx) { return person_of(tx, key.of_id_number(id_number(1))); }),
            first);
  EXPECT_EQ(done([&](Transaction& tx) { return person_of(tx, key.of_id_number(id_number(2))); }),
            std::nullopt);
  // A desk filled under one key refuses another: equal numbers would no longer be seen as equal.
  const auto other = IdentityKey::make();
  const NewPerson next{"d02-agency", "另一人", id_number(3), StaffKind::own, "", ""};
  EXPECT_EQ(code_of([&](Transaction& tx) { return add_person(tx, root, other, next, now); }),
            "access.key_of_another_desk");
}

TEST_P(AccessTest, TheDatabaseHoldsNoIdNumberInTheClear) {
  const auto who = person(1);
  const auto number = std::string(id_number(1).reveal());
  const auto row = done([&](Transaction& tx) {
    return tx.query_one("SELECT * FROM person_identity WHERE person_id = ?", {who.value});
  });
  for (const auto& column : {"id_no_blind", "id_no_sealed", "phone_sealed"}) {
    EXPECT_EQ(row->bytes(column).find(number.substr(6)), std::string::npos) << column;
    EXPECT_EQ(row->bytes(column).find("1380000"), std::string::npos) << column;
  }
  EXPECT_EQ(done([&](Transaction& tx) {
              return reveal(tx, root, key, who, IdentityField::id_no, "核对身份", now);
            }),
            number);
  EXPECT_EQ(done([&](Transaction& tx) {
              return reveal(tx, root, key, who, IdentityField::phone, "通知", now);
            }),
            "13800000001");
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return reveal(tx, root, key, who, IdentityField::id_no, "  ", now);
            }),
            "access.reason");
  // A ciphertext that was moved to another person's row does not open.
  const auto other = person(2);
  done([&](Transaction& tx) {
    return tx.run("UPDATE person_identity SET id_no_sealed = ? WHERE person_id = ?",
                  {store::Bytes{row->bytes("id_no_sealed")}, other.value});
  });
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return reveal(tx, root, key, other, IdentityField::id_no, "核对身份", now);
            }),
            "access.sealed");
}

TEST_P(AccessTest, KinshipHoldsFromBothSidesAndForThoseWhoDoNotWorkHere) {
  const auto one = person(1);
  const auto two = person(2, "d02-agency");
  const auto relation = [&](PersonId of, int to) {
    return done(
        [&](Transaction& tx) { return relation_to(tx, of, key.of_id_number(id_number(to))); });
  };
  const auto declare = [&](PersonId of, int to, const std::string& word) {
    return [this, of, to, word](Transaction& tx) {
      return declare_kin(tx, root, of, key.of_id_number(id_number(to)), word, now);
    };
  };
  EXPECT_EQ(relation(one, 2), "");
  done(declare(one, 2, "spouse"));
  done(declare(one, 30, "child"));  // 30 is nobody here
  EXPECT_EQ(relation(one, 2), "spouse");
  EXPECT_EQ(relation(two, 1), "spouse");
  EXPECT_EQ(relation(one, 30), "child");
  EXPECT_EQ(relation(two, 30), "");
  EXPECT_EQ(relation(one, 1), "self");
  done(declare(one, 30, "sibling"));
  EXPECT_EQ(relation(one, 30), "sibling");
  EXPECT_EQ(code_of(declare(one, 1, "spouse")), "access.relation");
  EXPECT_EQ(code_of(declare(one, 5, "friend")), "access.relation");
}

TEST_P(AccessTest, PostsOfAPersonAreThoseOfAllAccountsOrganisationsAndCovers) {
  const auto who = person(1);
  const auto here = account(who, "here");
  const auto there = account(who, "there", "d02-agency");
  const auto chief = person(2);
  const auto account_of_chief = account(chief, "chief");
  post(who, here, "SL");
  const auto ending = post(who, there, "DJ", "d02-agency");
  post(chief, account_of_chief, "FH");
  const NewCover cover{who, here, "d01-agency", "FH", chief, now.plus(24h), now.plus(48h), ""};
  done([&](Transaction& tx) {
    return cover_post(tx, root, duties(), cover, {account_of_chief, ""}, now);
  });
  done([&](Transaction& tx) {
    return grant_post(tx, root, duties(), {who, {}, "d01", "SEAL_FIN", now, {}, ""},
                      {account_of_chief, ""}, now);
  });

  EXPECT_EQ(held(who, now.plus(-1ms)), Words{});
  EXPECT_EQ(held(who, now), (Words{"DJ@d02-agency", "SEAL_FIN@d01", "SL@d01-agency"}));
  EXPECT_EQ(held(who, now.plus(24h)),
            (Words{"DJ@d02-agency", "FH@d01-agency cover", "SEAL_FIN@d01", "SL@d01-agency"}));
  EXPECT_EQ(held(who, now.plus(48h)), (Words{"DJ@d02-agency", "SEAL_FIN@d01", "SL@d01-agency"}));
  done([&](Transaction& tx) { return revoke_post(tx, root, ending, now.plus(72h)); });
  EXPECT_EQ(held(who, now.plus(72h)), (Words{"SEAL_FIN@d01", "SL@d01-agency"}));
  EXPECT_EQ(held(who, now.plus(72h).plus(-1ms)),
            (Words{"DJ@d02-agency", "SEAL_FIN@d01", "SL@d01-agency"}));

  // An account acts with its own posts only, and a disabled one still counts for duties.
  EXPECT_TRUE(actor(here, now).holds("SL"));
  EXPECT_FALSE(actor(here, now).holds("DJ"));
  auto one = done([&](Transaction& tx) { return find_account(tx, root, here); });
  one.disabled = true;
  done([&](Transaction& tx) { return change_account(tx, root, one, now); });
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return Actor::load(tx, here, now, {}, Authenticated::session);
            }),
            "access.account_not_in_force");
  EXPECT_EQ(held(who, now), (Words{"DJ@d02-agency", "SEAL_FIN@d01", "SL@d01-agency"}));
}

TEST_P(AccessTest, NobodyGrantsToThemselvesOrApprovesWhatTheyGrantOrGet) {
  const auto granter = person(1);
  const auto account_of_granter = account(granter, "granter", "bureau");
  post(granter, account_of_granter, "QX", "bureau");
  const auto getter = person(2);
  const auto account_of_getter = account(getter, "getter");
  const auto second_of_getter = account(getter, "getter2", "d02-agency");
  const auto second_of_granter = account(granter, "granter2", "d02-agency");
  const auto approver = person(3, "d01");
  const auto account_of_approver = account(approver, "approver", "d01");
  const auto one = actor(account_of_granter, now, {{"QX", {"post_grant"}}});

  const auto grant = [&](PersonId to, AccountId through, const Approval& approval) {
    return [&, to, through, approval](Transaction& tx) {
      return grant_post(tx, one, duties(), {to, through, "d01-agency", "SL", now, {}, ""}, approval,
                        now);
    };
  };
  EXPECT_EQ(code_of(grant(granter, second_of_granter, {account_of_approver, ""})),
            "access.own_grant");
  EXPECT_EQ(code_of(grant(granter, second_of_granter, {{}, "matter:7"})), "access.own_grant");
  EXPECT_EQ(code_of(grant(getter, account_of_getter, {})), "access.approval_missing");
  EXPECT_EQ(code_of(grant(getter, account_of_getter, {account_of_getter, ""})),
            "access.own_approval");
  // The person counts, not the account.
  EXPECT_EQ(code_of(grant(getter, account_of_getter, {second_of_getter, ""})),
            "access.own_approval");
  EXPECT_EQ(code_of(grant(getter, account_of_getter, {second_of_granter, ""})),
            "access.own_approval");
  EXPECT_EQ(code_of(grant(getter, account_of_approver, {account_of_approver, ""})),
            "access.no_account");
  done(grant(getter, account_of_getter, {account_of_approver, ""}));
  EXPECT_EQ(code_of(grant(getter, account_of_getter, {account_of_approver, ""})),
            "access.held_already");
  const auto powerless = actor(account_of_approver, now, {{"QX", {"post_grant"}}});
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return grant_post(tx, powerless, duties(),
                                {getter, account_of_getter, "d01-agency", "CS", now, {}, ""},
                                {{}, "matter:1"}, now);
            }),
            "access.no_right");
}

TEST_P(AccessTest, CoverEndsWithinThirtyDaysHoweverItIsCut) {
  const auto who = person(1);
  const auto through = account(who, "cover");
  const auto chief = person(2);
  const auto account_of_chief = account(chief, "chief");
  const auto day = [&](int number) { return now.plus(number * 24h); };
  const auto cover = [&](int from, int to, std::optional<PersonId> instead = {}) {
    return [&, from, to, instead](Transaction& tx) {
      return cover_post(tx, root, duties(),
                        {who, through, "d01-agency", "FH", instead, day(from), day(to), ""},
                        {account_of_chief, ""}, now);
    };
  };
  EXPECT_EQ(code_of(cover(0, 31)), "access.cover_too_long");
  EXPECT_EQ(code_of(cover(5, 5)), "access.period");
  EXPECT_EQ(code_of(cover(0, 5, chief)), "access.nobody_to_cover");
  post(chief, account_of_chief, "FH");
  done(cover(0, 20, chief));
  EXPECT_EQ(code_of(cover(20, 31)), "access.cover_too_long");
  done(cover(20, 30));
  EXPECT_EQ(code_of(cover(30, 31)), "access.cover_too_long");
  done(cover(32, 62));
  EXPECT_EQ(held(who, day(30)), Words{});
  const auto covers = done([&](Transaction& tx) { return posts_of_person(tx, who, day(40)); });
  ASSERT_EQ(covers.size(), 1U);
  done([&](Transaction& tx) { return end_cover(tx, root, covers[0].id, day(35)); });
  EXPECT_EQ(held(who, day(40)), Words{});
  EXPECT_EQ(code_of([&](Transaction& tx) { return end_cover(tx, root, covers[0].id, day(36)); }),
            "access.ended_already");
}

TEST_P(AccessTest, AccountsEndAndLoginsAreOneSpelling) {
  const auto who = person(1);
  const auto first = account(who, "Li.Ming");
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return add_account(tx, root, {who, "d01-agency", "li.ming", {}}, now);
            }),
            "access.login_taken");
  for (const auto* bad : {"", "x", "a b", "李明", "a@b"}) {
    EXPECT_EQ(code_of([&](Transaction& tx) {
                return add_account(tx, root, {who, "d01-agency", bad, {}}, now);
              }),
              "access.login")
        << bad;
  }
  auto one = done([&](Transaction& tx) { return find_account(tx, root, "LI.MING"); });
  EXPECT_EQ(one.id, first);
  one.valid_to = now.plus(1h);
  done([&](Transaction& tx) { return change_account(tx, root, one, now); });
  EXPECT_NO_FATAL_FAILURE(actor(first, now.plus(1h).plus(-1ms)));
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return Actor::load(tx, first, now.plus(1h), {}, Authenticated::session);
            }),
            "access.account_not_in_force");
}

TEST_P(AccessTest, WhoHasLeftNoLongerActs) {
  const auto who = person(1);
  const auto through = account(who, "leaver");
  auto one = done([&](Transaction& tx) { return find_person(tx, root, who); });
  one.left_on = now.day();
  done([&](Transaction& tx) { return change_person(tx, root, one, now); });
  EXPECT_NO_FATAL_FAILURE(actor(through, now));
  EXPECT_EQ(code_of([&](Transaction& tx) {
              return Actor::load(tx, through, now.plus(24h), {}, Authenticated::session);
            }),
            "access.account_not_in_force");
}

TEST_P(AccessTest, ListsEndAtTheScope) {
  const auto here = person(1);
  account(here, "here");
  const auto away = person(2, "d02-agency");
  account(away, "away", "d02-agency");
  const auto chief = person(3, "d01");
  const auto account_of_chief = account(chief, "chief", "d01");
  post(chief, account_of_chief, "BM", "d01");
  const auto one = actor(account_of_chief, now, {{"BM", {"organisation_read"}}});
  const auto persons = done([&](Transaction& tx) { return list_persons(tx, one); });
  ASSERT_EQ(persons.size(), 2U);
  EXPECT_EQ(persons[0].id, here);
  EXPECT_EQ(persons[1].id, chief);
  const auto accounts = done([&](Transaction& tx) { return list_accounts(tx, one); });
  ASSERT_EQ(accounts.size(), 2U);
  EXPECT_EQ(accounts[0].login, "chief");
  EXPECT_EQ(code_of([&](Transaction& tx) { return find_person(tx, one, away); }),
            "access.no_person");
  EXPECT_EQ(code_of([&](Transaction& tx) { return find_account(tx, one, "away"); }),
            "access.no_account");
  const auto blind = actor(account_of_chief, now);
  EXPECT_EQ(code_of([&](Transaction& tx) { return list_persons(tx, blind); }), "access.no_right");
}

TEST(IdentityKey, IsKeptForItsOwnerOnly) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("anlan_key_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto file = folder / "desk.key";
  EXPECT_EQ(IdentityKey::load(file).error().code, "access.key_missing");
  const auto key = IdentityKey::make();
  ASSERT_TRUE(key.save(file));
  EXPECT_FALSE(key.save(file));  // never over one that is there
  const auto number = *fund::IdNumber::parse("11010519491231002X");
  const auto again = IdentityKey::load(file);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->of_id_number(number), key.of_id_number(number));
  EXPECT_NE(IdentityKey::make().of_id_number(number), key.of_id_number(number));
  EXPECT_EQ(*again->open(key.seal("text", "place").data, "place"), "text");
  EXPECT_NE(key.seal("text", "place").data, key.seal("text", "place").data);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_EQ(IdentityKey::load(file).error().code, "access.key_rights");
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  ASSERT_TRUE(write_file(file, "anlan-desk-key-1 00"));
  ::chmod(file.c_str(), 0600);
  EXPECT_EQ(IdentityKey::load(file).error().code, "access.key_damaged");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace anlan::access
