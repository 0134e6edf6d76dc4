#include "server/json_text.hpp"

#include <gtest/gtest.h>

namespace anlan::server {
namespace {

TEST(JsonText, ReadsWhatIsWellFormed) {
  const char* texts[] = {"{}",
                         "[]",
                         "null",
                         R"({"b":1,"a":[true,null,-5,1.5,"疑点"]})",
                         "9223372036854775807",
                         "-9223372036854775808",
                         R"("\ud83d\ude00")",
                         R"({"a":{"x":1},"b":{"x":1}})"};
  for (const auto* text : texts) {
    const auto json = read_json(text);
    ASSERT_TRUE(json) << text << " " << json.error().code;
    EXPECT_EQ(read_json(json_text(*json)), *json);
  }
  EXPECT_EQ(json_text(*read_json(R"({"b":1,"a":2})")), R"({"b":1,"a":2})");
}

TEST(JsonText, RefusesWhatIsNot) {
  struct Row {
    std::string text;
    const char* code;
    const char* pointer;
  };
  const Row rows[] = {
      {"", "json.malformed", ""},
      {"{", "json.malformed", "/"},
      {"{} {}", "json.malformed", ""},
      {"[1,]", "json.malformed", "/1"},
      {"NaN", "json.malformed", ""},
      {"// a\n1", "json.malformed", ""},
      {"\"\xff\"", "json.malformed", ""},
      {"\"\xed\xa0\x80\"", "json.malformed", ""},  // half a surrogate pair
      {"\"a\x01\"", "json.malformed", ""},
      {"\xEF\xBB\xBF[]x", "json.malformed", ""},
      {R"({"a":1,"a":1})", "json.duplicate_key", "/a"},
      {R"({"r":[{"x/y":{}},{"x~":1,"x~":2}]})", "json.duplicate_key", "/r/1/x~0"},
      {R"({"a":1,"\u0061":2})", "json.duplicate_key", "/a"},
      {R"({"a":["x","\u0000"]})", "json.nul", "/a/1"},
      {R"({"a\u0000":1})", "json.nul", "/"},
      {R"({"a":9223372036854775808})", "json.number", "/a"},
      {R"([-9223372036854775809])", "json.number", "/0"},
      {R"([1e999])", "json.malformed", "/0"},
      {std::string(25, '[') + std::string(25, ']'), "json.too_deep",
       "/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0"},
      {std::string(5'000'000, '['), "json.too_deep",
       "/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0"},
  };
  for (const auto& row : rows) {
    const auto json = read_json(row.text);
    ASSERT_FALSE(json) << row.text.substr(0, 60);
    EXPECT_EQ(json.error().code, row.code) << row.text.substr(0, 60);
    EXPECT_EQ(json.error().pointer, row.pointer) << row.text.substr(0, 60);
  }
  EXPECT_TRUE(read_json(std::string(24, '[') + std::string(24, ']')));
}

TEST(JsonText, CountsValues) {
  const JsonLimits limits{.values_max = 4};
  EXPECT_TRUE(read_json("[1,2,3]", limits));
  const auto json = read_json("[1,2,3,4]", limits);
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().code, "json.too_many_values");
  EXPECT_EQ(json.error().pointer, "/3");
  std::string many = "{";
  for (int i = 0; i < 501; ++i) many += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  const auto object = read_json(many + "}");
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, "json.too_many_values");
}

}  // namespace
}  // namespace anlan::server
