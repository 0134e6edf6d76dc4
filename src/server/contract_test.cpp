#include "server/contract.hpp"

#include <gtest/gtest.h>

namespace anlan::server {
namespace {

const std::string small = R"(
paths:
  /a:
    get: {operationId: list, responses: {"200": {description: ok}}}
    post: {operationId: make, responses: {"201": {description: ok}}}
  /a/all:
    get: {operationId: all, responses: {"200": {description: ok}}}
  /a/{id}:
    get:
      operationId: one
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok}}
components: {schemas: {}}
)";

std::string found(const Contract& contract, std::string_view method, std::string_view path) {
  const auto match = contract.find(method, path);
  if (match.operation != nullptr) {
    return match.operation->id + (match.path.empty() ? "" : " " + match.path.begin()->second);
  }
  std::string allowed = "-";
  for (const auto& one : match.allowed) allowed += " " + one;
  return allowed;
}

TEST(Contract, FindsTheOperationOfAPath) {
  const auto contract = Contract::parse(small);
  ASSERT_TRUE(contract) << contract.error().detail;
  struct Row {
    const char* method;
    const char* path;
    const char* expected;
  };
  const Row rows[] = {
      {"GET", "/a", "list"},          {"HEAD", "/a", "list"},   {"POST", "/a", "make"},
      {"DELETE", "/a", "- GET POST"}, {"GET", "/b", "-"},       {"GET", "/a/", "-"},
      {"GET", "/a/all", "all"},       {"GET", "/a/7", "one 7"}, {"GET", "/a/%41", "one A"},
      {"GET", "/a/%4", "-"},          {"GET", "/a/7/8", "-"},   {"GET", "/a/%ff", "-"},
      {"POST", "/a/7", "- GET"},      {"GET", "", "-"},         {"GET", "a", "-"},
      {"GET", "/a/%00", "-"},         {"GET", "//a", "-"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(found(*contract, row.method, row.path), row.expected) << row.method << row.path;
  }
}

TEST(Contract, RefusesWhatItDoesNotUnderstand) {
  const std::pair<const char*, const char*> changes[] = {
      {"operationId: list", "operationID: list"},
      {"operationId: list", "operationId: make"},
      {"in: path", "in: cookie"},
      {"name: id,", "name: other,"},
      {"{type: integer}", "{type: integer, multipleOf: 2}"},
      {"responses: {\"201\"", "answers: {\"201\""},
      {"{description: ok}}}\n    post", "{$ref: '#/components/responses/None'}}}\n    post"},
      {"paths:", "paths: [\n"},
  };
  for (const auto& [from, to] : changes) {
    std::string text = small;
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, std::string(from).size(), to);
    EXPECT_FALSE(Contract::parse(text)) << to;
  }
}

TEST(Contract, TheOneWeHaveIsReadWhole) {
  const auto contract = Contract::built_in();
  ASSERT_TRUE(contract) << contract.error().detail;
  EXPECT_GT(contract->operations().size(), 20u);
  for (const auto& operation : contract->operations()) {
    EXPECT_FALSE(operation.tag.empty()) << operation.id;
    EXPECT_FALSE(operation.summary.empty()) << operation.id;
    EXPECT_FALSE(operation.answers.empty()) << operation.id;
    // Whatever looks at data asks for a right, is about the caller, or says who else may.
    const bool own = operation.tag == "server" || operation.tag == "session";
    EXPECT_TRUE(own || !operation.right.empty() || !operation.who.empty()) << operation.id;
    EXPECT_TRUE(!operation.is_public || own) << operation.id;
    // A body's object takes no keys that nobody reads.
    if (operation.body == nullptr) continue;
    std::vector<Violation> strange;
    operation.body->check({{"no such key", 1}}, "", strange);
    const auto unknown = std::find_if(strange.begin(), strange.end(),
                                      [](const auto& one) { return one.code == "value.unknown"; });
    EXPECT_NE(unknown, strange.end()) << operation.id;
  }
}

TEST(Contract, QueriesAreDecoded) {
  const auto pairs = parse_query("a=1&b=%E7%96%91+x&&c&a=2");
  ASSERT_TRUE(pairs);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "1"}, {"b", "疑 x"}, {"c", ""}, {"a", "2"}};
  EXPECT_EQ(*pairs, expected);
  for (const char* bad : {"a=%", "a=%4", "a=%zz", "%ff=1", "a=%00", "a=%c0%80", "a=%ed%a0%80"}) {
    EXPECT_FALSE(parse_query(bad)) << bad;
  }
}

}  // namespace
}  // namespace anlan::server
