#include "base/file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/sha256.hpp"

namespace anlan {
namespace {

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("anlan_file_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(FileTest, WritesAndReadsBack) {
  ASSERT_TRUE(write_file(folder_ / "档 案.txt", "内容"));
  EXPECT_EQ(*read_file(folder_ / "档 案.txt"), "内容");
  EXPECT_EQ(read_file(folder_ / "none").error().code, "file.unreadable");
  EXPECT_EQ(write_file(folder_ / "no" / "way", "x").error().code, "file.unwritable");
}

TEST_F(FileTest, LockIsExclusiveUntilReleased) {
  {
    const auto first = FileLock::take(folder_ / ".lock");
    ASSERT_TRUE(first);
    EXPECT_EQ(FileLock::take(folder_ / ".lock").error().code, "file.locked");
  }
  EXPECT_TRUE(FileLock::take(folder_ / ".lock"));
}

TEST_F(FileTest, CommitMovesAWholeFolder) {
  std::filesystem::create_directories(folder_ / "aside");
  ASSERT_TRUE(write_file(folder_ / "aside" / "a", "1"));
  ASSERT_TRUE(commit_folder(folder_ / "aside", folder_ / "table" / "delivery"));
  EXPECT_EQ(*read_file(folder_ / "table" / "delivery" / "a"), "1");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "aside"));
}

TEST_F(FileTest, HashesAsTheStandardSays) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_TRUE(write_file(folder_ / "f", "abc"));
  EXPECT_EQ(*sha256_file_hex(folder_ / "f"), sha256_hex("abc"));
}

}  // namespace
}  // namespace anlan
