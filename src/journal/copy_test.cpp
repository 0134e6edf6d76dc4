#include "journal/copy.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/file.hpp"
#include "journal/encoding.hpp"
#include "journal/journal.hpp"
#include "journal/keys.hpp"
#include "journal/proof.hpp"
#include "journal/tiles.hpp"
#include "journal/verify.hpp"

namespace anlan::journal {
namespace {

namespace fs = std::filesystem;

class CopyTest : public testing::Test {
 protected:
  CopyTest() : folder_(fs::temp_directory_path() / ("anlan-copy-" + hex(random_bytes(8)))) {
    EXPECT_TRUE(Log::make(log(), Suite::sha256_ed25519, "example.org/log"));
  }
  ~CopyTest() override { fs::remove_all(folder_); }

  fs::path log() const { return folder_ / "log"; }
  fs::path copy(int number = 0) const { return folder_ / ("copy-" + std::to_string(number)); }

  static std::vector<Act> acts(std::size_t count) {
    Act act;
    act.act = "test";
    act.who = "uid:1";
    act.personal = {{"name", "某人"}};
    return std::vector<Act>(count, act);
  }

  const fs::path folder_;
};

TEST_F(CopyTest, HoldsWhatTheLogHeldAndNoKey) {
  auto journal = Journal::open(log());
  ASSERT_TRUE((*journal)->record(acts(700)));
  ASSERT_TRUE((*journal)->publish());
  ASSERT_TRUE((*journal)->record(acts(3)));  // durable, under no checkpoint
  const auto copied = copy_log(log(), copy(), false);
  ASSERT_TRUE(copied) << copied.error().code << " " << copied.error().detail;
  EXPECT_EQ(copied->entries, 700U);
  EXPECT_EQ(copied->unpublished, 3U);
  EXPECT_FALSE(fs::exists(copy() / "key" / "signing.pem"));
  const auto report = verify(copy());
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->sound());
  EXPECT_EQ(report->root, copied->root);
  EXPECT_NE(read_entry(copy(), 699)->personal.find("某人"), std::string::npos);
}

TEST_F(CopyTest, WithItsKeyGoesOn) {
  {
    auto journal = Journal::open(log());
    ASSERT_TRUE((*journal)->record(acts(300)));
    ASSERT_TRUE((*journal)->publish());
    ASSERT_TRUE((*journal)->record(acts(5)));
    ASSERT_TRUE(copy_log(log(), copy(), true));
  }
  {
    auto journal = Journal::open(copy());
    ASSERT_TRUE(journal) << journal.error().code;
    EXPECT_EQ((*journal)->record(acts(1).front())->index, 305U);
  }
  EXPECT_TRUE(verify(copy())->sound());
}

TEST_F(CopyTest, IsOneMomentOfALogThatIsWrittenAllTheTime) {
  JournalOptions options;
  options.publish_after = std::chrono::milliseconds(1);
  auto journal = Journal::open(log(), options);
  ASSERT_TRUE(journal);
  std::atomic<std::uint64_t> recorded = 0;
  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (!(*journal)->record(acts(7))) break;
      recorded += 7;
    }
  });
  for (int number = 0; number < 25; ++number) {
    const std::uint64_t before = recorded;
    const auto copied = copy_log(log(), copy(number), true, before);
    ASSERT_TRUE(copied) << copied.error().code << " " << copied.error().detail;
    EXPECT_GE(copied->entries + copied->unpublished, before);
  }
  writer.request_stop();
  writer.join();
  journal->reset();
  const auto whole = verify(log());
  ASSERT_TRUE(whole->sound());
  for (int number = 0; number < 25; ++number) {
    { ASSERT_TRUE(Journal::open(copy(number))); }
    const auto checkpoint = read_file(copy(number) / "public" / "checkpoint");
    VerifyOptions against;
    against.against = {*checkpoint};
    const auto report = verify(log(), against);
    EXPECT_TRUE(report->sound()) << "a copy is not a beginning of the log";
  }
}

TEST_F(CopyTest, OfADamagedLogIsRefused) {
  {
    auto journal = Journal::open(log());
    ASSERT_TRUE((*journal)->record(acts(300)));
  }
  EXPECT_EQ(copy_log(log(), copy(0), false, 301).error().code, "journal.older_than_desk");
  const auto bundle = log() / "public" / bundle_path(0, tile_width);
  auto content = *read_file(bundle);
  content[100] ^= 1;
  ASSERT_TRUE(write_file(bundle, content));
  EXPECT_EQ(copy_log(log(), copy(1), false).error().code, "journal.copy_unsound");
}

}  // namespace
}  // namespace anlan::journal
