#include "server/api.hpp"

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "journal/outbox.hpp"
#include "server/server.hpp"
#include "store/test_database.hpp"

namespace anlan::server {
namespace {

const std::string small = R"(
paths:
  /things:
    get:
      operationId: list_things
      tags: [t]
      summary: x
      x-right: thing_read
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 9}}
        - {name: kind, in: query, schema: {type: array, items: {type: string, enum: [a, b]}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}}}
    post:
      operationId: make_thing
      parameters: [{name: Idempotency-Key, in: header, required: true, schema: {type: string, minLength: 8, maxLength: 64}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: get_thing, responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}}
    put:
      operationId: change_thing
      parameters: [{name: If-Match, in: header, required: true, schema: {type: string}}]
      responses: {"204": {description: ok}}
  /open:
    post: {operationId: open, security: [], x-rate: login, responses: {"204": {description: ok}}}
components:
  schemas:
    Thing: {type: object, additionalProperties: false, required: [name], properties: {name: {type: string, maxLength: 5}}}
)";

Request request_of(std::string method, std::string target, std::vector<Field> fields = {},
                   std::string body = "") {
  Request request;
  request.id = "0123456789abcdef";
  request.method = std::move(method);
  request.target = std::move(target);
  request.fields = std::move(fields);
  request.body = std::move(body);
  request.peer = "192.0.2.1";
  return request;
}

std::string_view field_of(const Response& response, std::string_view name) {
  for (const auto& [own, value] : response.fields) {
    if (own == name) return value;
  }
  return {};
}

class ApiTest : public store::EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    database_.emplace(open({journal::schema(), access::schema(), schema()}));
    made_ = database_->write([](store::Transaction& transaction) {
      return transaction.script("CREATE TABLE thing (name TEXT NOT NULL)");
    });
    ASSERT_TRUE(made_);
  }

  Handlers handlers() {
    Handlers all;
    all["list_things"] = [this](Call& call) -> Result<Answer> {
      if (throws_) throw std::runtime_error("a secret");
      if (unfit_) return Answer{.body = {{"m", 1}}};
      return Answer{.body = {{"n", call.number("limit", 5)}, {"kinds", call.texts("kind")}}};
    };
    all["make_thing"] = [](Call& call) {
      return call.write([&](store::Transaction& transaction) -> Result<Answer> {
        const auto added = transaction.run("INSERT INTO thing (name) VALUES (?)",
                                           {call.body["name"].get<std::string>()});
        if (!added) return fail(added.error());
        if (call.body["name"] == "bad") return fail(ErrorKind::conflict, "thing.bad", "why");
        return Answer{
            .status = 201, .body = {{"made", call.body["name"]}}, .location = "/things/1"};
      });
    };
    all["get_thing"] = [](Call& call) -> Result<Answer> {
      if (call.number("id") == 404) return fail(ErrorKind::not_found, "thing.none");
      if (call.number("id") == 500) {
        return fail(ErrorKind::corrupted, "thing.damaged", "/secret/path");
      }
      return Answer{.body = Json::object(), .etag = version_tag(3)};
    };
    all["change_thing"] = [](Call& call) -> Result<Answer> {
      const auto version = call.if_match();
      if (!version) return fail(version.error());
      if (*version != 3) return fail(ErrorKind::conflict, "store.stale", "changed by account:2");
      return Answer{.status = 204};
    };
    all["open"] = [](Call&) -> Result<Answer> { return Answer{.status = 204}; };
    return all;
  }

  std::unique_ptr<Api> api() {
    ApiOptions options;
    options.words = [](std::string_view code, Lang lang) {
      return std::string(code) + (lang == Lang::zh ? " 中" : " en");
    };
    options.identify = [this](const Request& request, Instant) -> Result<std::optional<Caller>> {
      if (request.field("cookie").empty()) return std::optional<Caller>{};
      if (request.field("cookie") == "old") return fail(ErrorKind::forbidden, "access.no_session");
      return Caller{access::Actor::console("uid:7"), "1", csrf_};
    };
    options.database = &*database_;
    options.check_answers = true;
    options.actor_burst = burst_;
    options.actor_per_second = 0.001;
    options.login_burst = 2;
    options.login_per_second = 0.001;
    options.log = [this](const std::string& line) { log_ += line + "\n"; };
    auto contract = Contract::parse(small);
    CHECK(contract.has_value());
    auto made = Api::make(std::move(*contract), handlers(), std::move(options));
    EXPECT_TRUE(made) << (made ? "" : made.error().detail);
    return std::move(*made);
  }

  std::int64_t things() {
    return database_
        ->read([](store::Transaction& transaction) {
          return transaction.query_one("SELECT count(*) AS n FROM thing");
        })
        ->value()
        .integer("n");
  }

  std::optional<store::Database> database_;
  Status made_;
  std::string csrf_;
  double burst_ = 1000;
  bool throws_ = false;
  bool unfit_ = false;
  std::string log_;
};

