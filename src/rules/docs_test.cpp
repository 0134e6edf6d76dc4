#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "rules/test_rules.hpp"

namespace anlan::rules {
namespace {

TEST(RulesDocs, ItsExamplesGiveWhatItSays) {
  const auto page = read_file(ANLAN_SOURCE_DIR "/docs/rules.md");
  ASSERT_TRUE(page);
  const auto begin = page->find("```examples\n");
  ASSERT_NE(begin, std::string::npos);
  const auto block = page->substr(begin + 12, page->find("\n```", begin + 12) - begin - 12);
  SmallWorld world;
  std::size_t examples = 0;
  for (const auto line : split(block, '\n')) {
    const auto gap = line.find("  ");
    ASSERT_NE(gap, std::string_view::npos) << line;
    EXPECT_EQ(world.value(std::string(line.substr(0, gap))), trim(line.substr(gap))) << line;
    ++examples;
  }
  EXPECT_GE(examples, 20U);
}

}  // namespace
}  // namespace anlan::rules
