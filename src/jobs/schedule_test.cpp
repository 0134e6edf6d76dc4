#include "jobs/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/test_jobs.hpp"

namespace anlan::jobs {
namespace {

using ::testing::ElementsAre;

class ScheduleTest : public JobsTest {
 protected:
  void set(const std::string& name, const std::string& rule, bool catch_up = true,
           std::int64_t version = 0) {
    done([&](store::Transaction& tx) {
      return set_schedule(tx, root, catalog(), workspace(), schedule(name, rule, catch_up), version,
                          now);
    });
  }
  static NewSchedule schedule(const std::string& name, const std::string& rule,
                              bool catch_up = true) {
    return {name, {.kind = Kind::detect}, *fund::parse_recurrence(rule), catch_up};
  }
  std::string refused(const access::Actor& who, const NewSchedule& one, std::int64_t version) {
    return code_of([&](store::Transaction& tx) {
      return set_schedule(tx, who, catalog(), workspace(), one, version, now);
    });
  }
  /// The jobs asked for when the clock says so.
  std::vector<JobId> due(Instant clock) {
    return done(
        [&](store::Transaction& tx) { return ask_due(tx, root, catalog().calendar, clock); });
  }
  bool has_work_at(Instant clock) {
    return *database().read(
        [&](store::Transaction& tx) { return has_work(tx, catalog().calendar, clock); });
  }
  Schedule named(const std::string& name) {
    return *database().read([&](store::Transaction& tx) { return find_schedule(tx, root, name); });
  }
  /// `now` is 2019-01-01 08:00 in China; days later at the same hour.
  Instant day(int days) const { return now.plus(std::chrono::hours(24 * days)); }
  void finish(JobId id) {
    done([&](store::Transaction& tx) { return begin_next(tx, root, now); });
    done([&](store::Transaction& tx) { return end(tx, root, id, {.exit_code = 0}, now); });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ScheduleTest, store::both_engines, store::engine_name);

TEST_P(ScheduleTest, RunsOnceWhenItIsDue) {
  set("nightly", "daily 02:00");
  EXPECT_EQ(format_instant(named("nightly").next_due), "2019-01-02T02:00:00+08:00");
  EXPECT_FALSE(has_work_at(named("nightly").next_due.plus(std::chrono::milliseconds(-1))));
  EXPECT_TRUE(due(named("nightly").next_due.plus(std::chrono::milliseconds(-1))).empty());
  const auto moment = named("nightly").next_due;
  EXPECT_TRUE(has_work_at(moment));
  const auto asked = due(moment);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(job(asked[0]).schedule, "nightly");
  EXPECT_EQ(job(asked[0]).due_at, moment);
  EXPECT_EQ(job(asked[0]).missed, 0);
  EXPECT_TRUE(due(moment).empty());
  EXPECT_EQ(format_instant(named("nightly").next_due), "2019-01-03T02:00:00+08:00");
}

TEST_P(ScheduleTest, WhatWasMissedIsCaughtUpOnceAndSaysForWhen) {
  set("monthly", "monthly 1 02:00");
  const auto asked = due(Instant{day(100).ms});  // 2019-04-11
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(format_instant(*job(asked[0]).due_at), "2019-04-01T02:00:00+08:00");
  // 2 January (the 1st is a holiday), 1 February, 1 March and 1 April.
  EXPECT_EQ(job(asked[0]).missed, 3);
  EXPECT_EQ(format_instant(named("monthly").next_due), "2019-05-05T02:00:00+08:00");
  EXPECT_TRUE(due(day(100)).empty());
}

TEST_P(ScheduleTest, WhatNeedsNoCatchingUpIsToldAndLeftOut) {
  set("nightly", "daily 02:00", false);
  const auto moment = named("nightly").next_due;
  EXPECT_TRUE(due(moment.plus(late_at_most + std::chrono::milliseconds(1))).empty());
  EXPECT_EQ(due(named("nightly").next_due.plus(late_at_most)).size(), 1U);  // at the limit
  EXPECT_THAT(acts(), ElementsAre("schedule.set schedule:nightly done",
                                  "schedule.skipped schedule:nightly too_late",
                                  "schedule.due schedule:nightly done"));
}

TEST_P(ScheduleTest, AJobThatStillWaitsStandsForTheNextTimeToo) {
  set("nightly", "daily 02:00");
  const auto first = due(day(1));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_TRUE(due(day(2)).empty());
  finish(first[0]);
  EXPECT_EQ(due(day(3)).size(), 1U);
}

TEST_P(ScheduleTest, AClockThatGoesBackRunsNothingTwice) {
  set("nightly", "daily 02:00");
  std::set<std::int64_t> moments;
  const auto take = [&](Instant clock) {
    for (const auto id : due(clock)) {
      EXPECT_TRUE(moments.insert(job(id).due_at->ms).second) << "twice";
      finish(id);
    }
  };
  for (const int clock : {1, 2, 3, 1, 2, 3, 0, 1, 3, 4}) take(day(clock));
  EXPECT_EQ(moments.size(), 4U);  // those of the 2nd to the 5th
  EXPECT_EQ(format_instant(named("nightly").next_due), "2019-01-06T02:00:00+08:00");
}

TEST_P(ScheduleTest, AClockThatWasFarAheadDoesNotStopASchedule) {
  set("nightly", "daily 02:00");
  const auto ahead = due(day(3650));
  ASSERT_EQ(ahead.size(), 1U);
  finish(ahead[0]);
  EXPECT_TRUE(has_work_at(day(1)));
  EXPECT_TRUE(due(day(1)).empty());  // brought back
  EXPECT_EQ(format_instant(named("nightly").next_due), "2019-01-03T02:00:00+08:00");
  EXPECT_EQ(due(day(2)).size(), 1U);
}

TEST_P(ScheduleTest, IsSetChangedAndRemovedByWhoMay) {
  const auto head = actor_with("JZ", "bureau");  // sets schedules, runs no detection
  const auto officer = actor_with("JD", "bureau");
  const auto district = actor_with("JD", "d01");
  EXPECT_EQ(refused(head, schedule("a", "daily 02:00"), 0), "access.no_right");
  EXPECT_EQ(refused(district, schedule("a", "daily 02:00"), 0), "access.no_right");
  for (const char* name :
       {"", "A", "1a", "a-b", "a b", "../x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    EXPECT_EQ(refused(officer, schedule(name, "daily 02:00"), 0), "schedule.name") << name;
  done([&](store::Transaction& tx) {
    return set_schedule(tx, officer, catalog(), workspace(), schedule("a", "daily 02:00"), 0, now);
  });
  EXPECT_EQ(refused(officer, schedule("a", "daily 03:00"), 0), "schedule.exists");
  EXPECT_EQ(refused(officer, schedule("b", "daily 03:00"), 1), "schedule.not_found");
  set("a", "daily 03:00", true, 1);
  EXPECT_EQ(refused(officer, schedule("a", "daily 04:00"), 1), "store.stale");
  EXPECT_EQ(named("a").rule.minute, 180);
  EXPECT_EQ(named("a").version, 2);
  const auto seen_by = [&](const access::Actor& who) {
    return database().read([&](store::Transaction& tx) { return list_schedules(tx, who); })->size();
  };
  EXPECT_EQ(seen_by(head), 1U);
  EXPECT_EQ(seen_by(district), 0U);
  EXPECT_EQ(
      code_of([&](store::Transaction& tx) { return remove_schedule(tx, district, "a", 2, now); }),
      "schedule.not_found");
  EXPECT_EQ(
      code_of([&](store::Transaction& tx) { return remove_schedule(tx, officer, "a", 1, now); }),
      "store.stale");
  done([&](store::Transaction& tx) { return remove_schedule(tx, officer, "a", 2, now); });
  EXPECT_TRUE(due(day(400)).empty());
  set("a", "daily 02:00");  // the name is free again
}

TEST_P(ScheduleTest, TheStandardScheduleCanBeTakenOver) {
  for (const auto& one : catalog().monitoring.schedules) {
    done([&](store::Transaction& tx) {
      return set_schedule(tx, root, catalog(), workspace(),
                          {one.name, {.kind = *kind_named(one.kind)}, one.rule, one.catch_up}, 0,
                          now);
    });
  }
  EXPECT_EQ(format_instant(named("monthly_detection").next_due), "2019-01-08T02:00:00+08:00");
}

}  // namespace
}  // namespace anlan::jobs