TEST_P(ApiTest, EachWrongRequestHasItsProblem) {
  struct Row {
    Request request;
    int status;
    const char* code;
    const char* fields;  ///< "in pointer code", apart by "; "
  };
  const std::vector<Field> in = {{"cookie", "good"}};
  const auto json = [&](std::vector<Field> more) {
    more.push_back({"cookie", "good"});
    more.push_back({"content-type", "application/json; charset=utf-8"});
    return more;
  };
  const std::vector<Field> keyed = json({{"idempotency-key", "12345678"}});
  const Row rows[] = {
      {request_of("GET", "/nothing"), 404, "request.no_such_path", ""},
      {request_of("DELETE", "/things"), 405, "request.method", ""},
      {request_of("GET", "/things"), 401, "access.not_logged_in", ""},
      {request_of("GET", "/things", {{"cookie", "old"}}), 401, "access.no_session", ""},
      {request_of("GET", "/things?limit=x", in), 403, "access.no_right", ""},
      {request_of("GET", "/things/x", in), 400, "request.invalid", "path /id value.type"},
      {request_of("GET", "/things/1?a=1&b=2", in), 400, "request.invalid",
       "query /a value.unknown; query /b value.unknown"},
      {request_of("GET", "/things/1?%ff=1", in), 400, "request.query", ""},
      {request_of("GET", "/things/1", in, "{}"), 400, "request.body_unexpected", ""},
      {request_of("GET", "/things/404", in), 404, "thing.none", ""},
      {request_of("GET", "/things/500", in), 500, "thing.damaged", ""},
      {request_of("POST", "/things", json({}), R"({"name":"x"})"), 400, "request.invalid",
       "header /idempotency-key value.required"},
      {request_of("POST", "/things", keyed), 400, "request.invalid", "body  value.required"},
      {request_of("POST", "/things", {{"cookie", "good"}, {"idempotency-key", "12345678"}}, "{}"),
       415, "request.media_type", ""},
      {request_of("POST", "/things", keyed, "{"), 400, "json.malformed", "body / json.malformed"},
      {request_of("POST", "/things", keyed, R"({"name":"a","name":"b"})"), 400,
       "json.duplicate_key", "body /name json.duplicate_key"},
      {request_of("POST", "/things", keyed, R"({"name":7,"x":1})"), 400, "request.invalid",
       "body /name value.type; body /x value.unknown"},
      {request_of("POST", "/things", keyed, R"({"name":"bad"})"), 409, "thing.bad", ""},
      {request_of("PUT", "/things/1", in), 428, "request.if_match_missing",
       "header /if-match value.required"},
      {request_of("PUT", "/things/1", {{"cookie", "good"}, {"if-match", "3"}}), 400,
       "request.if_match", ""},
      {request_of("PUT", "/things/1", {{"cookie", "good"}, {"if-match", "\"v2\""}}), 412,
       "store.stale", ""},
      {request_of("PUT", "/things/1",
                  {{"cookie", "good"},
                   {"if-match", "\"v3\""},
                   {"origin", "https://evil.example"},
                   {"host", "anlan.example"}}),
       403, "request.csrf", ""},
      {request_of("PUT", "/things/1",
                  {{"cookie", "good"}, {"if-match", "\"v3\""}, {"sec-fetch-site", "cross-site"}}),
       403, "request.csrf", ""},
  };
  const auto front = api();
  for (const auto& row : rows) {
    const auto response = front->answer(row.request);
    const std::string about =
        row.request.method + " " + row.request.target + " " + row.request.body;
    EXPECT_EQ(response.status, row.status) << about << "\n" << response.body;
    EXPECT_EQ(field_of(response, "content-type"), "application/problem+json") << about;
    const auto problem = read_json(response.body);
    ASSERT_TRUE(problem) << response.body;
    EXPECT_EQ((*problem)["code"], row.code) << about;
    EXPECT_EQ((*problem)["title"], std::string(row.code) + " 中");
    EXPECT_EQ((*problem)["request_id"], "0123456789abcdef");
    std::string fields;
    if (problem->contains("errors")) {
      for (const auto& one : (*problem)["errors"]) {
        fields += (fields.empty() ? "" : "; ") + one["in"].get<std::string>() + " " +
                  one["pointer"].get<std::string>() + " " + one["code"].get<std::string>();
        EXPECT_FALSE(one["detail"].get<std::string>().empty());
      }
    }
    EXPECT_EQ(fields, row.fields) << about;
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
  }
  EXPECT_EQ(things(), 0) << "nothing half-done";
  // The log says what went wrong and holds neither target nor body.
  EXPECT_NE(log_.find("\"fault\":\"/secret/path\""), std::string::npos);
  EXPECT_EQ(log_.find("limit"), std::string::npos);
  EXPECT_EQ(log_.find("192.0.2.1"), std::string::npos);
}

