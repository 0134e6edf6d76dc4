#include "base/text.hpp"

#include <gtest/gtest.h>

namespace anlan {
namespace {

TEST(Text, TrimsFullWidthSpaceToo) {
  EXPECT_EQ(trim("\u3000 张三\t\n"), "张三");
  EXPECT_EQ(trim(" \u3000 "), "");
}

TEST(Text, SplitsAndKeepsEmptyPieces) {
  EXPECT_EQ(split("a,,b", ',').size(), 3u);
  EXPECT_EQ(split("", ',').size(), 1u);
}

TEST(Text, PadsByTerminalColumns) {
  EXPECT_EQ(display_width("养老金a"), 7u);
  EXPECT_EQ(pad_right("养老", 6), "养老  ");
  EXPECT_EQ(pad_left("12", 4), "  12");
}

TEST(Text, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(csv_field("a b"), "a b");
  EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(sql_quoted("it's"), "'it''s'");
}

}  // namespace
}  // namespace anlan
