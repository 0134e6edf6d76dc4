#include "sim/city.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "fund/id_number.hpp"
#include "fund/region.hpp"
#include "lake/engine.hpp"

namespace anlan::sim {
namespace {

const catalog::Catalog& real_catalog() {
  static const auto catalog = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  EXPECT_TRUE(catalog) << catalog.error().detail;
  return *catalog;
}

/// A city in a folder of its own, gone with the object.
class MadeCity {
 public:
  explicit MadeCity(const CityOptions& options)
      : path_(std::filesystem::temp_directory_path() /
              ("anlan-city-" + std::to_string(::getpid()) + "-" + std::to_string(++made_))) {
    std::filesystem::remove_all(path_);
    const auto counts = make_city(real_catalog(), options, path_);
    EXPECT_TRUE(counts) << counts.error().code << ": " << counts.error().detail;
  }
  ~MadeCity() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  std::map<std::string, std::string> hashes() const {
    std::map<std::string, std::string> hashes;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      hashes[entry.path().filename()] = sha256_file_hex(entry.path()).value_or("unreadable");
    }
    return hashes;
  }

 private:
  static inline int made_ = 0;
  std::filesystem::path path_;
};

CityOptions small(std::uint64_t seed, unsigned threads) {
  CityOptions options;
  options.people = 2'000;
  options.months = 16;
  options.seed = seed;
  options.threads = threads;
  return options;
}

TEST(City, IsTheSameForEveryThreadCountAndAnotherForEverySeed) {
  std::map<std::string, std::string> first;
  for (const std::uint64_t seed : {7, 8}) {
    CityOptions options = small(seed, 1);
    options.people = 5'000;  // three chunks
    options.spoil_per_million = 10'000;
    const auto one = MadeCity(options).hashes();
    options.threads = 3;
    const auto three = MadeCity(options).hashes();
    EXPECT_EQ(one, three) << "seed " << seed;
    EXPECT_TRUE(one.contains("truth.csv"));
    EXPECT_TRUE(one.contains("spoil.csv"));
    EXPECT_GT(one.size(), 100U);
    if (first.empty()) {
      first = one;
    } else {
      EXPECT_NE(first.at("person.csv"), one.at("person.csv"));
    }
  }
}

/// Plain files of one city, as tables of an engine.
class Read : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    CityOptions options = small(3, 2);
    options.plain = true;
    city_ = new MadeCity(options);
    auto engine = lake::Engine::open({.threads = 2});
    ASSERT_TRUE(engine);
    auto connection = engine->connect();
    ASSERT_TRUE(connection);
    connection_ = new lake::Connection(std::move(*connection));
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(city_->path())) {
      const std::string stem = entry.path().stem();
      const std::string table = stem.substr(0, stem.find('-'));
      if (table == "spoil") continue;
      auto& list = files[table];
      list += (list.empty() ? "" : ", ") + sql_quoted(entry.path().string());
    }
    for (const auto& [table, list] : files) {
      const auto made =
          connection_->run("CREATE TABLE " + table + " AS SELECT * FROM read_csv([" + list +
                           "], header = true, all_varchar = true, union_by_name = true)");
      ASSERT_TRUE(made) << table << ": " << made.error().detail;
      tables_.insert(table);
    }
  }
  static void TearDownTestSuite() {
    delete connection_;
    delete city_;
  }
  static std::int64_t number(const std::string& sql) {
    const auto value = connection_->query_int(sql);
    EXPECT_TRUE(value) << sql << ": " << value.error().detail;
    return value.value_or(-1);
  }

  static inline MadeCity* city_ = nullptr;
  static inline lake::Connection* connection_ = nullptr;
  static inline std::set<std::string> tables_;
};

