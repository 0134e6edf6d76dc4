#include "access/grant.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "access/test_desk.hpp"

namespace anlan::access {
namespace {

using store::Transaction;
using namespace std::chrono_literals;

class GrantTest : public DeskTest {
 protected:
  struct Asked {
    std::string post;
    std::string organisation = "d01-agency";
    Instant from;
    std::optional<Instant> to;
    std::string control;
  };
  Result<std::int64_t> give(Transaction& tx, PersonId to, AccountId through, const Asked& asked) {
    return grant_post(
        tx, root, duties(),
        {to, through, asked.organisation, asked.post, asked.from, asked.to, asked.control},
        {{}, "matter:1"}, now);
  }
  std::string outcome(PersonId to, AccountId through, const Asked& asked) {
    const auto given =
        database().write([&](Transaction& tx) { return give(tx, to, through, asked); });
    return given ? std::string("given") : given.error().code;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, GrantTest, store::both_engines, store::engine_name);

TEST_P(GrantTest, OfEveryTwoPostsIsRefusedWhatThePairsForbid) {
  // All in one transaction that is never committed: a person for each two posts.
  auto tx = *database().begin_write();
  int serial = 0;
  int forbidden = 0;
  int soft = 0;
  for (const auto& first : duties().posts) {
    for (const auto& second : duties().posts) {
      if (first.code == second.code) continue;
      const auto number = fmt::format("12990019{:02}{:02}{:02}{:03}", serial / 336 + 50,
                                      serial / 28 % 12 + 1, serial % 28 + 1, 101);
      const auto whole = number + fund::id_check_digit(number.c_str());
      const auto who = add_person(
          tx, root, key,
          {"d01-agency", "某", *fund::IdNumber::parse(whole), StaffKind::own, "", ""}, now);
      ASSERT_TRUE(who) << who.error().code;
      const auto one =
          add_account(tx, root, {*who, "d01-agency", "one" + std::to_string(serial), {}}, now);
      const auto two =
          add_account(tx, root, {*who, "d02-agency", "two" + std::to_string(serial), {}}, now);
      ++serial;
      ASSERT_TRUE(give(tx, *who, *one, {first.code, "d01-agency", now, {}, ""}));
      // By another account, in another organisation: the person counts.
      const auto given = give(tx, *who, *two, {second.code, "d02-agency", now, {}, ""});
      const catalog::Holding held[] = {{first.code, "d01-agency"}, {second.code, "d02-agency"}};
      const auto broken = duties().broken_by(held, {});
      const bool hard = std::any_of(broken.begin(), broken.end(), [](const auto& pair) {
        return pair.level == catalog::PairLevel::hard;
      });
      const auto expected = broken.empty() ? "given"
                            : hard         ? "access.pair_forbidden"
                                           : "access.pair_uncontrolled";
      const auto got = given ? std::string("given") : given.error().code;
      EXPECT_EQ(got, expected) << first.code << second.code;
      forbidden += hard ? 1 : 0;
      soft += !broken.empty() && !hard ? 1 : 0;
    }
  }
  EXPECT_GT(forbidden, 100);
  EXPECT_GT(soft, 5);
}

TEST_P(GrantTest, ASoftPairNeedsAControlAndAnEndWithinSixMonths) {
  const auto who = person(1);
  const auto through = account(who, "counter");
  post(who, through, "SL");
  const auto last = Instant{now.ms + (Date::of(2019, 7, 1).days - now.day().days) * 86'400'000LL};
  const std::string control = "稽核每周复核";
  EXPECT_EQ(outcome(who, through, {"CS", "d01-agency", now, last, ""}), "access.pair_uncontrolled");
  EXPECT_EQ(outcome(who, through, {"CS", "d01-agency", now, {}, control}),
            "access.pair_uncontrolled");
  EXPECT_EQ(outcome(who, through, {"CS", "d01-agency", now, last.plus(24h), control}),
            "access.pair_uncontrolled");
  EXPECT_EQ(outcome(who, through, {"CS", "d01-agency", now, last, control}), "given");
  EXPECT_EQ(outcome(who, through, {"XX", "d01-agency", now, {}, ""}), "access.post_unknown");
}

TEST_P(GrantTest, PairsCountAtEveryMomentOfThePeriodAndInCovers) {
  const auto who = person(1);
  const auto through = account(who, "maker");
  const auto begins = now.plus(10 * 24h);
  const auto ends = now.plus(20 * 24h);
  EXPECT_EQ(outcome(who, through, {"ZD", "d01-agency", begins, ends, ""}), "given");
  EXPECT_EQ(outcome(who, through, {"ZQ", "d02-agency", now, {}, ""}), "access.pair_forbidden");
  EXPECT_EQ(outcome(who, through, {"ZQ", "d02-agency", now, begins.plus(1ms), ""}),
            "access.pair_forbidden");
  EXPECT_EQ(outcome(who, through, {"ZQ", "d02-agency", now, begins, ""}), "given");
  EXPECT_EQ(outcome(who, through, {"ZQ", "d02-agency", ends, {}, ""}), "given");
  const auto cover = [&](const std::string& code, Instant from, Instant to) {
    return [&, code, from, to](Transaction& tx) {
      return cover_post(tx, root, duties(), {who, through, "d02", code, {}, from, to, ""},
                        {{}, "matter:1"}, now);
    };
  };
  EXPECT_EQ(code_of(cover("ZQ", begins.plus(24h), begins.plus(48h))), "access.pair_forbidden");
  EXPECT_EQ(code_of(cover("KJ", now, begins)), "access.pair_forbidden");
  done(cover("CN", begins, begins.plus(24h)));
}

TEST_P(GrantTest, OutsideStaffTouchNeitherMoneyNorRawData) {
  const auto who = person(1, "d01-agency", StaffKind::vendor);
  const auto through = account(who, "vendor");
  int refused = 0;
  for (const auto& one : duties().posts) {
    const catalog::Holding held[] = {{one.code, "d01-agency"}};
    const bool breaks = !duties().broken_by(held, {.outside_staff = true}).empty();
    auto tx = *database().begin_write();  // taken back
    const auto given = give(tx, who, through, {one.code, "d01-agency", now, {}, ""});
    EXPECT_EQ(given ? std::string("given") : given.error().code,
              breaks ? "access.pair_forbidden" : "given")
        << one.code;
    refused += breaks ? 1 : 0;
  }
  EXPECT_GE(refused, 7);
  // Nobody becomes outside staff with a post in hand.
  const auto own = person(2);
  post(own, account(own, "own"), "ZD");
  auto changed = done([&](Transaction& tx) { return find_person(tx, root, own); });
  changed.kind = StaffKind::vendor;
  EXPECT_EQ(code_of([&](Transaction& tx) { return change_person(tx, root, changed, now); }),
            "access.posts_held");
}

TEST_P(GrantTest, OfTwoGrantsSideBySideThatMakeAPairOneIsRefused) {
  for (int round = 0; round < 10; ++round) {
    const auto who = person(round + 1);
    const auto one = account(who, "one" + std::to_string(round));
    const auto two = account(who, "two" + std::to_string(round), "d02-agency");
    std::atomic<int> given = 0;
    std::atomic<int> refused = 0;
    const auto race = [&](AccountId through, const char* code, const char* organisation) {
      const auto how = outcome(who, through, {code, organisation, now, {}, ""});
      given += how == "given" ? 1 : 0;
      refused += how == "access.pair_forbidden" ? 1 : 0;
    };
    {
      std::jthread first([&] { race(one, "ZD", "d01-agency"); });
      std::jthread second([&] { race(two, "ZQ", "d02-agency"); });
    }
    EXPECT_EQ(given, 1) << round;
    EXPECT_EQ(refused, 1) << round;
  }
}

}  // namespace
}  // namespace anlan::access
