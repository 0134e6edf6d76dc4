#include "journal/entry.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace anlan::journal {
namespace {

constexpr Suite suite = Suite::sha256_ed25519;

WallTime at(std::int64_t ms) {
  return WallTime(std::chrono::milliseconds(ms));
}

Act full_act() {
  Act act;
  act.act = "import";
  act.who = "uid:1000";
  act.post = "data_keeper";
  act.subject = "delivery:00ff";
  act.refs = {{"catalog", "ab12"}, {"subject", "inner"}};
  act.counts = {{"rows_read", 12}, {"at", -1}};
  act.personal = {{"login", "张三"}, {"source", "a \"b\".csv"}};
  return act;
}

TEST(Entry, IsCanonicalJson) {
  const auto prepared = prepare(suite, full_act());
  ASSERT_TRUE(prepared) << prepared.error().detail;
  const std::string entry = prepared->entry(at(1'543'622'400'123), at(1'543'622'400'123));
  const auto json = nlohmann::json::parse(entry);
  EXPECT_EQ(json.dump(), entry);  // sorted keys, no spaces
  EXPECT_EQ(json["at"], "2018-12-01T00:00:00.123Z");
  EXPECT_FALSE(json.contains("at_wall"));
  EXPECT_EQ(json["counts"]["rows_read"], 12);
  EXPECT_EQ(entry.find("张三"), std::string::npos);
  EXPECT_EQ(entry.find("csv"), std::string::npos);
  EXPECT_EQ(word_of_entry(entry, "act"), "import");
  EXPECT_EQ(word_of_entry(entry, "at"), "2018-12-01T00:00:00.123Z");
  EXPECT_EQ(word_of_entry(entry, "subject"), "delivery:00ff");
  EXPECT_EQ(word_of_entry(entry, "who"), "uid:1000");
  EXPECT_EQ(personal_hash_of_entry(entry), json["personal"].get<std::string>());
  EXPECT_EQ(personal_hash(suite, prepared->personal), json["personal"].get<std::string>());
}

TEST(Entry, KeepsTheWallClockWhenTheLogsTimeCannotFollow) {
  const auto prepared = prepare(suite, full_act());
  const std::string entry = prepared->entry(at(1'543'622'400'000), at(1'543'600'000'000));
  const auto json = nlohmann::json::parse(entry);
  EXPECT_EQ(json.dump(), entry);
  EXPECT_EQ(json["at_wall"], "2018-11-30T17:46:40.000Z");
  EXPECT_EQ(*time_of_entry(entry), at(1'543'622'400'000));
}

TEST(Entry, SaysNothingOfThePersonalPartToWhoGuesses) {
  const auto one = prepare(suite, full_act());
  const auto two = prepare(suite, full_act());
  EXPECT_NE(one->after, two->after);  // equal content, another salt
  Act bare = full_act();
  bare.personal.clear();
  const auto none = prepare(suite, bare);
  EXPECT_EQ(none->personal, "");
  EXPECT_EQ(personal_hash_of_entry(none->entry(at(0), at(0))), "");
}

TEST(Entry, RefusesWhatMayNotBeCommitted) {
  const auto code = [](auto change) {
    Act act = full_act();
    change(act);
    const auto prepared = prepare(suite, act);
    return prepared ? std::string() : prepared.error().code;
  };
  EXPECT_EQ(code([](Act&) {}), "");
  EXPECT_EQ(code([](Act& act) { act.who = "张三"; }), "journal.word");
  EXPECT_EQ(code([](Act& act) { act.who = "Zhang San"; }), "journal.word");
  EXPECT_EQ(code([](Act& act) { act.who = ""; }), "journal.word");
  EXPECT_EQ(code([](Act& act) { act.act = "a\"b"; }), "journal.word");
  EXPECT_EQ(code([](Act& act) { act.refs["x"] = std::string(201, 'a'); }), "journal.word");
  EXPECT_EQ(code([](Act& act) { act.subject = "person:11010519491231002X"; }), "journal.word");
  EXPECT_EQ(code([](Act& act) { act.subject = "person:110105194912310029"; }), "");  // no ID number
  EXPECT_EQ(code([](Act& act) { act.personal["x"] = "\xff"; }), "journal.word");
  EXPECT_EQ(code([](Act& act) { act.personal["x"] = std::string(40'000, 'a'); }),
            "journal.entry_too_large");
}

TEST(Entry, TimesGoThereAndBack) {
  for (const std::int64_t ms : {0LL, 999LL, 951'782'399'999LL, 1'543'622'400'123LL}) {
    EXPECT_EQ(time_of_text(time_text(at(ms))), at(ms));
  }
  EXPECT_FALSE(time_of_text("2018-02-30T00:00:00.000Z"));
  EXPECT_FALSE(time_of_text("2018-02-03 00:00:00.000Z"));
  EXPECT_FALSE(time_of_text("2018-02-03T24:00:00.000Z"));
}

}  // namespace
}  // namespace anlan::journal
