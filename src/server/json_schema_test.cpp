#include "server/json_schema.hpp"

#include <gtest/gtest.h>

#include <map>

namespace anlan::server {
namespace {

struct Row {
  const char* schema;
  const char* value;
  const char* expected;  ///< "pointer code", several apart by "; "; "" if it fits
};

std::string findings(const Schema& schema, const char* value) {
  std::vector<Violation> found;
  schema.check(*read_json(value), "", found);
  std::string all;
  for (const auto& one : found) {
    all += (all.empty() ? "" : "; ") + one.pointer + " " + one.code;
    EXPECT_FALSE(one.words.zh.empty());
    EXPECT_FALSE(one.words.en.empty());
  }
  return all;
}

TEST(Schema, EachWordOfTheSubset) {
  const Row rows[] = {
      {R"({"type":"integer"})", "1", ""},
      {R"({"type":"integer"})", "1.0", " value.type"},  // money is never a float
      {R"({"type":"integer"})", "\"1\"", " value.type"},
      {R"({"type":"integer"})", "true", " value.type"},
      {R"({"type":"integer"})", "null", " value.type"},
      {R"({"type":"number"})", "1", ""},
      {R"({"type":"number"})", "1.5", ""},
      {R"({"type":["string","null"]})", "null", ""},
      {R"({"type":["string","null"]})", "[]", " value.type"},
      {R"({"type":"boolean"})", "0", " value.type"},
      {R"({"minimum":0,"maximum":5})", "0", ""},
      {R"({"minimum":0,"maximum":5})", "5", ""},
      {R"({"minimum":0,"maximum":5})", "-1", " value.too_small"},
      {R"({"minimum":0,"maximum":5})", "6", " value.too_large"},
      {R"({"minimum":0,"maximum":5})", "5.5", " value.too_large"},
      {R"({"type":"integer","maximum":9007199254740991})", "9223372036854775807",
       " value.too_large"},
      {R"({"enum":["a",1,null]})", "1", ""},
      {R"({"enum":["a",1,null]})", "\"b\"", " value.choice"},
      {R"({"const":"x"})", "\"y\"", " value.choice"},
      {R"({"minLength":2,"maxLength":3})", "\"疑点\"", ""},  // counted in characters
      {R"({"minLength":2,"maxLength":3})", "\"疑\"", " value.too_short"},
      {R"({"minLength":2,"maxLength":3})", "\"疑点疑点\"", " value.too_long"},
      {R"({"pattern":"^[a-z]+$"})", "\"abc\"", ""},
      {R"({"pattern":"^[a-z]+$"})", "\"abc\\n\"", " value.pattern"},
      {R"({"format":"date"})", "\"2018-02-28\"", ""},
      {R"({"format":"date"})", "\"2018-02-29\"", " value.date"},
      {R"({"format":"date"})", "\"20180228\"", " value.date"},
      {R"({"format":"month"})", "\"2018-12\"", ""},
      {R"({"format":"month"})", "\"2018-13\"", " value.month"},
      {R"({"format":"date-time"})", "\"2018-11-30T16:05:09+08:00\"", ""},
      {R"({"format":"date-time"})", "\"2018-11-30T16:05:09.123Z\"", ""},
      {R"({"format":"date-time"})", "\"2018-11-30T24:05:09Z\"", " value.moment"},
      {R"({"format":"date-time"})", "\"2018-11-30T16:05:09\"", " value.moment"},
      {R"({"format":"date-time"})", "\"2018-11-30T16:05:09.Z\"", " value.moment"},
      {R"({"items":{"type":"integer"},"minItems":1,"maxItems":2})", "[1,2]", ""},
      {R"({"items":{"type":"integer"},"minItems":1,"maxItems":2})", "[]", " value.too_few"},
      {R"({"items":{"type":"integer"},"minItems":1,"maxItems":2})", "[1,2,3]", " value.too_many"},
      {R"({"items":{"type":"integer"}})", R"([1,"x",{}])", "/1 value.type; /2 value.type"},
      {R"({"uniqueItems":true})", R"([{"a":1},{"a":2},{"a":1}])", "/2 value.repeated"},
      {R"({"properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false})",
       R"({"a":1})", ""},
      {R"({"properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false})",
       R"({"x/y":1})", "/a value.required; /x~1y value.unknown"},
      {R"({"properties":{"a":{}},"additionalProperties":{"type":"string"}})",
       R"({"a":1,"b":2,"c":"x"})", "/b value.type"},
      {R"({"oneOf":[{"type":"integer"},{"type":"number"}]})", "1.5", ""},
      {R"({"oneOf":[{"type":"integer"},{"type":"number"}]})", "1", " value.form"},
      {R"({"anyOf":[{"type":"integer"},{"type":"string"}]})", "[]", " value.form"},
      {R"({"allOf":[{"minimum":3},{"maximum":5}]})", "6", " value.too_large"},
      {R"({"$ref":"#/components/schemas/Node"})", R"({"next":{"next":{"next":1}}})",
       "/next/next/next value.type"},
  };
  SchemaTable table;
  table["Node"] = std::move(*Schema::parse(
      *read_json(R"({"type":"object","properties":{"next":{"$ref":"#/components/schemas/Node"}}})"),
      table, "Node"));
  for (const auto& row : rows) {
    const auto schema = Schema::parse(*read_json(row.schema), table, "test");
    ASSERT_TRUE(schema) << row.schema << " " << schema.error().detail;
    EXPECT_EQ(findings(**schema, row.value), row.expected) << row.schema << " " << row.value;
  }
}

TEST(Schema, StopsAtAsManyFindingsAsAskedFor) {
  SchemaTable table;
  const auto schema = Schema::parse(*read_json(R"({"items":{"type":"string"}})"), table, "test");
  std::string many = "[0";
  for (int i = 0; i < 1000; ++i) many += ",0";
  std::vector<Violation> found;
  (*schema)->check(*read_json(many + "]"), "", found);
  EXPECT_EQ(found.size(), 20u);
}

TEST(Schema, RefusesWordsItWouldHaveToIgnore) {
  SchemaTable table;
  for (const char* text :
       {R"({"unevaluatedProperties":false})", R"({"type":"float"})", R"({"format":"email"})",
        R"({"pattern":"("})", R"({"minLength":"2"})", R"({"$ref":"other.yaml"})",
        R"({"required":["a"]})", R"([])", R"({"items":{"prefixItems":[]}})"}) {
    const auto schema = Schema::parse(*read_json(text), table, "place");
    ASSERT_FALSE(schema) << text;
    EXPECT_EQ(schema.error().code, "contract.schema");
    EXPECT_TRUE(schema.error().detail.starts_with("place")) << schema.error().detail;
  }
  const auto schema =
      Schema::parse(*read_json(R"({"items":{"$ref":"#/components/schemas/None"}})"), table, "x");
  ASSERT_TRUE(schema);
  std::vector<std::string> missing;
  (*schema)->missing_references(missing);
  EXPECT_EQ(missing, std::vector<std::string>{"None"});
}

}  // namespace
}  // namespace anlan::server
