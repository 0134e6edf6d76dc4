#include "jobs/child.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "base/file.hpp"

namespace anlan::jobs {
namespace {

class ChildTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("anlan_child_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Child> shell(const std::string& script, std::size_t kept = 1 << 20) {
    ChildOptions options;
    options.program = "/bin/sh";
    options.words = {"-c", script};
    options.output = folder_ / "out";
    options.errors = folder_ / "err";
    options.kept_bytes_max = kept;
    options.on_progress = [this](const ProgressLine& line) { heard_.push_back(line); };
    auto child = Child::start(std::move(options));
    EXPECT_TRUE(child) << child.error().detail;
    return std::move(*child);
  }
  static Ended wait(Child& child) {
    for (;;) {
      const auto over = child.listen(std::chrono::milliseconds(50));
      EXPECT_TRUE(over);
      if (!over || *over) return child.ended();
    }
  }
  std::string text(const char* name) { return *read_file(folder_ / name); }

  std::filesystem::path folder_;
  std::vector<ProgressLine> heard_;
};

TEST_F(ChildTest, TellsItsExitCodesApart) {
  for (const int code : {0, 1, 2, 3}) {
    auto child = shell("exit " + std::to_string(code));
    const auto ended = wait(*child);
    EXPECT_EQ(ended.exit_code, code);
    EXPECT_EQ(ended.signal, 0);
  }
  auto killed = shell("kill -TERM $$");
  EXPECT_EQ(wait(*killed).signal, SIGTERM);
}

TEST_F(ChildTest, KeepsWhatItPrintsUpToALimit) {
  auto child = shell("printf abcdefgh; printf 12345678 >&2", 5);
  (void)wait(*child);
  EXPECT_EQ(text("out"), "abcde");
  EXPECT_EQ(text("err"), "12345");
  auto long_one = shell("head -c 1000000 /dev/zero; echo end >&2", 100);
  EXPECT_EQ(wait(*long_one).exit_code, 0);  // it was read to its end, or the child would hang
  EXPECT_EQ(text("out").size(), 100U);
  EXPECT_EQ(text("err"), "end\n");
}

TEST_F(ChildTest, HearsProgressAndIgnoresWhatIsNone) {
  auto child = shell(
      "echo '{\"step\":\"EP-01\",\"done\":1,\"total\":3}' >&3; echo 'no json' >&3;"
      "echo '{\"step\":\"x\",\"done\":-1,\"total\":3}' >&3; printf '{\"step\":\"EP-02\",' >&3;"
      "echo '\"done\":2,\"total\":3}' >&3; echo '{\"error\":\"workspace.busy\"}' >&3; exit 1");
  EXPECT_EQ(wait(*child).exit_code, 1);
  ASSERT_EQ(heard_.size(), 3U);
  EXPECT_EQ(heard_[0].step, "EP-01");
  EXPECT_EQ(heard_[1].done, 2);
  EXPECT_EQ(heard_[2].error, "workspace.busy");
}

TEST_F(ChildTest, TakesItsWordsAsAList) {
  ChildOptions options;
  options.program = "/bin/sh";
  options.words = {"-c", "printf '%s|' \"$@\"", "sh", "a b", "$(touch hacked)", "'; rm -rf x",
                   "--"};
  options.output = folder_ / "out";
  options.errors = folder_ / "err";
  auto child = Child::start(std::move(options));
  ASSERT_TRUE(child);
  (void)wait(**child);
  EXPECT_EQ(text("out"), "a b|$(touch hacked)|'; rm -rf x|--|");
}

TEST_F(ChildTest, InheritsNothingButItsPipes) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  auto child = shell("ls /proc/self/fd; cat; echo over");
  (void)wait(*child);
  ::close(leaked);
  // 4 is that of ls itself, on the folder it lists.
  EXPECT_EQ(text("out"), "0\n1\n2\n3\n4\nover\n");
}

TEST_F(ChildTest, CanBeInterruptedAlsoWhereThisProgramIgnoresThat) {
  const auto before = ::signal(SIGINT, SIG_IGN);
  auto child = shell("echo ready; exec sleep 1000");
  ::signal(SIGINT, before);
  while (text("out").empty()) (void)child->listen(std::chrono::milliseconds(20)).has_value();
  child->interrupt();
  EXPECT_EQ(wait(*child).signal, SIGINT);
}

TEST_F(ChildTest, CanBeInterruptedAndKilled) {
  auto polite = shell("trap 'echo stopped; exit 7' INT; echo ready; while :; do sleep 0.05; done");
  while (!std::filesystem::exists(folder_ / "out") || text("out").empty())
    (void)polite->listen(std::chrono::milliseconds(20)).has_value();
  polite->interrupt();
  EXPECT_EQ(wait(*polite).exit_code, 7);
  EXPECT_EQ(text("out"), "ready\nstopped\n");

  auto stubborn = shell("trap '' INT; sleep 1000 & echo $!; wait");
  while (text("out").empty()) (void)stubborn->listen(std::chrono::milliseconds(20)).has_value();
  stubborn->interrupt();
  EXPECT_FALSE(*stubborn->listen(std::chrono::milliseconds(100)));
  stubborn->kill();
  EXPECT_EQ(wait(*stubborn).signal, SIGKILL);
  // What it started is gone, too.
  const auto grandchild = static_cast<pid_t>(std::stol(text("out")));
  for (int i = 0; i < 200 && ::kill(grandchild, 0) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::string state = "gone";
  if (const auto stat = read_file("/proc/" + std::to_string(grandchild) + "/stat"))
    state = stat->substr(stat->rfind(')') + 2, 1);
  EXPECT_TRUE(state == "gone" || state == "Z") << state;
}

TEST_F(ChildTest, SaysWhenItCannotStart) {
  ChildOptions options;
  options.program = "/no/such/program";
  options.output = folder_ / "out";
  options.errors = folder_ / "err";
  auto child = Child::start(options);
  ASSERT_TRUE(child);
  EXPECT_EQ(wait(**child).exit_code, 127);
  options.output = folder_ / "none" / "out";
  const auto unwritable = Child::start(std::move(options));
  ASSERT_FALSE(unwritable);
  EXPECT_EQ(unwritable.error().code, "file.unwritable");
}

}  // namespace
}  // namespace anlan::jobs
