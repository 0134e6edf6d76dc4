#include "jobs/job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/test_jobs.hpp"

namespace anlan::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class JobTest : public JobsTest {
 protected:
  JobId asked(const Work& work) {
    return done(
        [&](store::Transaction& tx) { return ask(tx, root, catalog(), workspace(), work, now); });
  }
  std::string refused(const access::Actor& who, const Work& work) {
    return code_of(
        [&](store::Transaction& tx) { return ask(tx, who, catalog(), workspace(), work, now); });
  }
  std::optional<Job> begun() {
    return done([&](store::Transaction& tx) { return begin_next(tx, root, now); });
  }
  void ended(JobId id, const End& how) {
    done([&](store::Transaction& tx) { return end(tx, root, id, how, now); });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, JobTest, store::both_engines, store::engine_name);

TEST_P(JobTest, JobsAreTakenInTheOrderTheyWereAskedFor) {
  const auto first = asked({.kind = Kind::detect, .only = {"EP-01"}});
  const auto second = asked({.kind = Kind::detect});
  EXPECT_EQ(begun()->id, first);
  EXPECT_EQ(job(first).state, State::running);
  EXPECT_EQ(begun()->id, second);
  EXPECT_FALSE(begun());
  ended(first, {.exit_code = 3, .result = R"({"run":"x"})"});
  const auto over = job(first);
  EXPECT_EQ(over.state, State::done);
  EXPECT_EQ(over.exit_code, 3);
  EXPECT_EQ(over.result, R"({"run":"x"})");
  EXPECT_EQ(over.work.only, std::vector<std::string>{"EP-01"});
  EXPECT_EQ(code_of([&](store::Transaction& tx) { return end(tx, root, first, {}, now); }),
            "job.over");
  EXPECT_THAT(acts(),
              ElementsAre("job.asked job:1 done", "job.asked job:2 done", "job.started job:1 done",
                          "job.started job:2 done", "job.ended job:1 rejected"));
}

TEST_P(JobTest, WhoHasTheRightOverAllMayAskAndRead) {
  const auto head = actor_with("JD", "bureau");
  const auto district = actor_with("JD", "d01");
  const auto clerk = actor_with("SL", "d01-agency");
  const Work work{.kind = Kind::detect};
  const auto id = done(
      [&](store::Transaction& tx) { return ask(tx, head, catalog(), workspace(), work, now); });
  EXPECT_EQ(refused(district, work), "access.no_right");
  EXPECT_EQ(refused(clerk, work), "access.no_right");
  const auto read_by = [&](const access::Actor& who) {
    return database().read([&](store::Transaction& tx) { return find(tx, who, id); });
  };
  EXPECT_TRUE(read_by(head));
  EXPECT_EQ(read_by(district).error().code, "job.not_found");
  EXPECT_EQ(read_by(clerk).error().code, "job.not_found");
  const auto listed_by = [&](const access::Actor& who) {
    return database().read([&](store::Transaction& tx) { return list(tx, who, {}); })->size();
  };
  EXPECT_EQ(listed_by(head), 1U);
  EXPECT_EQ(listed_by(district), 0U);
  EXPECT_EQ(code_of([&](store::Transaction& tx) { return cancel(tx, district, id, 1, now); }),
            "job.not_found");
}

TEST_P(JobTest, OthersNameOnlyWhatLiesInTheInbox) {
  const auto head = actor_with("JD", "bureau");
  put_in_inbox("a.csv", "x\n1\n");
  std::filesystem::create_symlink("/etc/passwd", workspace().inbox() / "link.csv");
  const auto importing = [](const std::string& path) {
    return Work{.kind = Kind::import, .paths = {path}};
  };
  const struct {
    std::string path;
    const char* code;
  } rows[] = {
      {"b.csv", "job.file_missing"},
      {"link.csv", "job.file_missing"},
      {"../anlan.yaml", "job.path"},
      {"/etc/passwd", "job.path"},
      {".hidden", "job.path"},
      {"-x", "job.path"},
      {"", "job.path"},
      {"a\nb", "job.path"},
      {"sub/a.csv", "job.path"},
      {"--threads=1", "job.path"},
  };
  for (const auto& row : rows) EXPECT_EQ(refused(head, importing(row.path)), row.code) << row.path;
  done([&](store::Transaction& tx) {
    return ask(tx, head, catalog(), workspace(), importing("a.csv"), now);
  });
  // The user of the operating system can read every file anyway.
  EXPECT_EQ(refused(root, importing("/no/such")), "job.file_missing");
  asked(importing((workspace().folder() / "anlan.yaml").string()));
}

TEST_P(JobTest, ReadsWorkStrictly) {
  const struct {
    Work work;
    const char* what;
  } rows[] = {
      {{.kind = Kind::import, .table = "no_table"}, "table"},
      {{.kind = Kind::import, .period = "2018-13"}, "period"},
      {{.kind = Kind::import, .period = "201811"}, "period"},
      {{.kind = Kind::import, .only = {"EP-01"}}, "another kind"},
      {{.kind = Kind::detect, .table = "person"}, "another kind"},
      {{.kind = Kind::detect, .only = {"no_such"}}, "only"},
      {{.kind = Kind::detect, .as_of = "30.11.2018"}, "as_of"},
  };
  for (const auto& row : rows) {
    const auto sound = check(row.work, catalog(), workspace(), true);
    ASSERT_FALSE(sound) << row.what;
    EXPECT_EQ(sound.error().code, "job.work");
    EXPECT_THAT(sound.error().detail, HasSubstr(row.what));
  }
  for (const char* text : {"", "[]", "{\"paths\":1}", "{\"force\":\"yes\"}", "{\"shell\":\"x\"}"})
    EXPECT_EQ(work_of(Kind::import, text).error().code, "job.work") << text;
  const Work whole{.kind = Kind::import,
                   .paths = {"a", "b"},
                   .table = "person",
                   .period = "2018-11",
                   .map = "/m",
                   .replace_period = true};
  EXPECT_EQ(*work_of(Kind::import, text_of(whole)), whole);
  const Work other{.kind = Kind::detect, .only = {"EP-01"}, .as_of = "2018-11-30", .force = true};
  EXPECT_EQ(*work_of(Kind::detect, text_of(other)), other);
  EXPECT_EQ(text_of({.kind = Kind::detect}), "{}");
}

TEST_P(JobTest, MakesWordsAndNoShellLine) {
  const auto folder = std::filesystem::absolute(workspace().folder()).string();
  EXPECT_THAT(command_line({.kind = Kind::import,
                            .paths = {"a b.csv"},
                            .table = "person",
                            .period = "2018-11",
                            .replace_period = true},
                           workspace()),
              ElementsAre("import", folder, folder + "/inbox/a b.csv", "--table=person",
                          "--period=2018-11", "--replace=period"));
  EXPECT_THAT(command_line({.kind = Kind::import}, workspace()),
              ElementsAre("import", folder, folder + "/inbox"));
  EXPECT_THAT(
      command_line(
          {.kind = Kind::detect, .only = {"EP-01", "EP-02"}, .as_of = "2018-11-30", .force = true},
          workspace()),
      ElementsAre("detect", folder, "--only=EP-01", "--only=EP-02", "--as-of=2018-11-30",
                  "--force"));
}

TEST_P(JobTest, CancelsWhatWaitsAtOnceAndAsksWhatRunsToStop) {
  const auto waiting = asked({.kind = Kind::detect});
  done([&](store::Transaction& tx) { return cancel(tx, root, waiting, 1, now); });
  EXPECT_EQ(job(waiting).state, State::cancelled);
  EXPECT_FALSE(begun());
  EXPECT_EQ(code_of([&](store::Transaction& tx) { return cancel(tx, root, waiting, 2, now); }),
            "job.over");

  const auto running = asked({.kind = Kind::detect});
  ASSERT_TRUE(begun());
  const auto unwanted = [&] {
    return *database().read([&](store::Transaction& tx) { return is_unwanted(tx, running); });
  };
  EXPECT_FALSE(unwanted());
  EXPECT_EQ(code_of([&](store::Transaction& tx) { return cancel(tx, root, running, 1, now); }),
            "store.stale");
  done([&](store::Transaction& tx) { return cancel(tx, root, running, 2, now); });
  EXPECT_TRUE(unwanted());
  EXPECT_EQ(job(running).state, State::running);
  done([&](store::Transaction& tx) { return cancel(tx, root, running, 2, now); });  // twice is once
  EXPECT_EQ(job(running).version, 3);
}

TEST_P(JobTest, WhatNobodyRunsIsLostAndCanBeRunAgain) {
  const auto id = asked({.kind = Kind::detect, .only = {"EP-01"}});
  const auto next = asked({.kind = Kind::detect});
  EXPECT_EQ(code_of([&](store::Transaction& tx) {
              return ask_again(tx, root, catalog(), workspace(), id, now);
            }),
            "job.not_over");
  ASSERT_TRUE(begun());
  const auto lost = done([&](store::Transaction& tx) { return note_lost(tx, root, now); });
  EXPECT_EQ(lost, std::vector<JobId>{id});
  EXPECT_EQ(job(id).state, State::lost);
  EXPECT_EQ(job(next).state, State::waiting);
  EXPECT_THAT(acts(), ::testing::Contains("job.lost job:1 lost"));
  EXPECT_TRUE(done([&](store::Transaction& tx) { return note_lost(tx, root, now); }).empty());
  const auto again = done(
      [&](store::Transaction& tx) { return ask_again(tx, root, catalog(), workspace(), id, now); });
  EXPECT_EQ(job(again).work, job(id).work);
  EXPECT_EQ(job(again).again_of, id);
}

TEST_P(JobTest, ListsPageByPage) {
  for (int i = 0; i < 5; ++i) asked({.kind = i % 2 == 0 ? Kind::detect : Kind::import});
  ASSERT_TRUE(begun());
  const auto ids = [&](const JobFilter& filter) {
    std::vector<std::int64_t> found;
    const auto listed =
        database().read([&](store::Transaction& tx) { return list(tx, root, filter); });
    for (const auto& one : *listed) found.push_back(one.id.value);
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(ids({.limit = 2}), ElementsAre(5, 4));
  EXPECT_THAT(ids({.before = JobId{4}, .limit = 2}), ElementsAre(3, 2));
  EXPECT_THAT(ids({.state = State::running}), ElementsAre(1));
  EXPECT_THAT(ids({.state = State::waiting, .kind = Kind::import}), ElementsAre(4, 2));
}

TEST_P(JobTest, KeepsTheLastProgress) {
  const auto id = asked({.kind = Kind::detect});
  for (int i = 0; i <= 2; ++i) {
    done([&](store::Transaction& tx) {
      return note_progress(tx, id, {"EP-0" + std::to_string(i), i, 2}, now);
    });
  }
  EXPECT_EQ(job(id).progress->step, "EP-02");
  EXPECT_EQ(job(id).progress->done, 2);
  EXPECT_EQ(job(id).version, 1);  // no change of the record
}

TEST_P(JobTest, ReadsWhatItMadeOutOfWhatItPrinted) {
  EXPECT_EQ(
      result_of(
          Kind::import,
          R"({"files":[{"delivery":"d1","already_there":false},{"delivery":"d0","already_there":true},)"
          R"({"error":{"code":"x"}}],"rows_loaded":7,"rows_rejected":2})"),
      R"({"files":3,"files_failed":1,"files_already_there":1,"rows_loaded":7,"rows_rejected":2,"deliveries":["d1"]})");
  EXPECT_EQ(
      result_of(
          Kind::detect,
          R"({"id":"r1","was_there":false,"detections":[{"state":"done"},{"state":"not_run"},)"
          R"({"state":"done"}],"totals":{"leads":5,"recoverable_fen":100}})"),
      R"({"run":"r1","was_there":false,"done":2,"failed":0,"not_run":1,"leads":5,"recoverable_fen":100})");
  for (const char* text : {"", "{", "[]", "{\"files\":1}"})
    EXPECT_EQ(result_of(Kind::import, text), "") << text;
}

}  // namespace
}  // namespace anlan::jobs