TEST_P(ApiTest, ProblemsSpeakTheLanguageAskedFor) {
  const auto front = api();
  const std::pair<const char*, const char*> rows[] = {
      {"", "中"},
      {"en", "en"},
      {"zh-CN", "中"},
      {"fr, en;q=0.5", "en"},
      {"en;q=0.4, zh;q=0.6", "中"},
      {"en-GB,zh;q=0.9", "en"},
      {"de", "中"},
      {"en;q=x", "en"},
  };
  for (const auto& [wanted, words] : rows) {
    const auto response =
        front->answer(request_of("GET", "/nothing", {{"accept-language", wanted}}));
    EXPECT_EQ((*read_json(response.body))["title"], std::string("request.no_such_path ") + words)
        << wanted;
  }
}

TEST_P(ApiTest, EveryResponseCarriesTheStrictFields) {
  const auto front = api();
  const Request requests[] = {request_of("GET", "/nothing"),
                              request_of("GET", "/things/1", {{"cookie", "good"}})};
  for (const auto& request : requests) {
    const auto response = front->answer(request);
    for (const char* name :
         {"x-request-id", "cache-control", "content-security-policy", "x-content-type-options",
          "x-frame-options", "referrer-policy", "cross-origin-opener-policy"}) {
      EXPECT_FALSE(field_of(response, name).empty()) << name;
    }
    EXPECT_TRUE(field_of(response, "strict-transport-security").empty());
  }
  auto secure = requests[1];
  secure.secure = true;
  EXPECT_FALSE(field_of(front->answer(secure), "strict-transport-security").empty());
}

TEST_P(ApiTest, AnUnchangedThingIsNotSentAgain) {
  const auto front = api();
  const auto first = front->answer(request_of("GET", "/things/1", {{"cookie", "good"}}));
  EXPECT_EQ(field_of(first, "etag"), "\"v3\"");
  for (const char* tag : {"\"v3\"", "\"v2\", W/\"v3\"", "*"}) {
    const auto again =
        front->answer(request_of("GET", "/things/1", {{"cookie", "good"}, {"if-none-match", tag}}));
    EXPECT_EQ(again.status, 304) << tag;
    EXPECT_TRUE(again.body.empty());
  }
}

TEST_P(ApiTest, TheSameKeyGivesTheSameAnswerAndDoesNothingAgain) {
  const auto front = api();
  const auto send = [&](const std::string& key, const std::string& body) {
    return front->answer(request_of(
        "POST", "/things",
        {{"cookie", "good"}, {"content-type", "application/json"}, {"idempotency-key", key}},
        body));
  };
  const auto first = send("key-00000001", R"({"name":"x"})");
  EXPECT_EQ(first.status, 201) << first.body;
  const auto again = send("key-00000001", R"({ "name": "x" })");  // the same, written differently
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(field_of(again, "location"), "/things/1");
  EXPECT_EQ(field_of(again, "idempotency-replayed"), "true");
  EXPECT_EQ(things(), 1);
  const auto other = send("key-00000001", R"({"name":"y"})");
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ((*read_json(other.body))["code"], "request.key_reused");
  EXPECT_EQ(things(), 1);
  // A refused write leaves no answer: the key may be used when it can succeed.
  EXPECT_EQ(send("key-00000002", R"({"name":"bad"})").status, 409);
  EXPECT_EQ(send("key-00000002", R"({"name":"good"})").status, 201);
  EXPECT_EQ(things(), 2);
  // Old answers are forgotten.
  ASSERT_TRUE(forget_old_answers(*database_, Instant::now().plus(answers_kept * 2)));
  EXPECT_EQ(send("key-00000001", R"({"name":"y"})").status, 201);
}

