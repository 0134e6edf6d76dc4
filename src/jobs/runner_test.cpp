#include "jobs/runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "jobs/test_jobs.hpp"

namespace anlan::jobs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Jobs are played by a shell script in the place of the program.
class RunnerTest : public JobsTest {
 protected:
  RunnerOptions playing(const std::string& script) {
    RunnerOptions options;
    options.program = "/bin/sh";
    // What the runner adds stands behind: "$@" is --json --progress-fd 3 detect FOLDER …
    options.program_words = {"-c", script, "sh"};
    options.grace = std::chrono::milliseconds(300);
    options.poll = std::chrono::milliseconds(20);
    options.busy_pause = std::chrono::milliseconds(1);
    options.clock = [this] { return now; };
    options.on_change = [this](const Job& job) {
      seen_.push_back(std::string(name_of(job.state)) +
                      (job.progress ? " " + job.progress->step : ""));
    };
    return options;
  }
  JobId asked(const Work& work = {.kind = Kind::detect}) {
    return done(
        [&](store::Transaction& tx) { return ask(tx, root, catalog(), workspace(), work, now); });
  }
  Job after(const std::string& script, const Work& work = {.kind = Kind::detect}) {
    const auto id = asked(work);
    Runner runner(workspace(), database(), catalog(), root, playing(script));
    const auto worked = runner.work({});
    EXPECT_TRUE(worked) << worked.error().code << worked.error().detail;
    return job(id);
  }
  void wait_until(JobId id, const std::function<bool(const Job&)>& holds) {
    while (!holds(job(id))) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::string kept(JobId id, const char* file) {
    return *read_file(workspace().jobs() / std::to_string(id.value) / file);
  }
  std::vector<std::string> seen_;
};
INSTANTIATE_TEST_SUITE_P(Engines, RunnerTest, store::both_engines, store::engine_name);

TEST_P(RunnerTest, TellsApartHowAJobEnds) {
  const struct {
    const char* script;
    State state;
    int exit_code;
    const char* error;
  } rows[] = {
      {"exit 0", State::done, 0, ""},
      {"exit 3", State::done, 3, ""},
      {"exit 1", State::failed, 1, "job.failed"},
      {"echo '{\"error\":\"import.empty\"}' >&3; exit 1", State::failed, 1, "import.empty"},
      {"exit 2", State::failed, 2, "job.words"},
      {"kill -SEGV $$", State::failed, 139, "job.killed"},
  };
  for (const auto& row : rows) {
    const auto over = after(row.script);
    EXPECT_EQ(name_of(over.state), name_of(row.state)) << row.script;
    EXPECT_EQ(over.exit_code, row.exit_code) << row.script;
    EXPECT_EQ(over.error, row.error) << row.script;
    EXPECT_TRUE(over.ended_at);
  }
}

TEST_P(RunnerTest, GivesTheChildItsWordsAndKeepsWhatItSays) {
  const auto over = after(
      "echo \"$*\" >&2; echo '{\"id\":\"r1\",\"was_there\":false,\"detections\":[],"
      "\"totals\":{\"leads\":4,\"recoverable_fen\":9}}'",
      {.kind = Kind::detect, .only = {"EP-01"}});
  EXPECT_THAT(over.result, HasSubstr("\"leads\":4"));
  EXPECT_EQ(kept(over.id, "errors"), "--json --progress-fd 3 detect " +
                                         std::filesystem::absolute(workspace().folder()).string() +
                                         " --only=EP-01\n");
  EXPECT_THAT(kept(over.id, "output"), HasSubstr("\"leads\":4"));
  EXPECT_THAT(acts(), ElementsAre("job.asked job:1 done", "job.started job:1 done",
                                  "job.ended job:1 done"));
}

TEST_P(RunnerTest, TellsHowFarItIs) {
  const auto over = after(
      "for i in 1 2; do echo \"{\\\"step\\\":\\\"EP-0$i\\\",\\\"done\\\":$i,\\\"total\\\":2}\" "
      ">&3; done");
  ASSERT_TRUE(over.progress);
  EXPECT_EQ(over.progress->step, "EP-02");
  EXPECT_EQ(over.progress->total, 2);
  EXPECT_EQ(seen_.front(), "running");
  EXPECT_EQ(seen_.back(), "done EP-02");
}

TEST_P(RunnerTest, WaitsForWhoWritesTheWorkspaceByHand) {
  // Busy twice, then free.
  const auto folder = workspace().folder().string();
  const auto over =
      after("n=$(cat " + folder + "/n 2>/dev/null || echo 0); echo $((n+1)) >" + folder +
            "/n; if [ $n -lt 2 ]; then echo '{\"error\":\"workspace.busy\"}' >&3; exit 1; fi");
  EXPECT_EQ(over.state, State::done);
  EXPECT_EQ(over.error, "");
  EXPECT_THAT(acts(), Contains("job.put_back job:1 workspace.busy").Times(2));
}

TEST_P(RunnerTest, AnEmptyInboxIsNoFailure) {
  const auto over = after("exit 1", {.kind = Kind::import});
  EXPECT_EQ(over.state, State::done);
  EXPECT_EQ(over.result, R"({"files":0})");
  put_in_inbox(".half-way.csv", "x");
  EXPECT_EQ(after("exit 1", {.kind = Kind::import}).state, State::done);
  put_in_inbox("a.csv", "x");
  EXPECT_EQ(after("exit 1", {.kind = Kind::import}).state, State::failed);
}

TEST_P(RunnerTest, CancelsPolitelyThenByForce) {
  const struct {
    const char* script;
    int exit_code;
  } rows[] = {
      {"trap 'exit 1' INT; while :; do sleep 0.02; done", 1},
      {"trap '' INT; while :; do sleep 0.02; done", 137},
  };
  for (const auto& row : rows) {
    const auto id = asked();
    Runner runner(workspace(), database(), catalog(), root, playing(row.script));
    runner.start();
    wait_until(id, [](const Job& one) { return one.state == State::running; });
    done([&](store::Transaction& tx) { return cancel(tx, root, id, job(id).version, now); });
    wait_until(id, [](const Job& one) { return is_over(one.state); });
    EXPECT_EQ(job(id).state, State::cancelled);
    EXPECT_EQ(job(id).error, "");
    EXPECT_EQ(job(id).exit_code, row.exit_code);
    EXPECT_EQ(runner.trouble(), "");
  }
}

TEST_P(RunnerTest, WhatEndsBeforeItHearsOfTheCancelIsDone) {
  const auto id = asked();
  Runner runner(workspace(), database(), catalog(), root,
                playing("trap 'exit 0' INT; while :; do sleep 0.02; done"));
  runner.start();
  wait_until(id, [](const Job& one) { return one.state == State::running; });
  done([&](store::Transaction& tx) { return cancel(tx, root, id, job(id).version, now); });
  wait_until(id, [](const Job& one) { return is_over(one.state); });
  EXPECT_EQ(job(id).state, State::done);
}

TEST_P(RunnerTest, AGracefulStopEndsTheJobAndSaysSo) {
  const auto id = asked();
  const auto next = asked();
  {
    Runner runner(workspace(), database(), catalog(), root,
                  playing("trap 'exit 1' INT; while :; do sleep 0.02; done"));
    runner.start();
    wait_until(id, [](const Job& one) { return one.state == State::running; });
    runner.stop();
  }
  EXPECT_EQ(job(id).state, State::cancelled);
  EXPECT_EQ(job(id).error, "job.server_stopped");
  EXPECT_EQ(job(next).state, State::waiting);
  EXPECT_THAT(acts(), Contains("job.ended job:1 cancelled:job.server_stopped"));
}

TEST_P(RunnerTest, ARunnerFindsWhatTheOneBeforeItLost) {
  const auto id = asked();
  done(
      [&](store::Transaction& tx) { return begin_next(tx, root, now); });  // and then it was killed
  Runner runner(workspace(), database(), catalog(), root, playing("exit 0"));
  const auto lost = runner.begin();
  ASSERT_TRUE(lost);
  EXPECT_EQ(*lost, std::vector<JobId>{id});
  EXPECT_EQ(job(id).state, State::lost);
  ASSERT_TRUE(runner.work({}));
  EXPECT_EQ(job(id).state, State::lost);  // nobody runs it again by himself
}

TEST_P(RunnerTest, RunsWhatTheScheduleWantsWhenItsTimeHasCome) {
  done([&](store::Transaction& tx) {
    return set_schedule(
        tx, root, catalog(), workspace(),
        {"nightly", {.kind = Kind::detect}, *fund::parse_recurrence("daily 02:00"), true}, 0, now);
  });
  std::atomic<std::int64_t> clock = now.ms;
  auto options = playing("exit 0");
  options.clock = [&] { return Instant{clock}; };
  Runner runner(workspace(), database(), catalog(), root, std::move(options));
  ASSERT_TRUE(runner.work({}));
  clock += std::chrono::milliseconds(std::chrono::hours(24)).count();
  ASSERT_TRUE(runner.work({}));
  EXPECT_EQ(job({1}).state, State::done);
  clock += std::chrono::milliseconds(std::chrono::hours(72)).count();
  ASSERT_TRUE(runner.work({}));
  EXPECT_EQ(job({2}).missed, 2);
  EXPECT_EQ(job({2}).state, State::done);
}

}  // namespace
}  // namespace anlan::jobs