TEST_F(Read, HoldsTheTablesOfACity) {
  for (const auto* table : {"person",
                            "employer",
                            "enrolment",
                            "contrib_unit",
                            "contrib_person",
                            "personal_account",
                            "benefit_grant",
                            "benefit_payment",
                            "benefit_suspend",
                            "person_bank_account",
                            "qualification_check",
                            "death_settlement",
                            "unemp_spell",
                            "medical_inst",
                            "medical_claim",
                            "medical_item",
                            "policy_param",
                            "policy_event",
                            "exception_list",
                            "work_calendar",
                            "ext_death",
                            "ext_household",
                            "ext_tax_wage",
                            "ext_business",
                            "pay_batch",
                            "bank_txn",
                            "op_log"}) {
    ASSERT_TRUE(tables_.contains(table)) << table;
    EXPECT_GT(number(std::string("SELECT count(*) FROM ") + table), 0) << table;
  }
  EXPECT_EQ(number("SELECT count(*) FROM person"), 2'000);
}

TEST_F(Read, HasUniqueKeysInEveryTable) {
  for (const auto& name : tables_) {
    const auto* table = real_catalog().table(name);
    if (table == nullptr) continue;  // truth
    std::string key;
    for (const auto& column : table->key) key += (key.empty() ? "" : ", ") + column;
    EXPECT_EQ(number("SELECT count(*) FROM (SELECT 1 FROM " + name + " GROUP BY " + key +
                     " HAVING count(*) > 1)"),
              0)
        << name << " by " << key;
  }
}

TEST_F(Read, RefersOnlyToWhatExists) {
  for (const auto* table :
       {"enrolment", "contrib_person", "personal_account", "benefit_grant", "benefit_payment",
        "person_bank_account", "qualification_check", "unemp_spell", "medical_claim"}) {
    EXPECT_EQ(number(std::string("SELECT count(*) FROM ") + table +
                     " ANTI JOIN person USING (person_id)"),
              0)
        << table;
  }
  EXPECT_EQ(number("SELECT count(*) FROM enrolment ANTI JOIN employer USING (employer_id)"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM medical_claim ANTI JOIN medical_inst USING (inst_id)"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM ext_tax_wage ANTI JOIN employer USING (uscc)"), 0);
  EXPECT_EQ(
      number(
          "SELECT count(*) FROM benefit_payment p ANTI JOIN pay_batch b ON p.batch_id = b.batch_id "
          "WHERE p.batch_id IS NOT NULL"),
      0);
}

TEST_F(Read, BalancesItsMoney) {
  EXPECT_EQ(
      number("SELECT count(*) FROM personal_account WHERE open_bal::DECIMAL(18,2) + "
             "principal_in::DECIMAL(18,2) + "
             "interest_in::DECIMAL(18,2) - paid_out::DECIMAL(18,2) <> close_bal::DECIMAL(18,2) OR "
             "close_bal::DECIMAL(18,2) < 0"),
      0);
  EXPECT_EQ(
      number("SELECT count(*) FROM personal_account a JOIN personal_account b ON a.person_id = "
             "b.person_id AND "
             "a.scheme = b.scheme AND a.year::INT + 1 = b.year::INT AND a.close_bal <> b.open_bal"),
      0);
  EXPECT_EQ(
      number(
          "SELECT count(*) FROM (SELECT settle_no, employer_id, scheme, due_month, levy_type, "
          "sum(unit_due::DECIMAL(18,2)) u, "
          "sum(person_due::DECIMAL(18,2)) p, count(*) n FROM contrib_person GROUP BY ALL) "
          "FULL JOIN contrib_unit c "
          "USING (settle_no, employer_id, scheme, due_month, levy_type) WHERE u IS DISTINCT FROM "
          "c.unit_due::DECIMAL(18,2) OR p IS "
          "DISTINCT FROM c.person_due::DECIMAL(18,2) OR n <> c.headcount::INT"),
      0);
  // The books plant false totals of batches, and say so.
  EXPECT_EQ(number("SELECT count(*) FROM (SELECT batch_id, sum(amount::DECIMAL(18,2)) s, count(*) "
                   "k FROM benefit_payment "
                   "WHERE batch_id IS NOT NULL GROUP BY batch_id) JOIN pay_batch b USING "
                   "(batch_id) WHERE (s <> "
                   "b.total::DECIMAL(18,2) OR k <> b.n::INT) AND batch_id NOT IN (SELECT "
                   "subject_id FROM truth WHERE "
                   "detection = 'FA-07')"),
            0);
}

TEST_F(Read, PaysNobodyTwiceByChance) {
  EXPECT_EQ(
      number("SELECT count(*) FROM (SELECT person_id FROM benefit_payment WHERE result = '1' AND "
             "amount::DECIMAL(18,2) > 0 GROUP BY person_id, scheme, item, benefit_month HAVING "
             "count(*) > 1) JOIN "
             "person USING (person_id) WHERE id_no NOT IN (SELECT subject_id FROM truth WHERE "
             "detection = 'FA-08')"),
      0);
  EXPECT_GT(number("SELECT count(*) FROM benefit_payment WHERE result = '2'"), 0);
}

TEST_F(Read, NamesSubjectsThatExist) {
  EXPECT_EQ(number("SELECT count(*) FROM truth WHERE subject_id IS NULL"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM truth WHERE subject_kind = 'person' AND subject_id NOT IN "
                   "(SELECT id_no FROM "
                   "person)"),
            0);
  EXPECT_EQ(number("SELECT count(*) FROM truth WHERE subject_kind = 'employer' AND subject_id NOT "
                   "IN (SELECT employer_id "
                   "FROM employer)"),
            0);
  EXPECT_EQ(number("SELECT count(*) FROM truth WHERE subject_kind = 'institution' AND subject_id "
                   "NOT IN (SELECT inst_id "
                   "FROM medical_inst)"),
            0);
  EXPECT_EQ(number("SELECT count(*) FROM truth WHERE detection IN ('EP-15') AND subject_id NOT IN "
                   "(SELECT acct_no FROM "
                   "benefit_payment)"),
            0);
  for (const auto* detection :
       {"EP-15", "EP-17", "RP-08", "UE-06", "MD-07", "MD-08", "CC-05", "FA-08"}) {
    for (const auto* kind : {"planted", "lookalike"}) {
      EXPECT_GT(number(std::string("SELECT count(*) FROM truth WHERE detection = '") + detection +
                       "' AND kind = '" + kind + "'"),
                0)
          << detection << ' ' << kind;
    }
  }
}

TEST_F(Read, IsClearlyFakeButValid) {
  auto rows =
      connection_->query("SELECT id_no FROM person UNION ALL SELECT id_no FROM ext_tax_wage");
  ASSERT_TRUE(rows);
  for (auto more = rows->next(); more && *more; more = rows->next()) {
    fund::IdDigits digits{};
    ASSERT_EQ(fund::normalise_id_no(rows->text(0), digits), fund::IdOutcome::ok);
    ASSERT_TRUE(fund::is_synthetic_region(std::stoi(std::string(digits.data(), 6))));
  }
  EXPECT_EQ(number("SELECT count(*) FROM benefit_payment WHERE acct_no NOT LIKE '999%'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM person WHERE phone NOT LIKE '10000%'"), 0);
}

TEST(City, RefusesWhatItCannotMake) {
  const struct {
    std::int64_t people;
    int months;
    std::string_view code;
  } rows[] = {{1'999, 24, "sim.people"}, {2'000, 5, "sim.months"}, {2'000, 121, "sim.months"}};
  for (const auto& row : rows) {
    CityOptions options;
    options.people = row.people;
    options.months = row.months;
    const auto made = make_city(real_catalog(), options, "/nonexistent");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, row.code);
  }
}

}  // namespace
}  // namespace anlan::sim