TEST_P(ApiTest, ManyAtOnceUnderOneKeyDoItOnce) {
  const auto front = api();
  std::vector<std::jthread> threads;
  std::atomic<int> made = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto response = front->answer(request_of("POST", "/things",
                                                     {{"cookie", "good"},
                                                      {"content-type", "application/json"},
                                                      {"idempotency-key", "key-00000009"}},
                                                     R"({"name":"x"})"));
      if (response.status == 201) ++made;
    });
  }
  threads.clear();
  EXPECT_EQ(made, 8);
  EXPECT_EQ(things(), 1);
}

TEST_P(ApiTest, AWriteByCookieNeedsTheTokenOfItsSession) {
  csrf_ = "secret-of-session";
  const auto front = api();
  const auto put = [&](std::vector<Field> more) {
    more.push_back({"cookie", "good"});
    more.push_back({"if-match", "\"v3\""});
    return front->answer(request_of("PUT", "/things/1", more)).status;
  };
  EXPECT_EQ(put({}), 403);
  EXPECT_EQ(put({{"x-csrf-token", "secret-of-other..."}}), 403);
  EXPECT_EQ(put({{"x-csrf-token", "secret-of-session"}}), 204);
  EXPECT_EQ(put({{"x-csrf-token", "secret-of-session"},
                 {"origin", "https://anlan.example"},
                 {"host", "anlan.example"}}),
            204);
}

TEST_P(ApiTest, WhoAsksTooOftenWaits) {
  burst_ = 3;
  const auto front = api();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(front->answer(request_of("GET", "/things/1", {{"cookie", "good"}})).status, 200);
  }
  const auto response = front->answer(request_of("GET", "/things/1", {{"cookie", "good"}}));
  EXPECT_EQ(response.status, 429);
  EXPECT_FALSE(field_of(response, "retry-after").empty());
  // Logging in is counted by address.
  EXPECT_EQ(front->answer(request_of("POST", "/open")).status, 204);
  EXPECT_EQ(front->answer(request_of("POST", "/open")).status, 204);
  EXPECT_EQ(front->answer(request_of("POST", "/open")).status, 429);
  auto elsewhere = request_of("POST", "/open");
  elsewhere.peer = "192.0.2.2";
  EXPECT_EQ(front->answer(elsewhere).status, 204);
}

TEST_P(ApiTest, WhatABrokenHandlerKnowsStaysInside) {
  // The right is not held, so let the operation ask for none.
  std::string open = small;
  open.erase(open.find("      x-right: thing_read\n"), 26);
  ApiOptions options;
  options.words = [](std::string_view code, Lang) { return std::string(code); };
  options.identify = [](const Request&, Instant) -> Result<std::optional<Caller>> {
    return Caller{access::Actor::console("uid:7"), "", ""};
  };
  options.check_answers = true;
  auto front = Api::make(*Contract::parse(open), handlers(), std::move(options));
  ASSERT_TRUE(front);
  const auto good = (*front)->answer(request_of("GET", "/things?limit=3&kind=a&kind=b"));
  EXPECT_EQ(good.body, R"({"n":3,"kinds":["a","b"]})");
  const auto wrong = (*front)->answer(request_of("GET", "/things?limit=0&limit=1&kind=a&kind=c"));
  EXPECT_EQ((*read_json(wrong.body))["errors"].size(), 3u) << wrong.body;
  throws_ = true;
  const auto thrown = (*front)->answer(request_of("GET", "/things"));
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
  throws_ = false;
  unfit_ = true;
  const auto unfit = (*front)->answer(request_of("GET", "/things"));
  EXPECT_EQ((*read_json(unfit.body))["code"], "server.answer_unfit");
}

TEST_P(ApiTest, ContractAndHandlersMustBeTheSame) {
  auto some = handlers();
  some.erase("open");
  some["more"] = some["get_thing"];
  const auto front = Api::make(*Contract::parse(small), std::move(some), {});
  ASSERT_FALSE(front);
  EXPECT_EQ(front.error().code, "server.operations");
  EXPECT_EQ(front.error().detail, "-open +more");
}

INSTANTIATE_TEST_SUITE_P(Engines, ApiTest, store::both_engines, store::engine_name);

}  // namespace
}  // namespace anlan::server
