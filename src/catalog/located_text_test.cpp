#include "catalog/located_text.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace anlan::catalog {
namespace {

/// The scalar at `key`, located.
LocatedText located(const std::string& file, const std::string& key = "when") {
  const auto node = YAML::Load(file)[key];
  const auto mark = node.Mark();
  std::size_t line_begin = 0;
  for (int line = 0; line < mark.line; ++line) line_begin = file.find('\n', line_begin) + 1;
  return locate_scalar(file, line_begin + static_cast<std::size_t>(mark.column), node.Scalar());
}

TEST(LocatedText, FindsEachByteInEveryStyleOfYaml) {
  const std::string files[] = {
      "when: a && here\n",
      "about: 人员\nwhen: 死 && here   # comment\n",
      "when: a &&\n  b &&\n\n  here\n",
      "when: \"a == \\\"死\\\" && here\"\n",
      "when: \"a\n  && here\"\n",
      "when: 'it''s && here'\n",
      "when: |\n  a &&\n  here\n",
      "when: >\n  a &&\n  b &&\n\n  here\n",
      "when: >-\n  a &&\n  here",
      "rule: {when: a && here, code: x}\n",
  };
  for (const auto& file : files) {
    const auto text = file.starts_with("rule") ? [&] {
      const auto node = YAML::Load(file)["rule"]["when"];
      return locate_scalar(file, static_cast<std::size_t>(node.Mark().column), node.Scalar());
    }()
                                               : located(file);
    ASSERT_EQ(text.at.size(), text.text.size() + 1) << file;
    const auto in_text = text.text.find("here");
    ASSERT_NE(in_text, std::string::npos) << file;
    EXPECT_EQ(text.at[in_text], file.find("here")) << file;
    EXPECT_EQ(text.at[in_text + 3], file.find("here") + 3) << file;
  }
}

TEST(LocatedText, PointsToTheStartWhereItCannotBeCertain) {
  // A line indented further inside `>` keeps its line end: not followed.
  const std::string file = "when: >\n  a\n    b\n  here\n";
  const auto text = located(file);
  ASSERT_EQ(text.at.size(), text.text.size() + 1);
  EXPECT_EQ(text.at[3], 6U);
}

TEST(LocatedText, DrawsCaretsUnderWideLetters) {
  const std::string file = "code: x\nwhen: 死亡 && here\n";
  const auto text = located(file);
  const auto begin = text.text.find("here");
  EXPECT_EQ(point_at("rule.yaml", file, text, begin, begin + 4, "no such thing"),
            "rule.yaml:2:13: no such thing\n"
            "    2 | when: 死亡 && here\n"
            "      |               ^~~~");
  EXPECT_EQ(point_at("rule.yaml", file, text, text.text.size(), text.text.size(), "the end"),
            "rule.yaml:2:17: the end\n"
            "    2 | when: 死亡 && here\n"
            "      |                   ^");
}

}  // namespace
}  // namespace anlan::catalog
