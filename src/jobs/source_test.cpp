#include "jobs/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/test_jobs.hpp"

namespace anlan::jobs {
namespace {

using ::testing::ElementsAre;

Date date(const char* text) {
  return *parse_date(text);
}

lake::Delivery delivery(const std::string& table, const std::string& received, bool active = true) {
  lake::Delivery one;
  one.manifest.id = table + received.substr(0, 10);
  one.manifest.table = table;
  one.manifest.received_at = received + "T09:00:00+08:00";
  one.manifest.period = "2018-11";
  one.manifest.rows_loaded = 10;
  one.manifest.rows_rejected = 1;
  one.active = active;
  return one;
}

TEST(Freshness, TheNextDeliveryIsDueAfterTheAgreedTime) {
  const struct {
    const char* frequency;
    const char* received;
    const char* due;
  } rows[] = {
      {"daily", "2018-12-31", "2019-01-01"},   {"weekly", "2018-12-31", "2019-01-07"},
      {"monthly", "2018-12-15", "2019-01-15"}, {"monthly", "2019-01-31", "2019-02-28"},
      {"monthly", "2020-01-31", "2020-02-29"}, {"quarterly", "2018-11-30", "2019-02-28"},
      {"yearly", "2020-02-29", "2021-02-28"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(format_date(due_after(row.frequency, date(row.received))), row.due) << row.frequency;
}

TEST(Freshness, IsFreshThenDueThenLate) {
  const Agreement agreement{.table = "ext_death", .frequency = "monthly", .grace_days = 10};
  const std::vector<lake::Delivery> deliveries = {
      delivery("ext_death", "2018-12-01"), delivery("ext_death", "2018-12-10"),
      delivery("ext_death", "2018-12-20", false),  // another took its place
      delivery("ext_tax_wage", "2018-12-30")};
  const struct {
    const char* today;
    Freshness freshness;
    int days_late;
  } rows[] = {
      {"2018-12-10", Freshness::fresh, 0}, {"2019-01-10", Freshness::fresh, 0},  // the last day
      {"2019-01-11", Freshness::due, 0},   {"2019-01-20", Freshness::due, 0},
      {"2019-01-21", Freshness::late, 1},  {"2019-02-20", Freshness::late, 31},
      {"2018-12-01", Freshness::fresh, 0},  // a clock that went back
  };
  for (const auto& row : rows) {
    const auto source = source_on(agreement, {"公安", "Police"}, deliveries, date(row.today));
    EXPECT_EQ(name_of(source.freshness), name_of(row.freshness)) << row.today;
    EXPECT_EQ(source.days_late, row.days_late) << row.today;
    EXPECT_EQ(format_date(*source.received_on), "2018-12-10");
    EXPECT_EQ(source.rows_rejected, 1);
  }
  EXPECT_EQ(source_on(agreement, {}, {}, date("2019-01-01")).freshness, Freshness::none);
}

class SourceTest : public JobsTest {
 protected:
  NewAgreement weekly() const {
    return {"ext_death", "weekly", 2, "津人社合〔2018〕12号", date("2018-12-01")};
  }
  std::string refused(const access::Actor& who, const NewAgreement& one, std::int64_t version) {
    return code_of([&](store::Transaction& tx) {
      return set_agreement(tx, who, catalog(), one, version, now);
    });
  }
  std::vector<Source> sources(const access::Actor& who,
                              const std::vector<lake::Delivery>& deliveries, const char* today) {
    return *database().read([&](store::Transaction& tx) {
      return list_sources(tx, who, catalog(), deliveries, date(today));
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, SourceTest, store::both_engines, store::engine_name);

TEST_P(SourceTest, ListsTheLateOnesFirst) {
  const auto list =
      sources(root,
              {delivery("ext_household", "2018-01-01"), delivery("ext_death", "2018-06-01"),
               delivery("ext_business", "2019-01-01")},
              "2019-01-02");
  ASSERT_EQ(list.size(), catalog().monitoring.sources.size());
  EXPECT_EQ(list[0].agreement.table, "ext_household");
  EXPECT_EQ(list[1].agreement.table, "ext_death");
  EXPECT_EQ(list[2].agreement.table, "ext_business");
  EXPECT_EQ(list[2].freshness, Freshness::fresh);
  EXPECT_EQ(list[0].agreement.sure, "assumed");
  EXPECT_EQ(list[0].departments.en, "Household register");
  EXPECT_TRUE(sources(actor_with("JD", "d01"), {}, "2019-01-02").empty());
}

TEST_P(SourceTest, WhatWasAgreedStandsInThePlaceOfTheTemplate) {
  const auto officer = actor_with("JD", "bureau");
  EXPECT_EQ(refused(actor_with("SA", "bureau"), weekly(), 0), "access.no_right");
  auto wrong = weekly();
  wrong.table = "person";
  EXPECT_EQ(refused(officer, wrong, 0), "source.not_found");
  wrong = weekly();
  wrong.frequency = "sometimes";
  EXPECT_EQ(refused(officer, wrong, 0), "source.frequency");
  wrong = weekly();
  wrong.grace_days = 366;
  EXPECT_EQ(refused(officer, wrong, 0), "source.grace");
  wrong = weekly();
  wrong.document = " ";
  EXPECT_EQ(refused(officer, wrong, 0), "source.document");
  EXPECT_EQ(refused(officer, weekly(), 1), "source.not_found");

  done([&](store::Transaction& tx) {
    return set_agreement(tx, officer, catalog(), weekly(), 0, now);
  });
  EXPECT_EQ(refused(officer, weekly(), 0), "source.exists");
  const auto of_death = [&] {
    for (const auto& one : sources(officer, {delivery("ext_death", "2018-12-20")}, "2019-01-02")) {
      if (one.agreement.table == "ext_death") return one;
    }
    return Source{};
  };
  EXPECT_EQ(of_death().agreement.frequency, "weekly");
  EXPECT_EQ(of_death().agreement.sure, "agreed");
  EXPECT_EQ(of_death().freshness, Freshness::late);
  EXPECT_EQ(of_death().days_late, 4);

  // Back to the template.
  done([&](store::Transaction& tx) {
    return set_agreement(tx, officer, catalog(), {"ext_death", "", 0, "", date("2019-01-01")}, 1,
                         now);
  });
  EXPECT_EQ(of_death().agreement.frequency, "monthly");
  EXPECT_EQ(of_death().agreement.sure, "assumed");
  EXPECT_EQ(of_death().agreement.version, 2);
  EXPECT_EQ(refused(officer, weekly(), 1), "store.stale");
  EXPECT_THAT(acts(), ElementsAre("source.agreed source:ext_death done",
                                  "source.template source:ext_death done"));
}

}  // namespace
}  // namespace anlan::jobs
