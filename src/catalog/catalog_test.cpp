#include "catalog/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.hpp"

namespace anlan::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto person_yaml = R"(table: person
title: {zh: 参保人员, en: Person}
group: business
subject: {kind: person, column: person_id}
key: [person_id]
basis: [assumed]
columns:
  - {name: person_id, zh: 个人编号, en: Person id, type: text, max: 32, code: AAC001, required: true}
  - {name: sex, zh: 性别, en: Sex, type: code, list: sex, code: AAC004, code_sure: vendor}
  - {name: paid, zh: 金额, en: Paid, type: fen, aliases: [待遇金额, amount]}
)";
constexpr auto sex_yaml = R"(list: sex
title: {zh: 性别, en: Sex}
open: false
values:
  - {code: "1", zh: 男, en: Male, sure: found}
  - {code: "2", zh: 女, en: Female, sure: found}
also:
  "01": "1"
)";
constexpr auto view_sql = R"(-- Those who were paid.
-- reads: person
SELECT person_id, paid FROM person WHERE paid > 0
)";
constexpr auto view_of_view_sql = R"(-- reads: v_paid
SELECT person_id FROM v_paid
)";
constexpr auto model_yaml = R"(code: EP-15
title: {zh: 大额, en: Large}
about: person
phases: [after]
severity: high
amount: {kind: exposure, rule: A6}
needs: [person]
reads: [v_paid]
params:
  min_fen: {type: fen, value: "100.00", zh: 下限, en: Least, unit: 元, sure: assumed}
because: {zh: "性别 {label(sex, sex)} 共 {yuan(amount_fen)} 元", en: "{yuan(amount_fen)} yuan"}
exclude: [E6]
measures: [BU-06]
basis: ["社会保险经办条例 26"]
false_alarms: {zh: 无, en: None}
)";
constexpr auto model_sql = R"(SELECT person_id AS subject_id, paid AS amount_fen
FROM v_paid WHERE paid >= :min_fen AND :as_of_month > 0;
)";
constexpr auto model_spec = R"(case one
given person
  person_id  paid
  P1         100.00
expect
  subject_id  amount_fen
  P1          10000
)";

/// A catalog of one of each, written to a folder of its own and gone afterwards.
class CatalogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("anlan_catalog_" + std::to_string(::getpid()));
    write_all();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write_all() {
    fs::remove_all(folder_);
    write("tables/person.yaml", person_yaml);
    write("codes/sex.yaml", sex_yaml);
    write("derived/v_paid.sql", view_sql);
    write("derived/v_aaa.sql", view_of_view_sql);
    write("models/large/model.yaml", model_yaml);
    write("models/large/model.sql", model_sql);
    write("models/large/model.spec", model_spec);
  }
  void write(const std::string& file, const std::string& text) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file, std::ios::binary) << text;
  }
  /// Replaces the first `from` in a file; `from` must be there.
  void change(const std::string& file, const std::string& from, const std::string& to) {
    auto text = *read_file(folder_ / file);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << file << " has no " << from;
    write(file, text.replace(at, from.size(), to));
  }
  Result<Catalog> load() const { return Catalog::load(folder_); }
  Catalog loaded() const {
    auto catalog = load();
    EXPECT_TRUE(catalog) << catalog.error().detail;
    return catalog ? *catalog : Catalog{};
  }

  fs::path folder_;
};

TEST_F(CatalogTest, ReadsOneOfEach) {
  const auto catalog = loaded();

  const auto* person = catalog.table("person");
  ASSERT_NE(person, nullptr);
  EXPECT_EQ(person->title.zh, "参保人员");
  EXPECT_EQ(person->subject_column, "person_id");
  EXPECT_THAT(person->key, ElementsAre("person_id"));
  ASSERT_EQ(person->columns.size(), 5U);
  EXPECT_EQ(person->columns[0].max_chars, 32);
  EXPECT_TRUE(person->columns[0].required);
  EXPECT_EQ(person->columns[1].type, ColumnType::code);
  EXPECT_EQ(person->columns[1].code_sure, "vendor");
  EXPECT_THAT(person->columns[2].aliases, ElementsAre("待遇金额", "amount"));
  EXPECT_EQ(person->columns[3].name, "agency_id");
  EXPECT_EQ(person->columns[4].code, "AAB301");
  EXPECT_EQ(person->find("paid"), std::optional<std::size_t>(2));
  EXPECT_EQ(person->find("none"), std::nullopt);

  const auto& sex = catalog.lists.at("sex");
  EXPECT_EQ(sex.values[1].title.en, "Female");
  EXPECT_EQ(sex.also.at("01"), "1");

  ASSERT_EQ(catalog.derived.size(), 2U);
  EXPECT_EQ(catalog.derived[0].name, "v_paid");  // before v_aaa, which reads it

  const auto* model = catalog.model("EP-15");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model, catalog.model("large"));
  EXPECT_EQ(model->severity, Severity::high);
  EXPECT_EQ(model->amount_kind, AmountKind::exposure);
  EXPECT_EQ(model->params[0].value, "10000");
  EXPECT_EQ(model->yaml, model_yaml);
  EXPECT_EQ(model->spec, model_spec);
  EXPECT_TRUE(model->sql.ends_with("> 0\n"));  // the last `;` is gone
  EXPECT_EQ(model->version.size(), 16U);
  EXPECT_EQ(catalog.hash.size(), 64U);
}

TEST_F(CatalogTest, KeepsAColumnThatEveryTableHasWhereTheTableDeclaresIt) {
  change("tables/person.yaml", "  - {name: sex,",
         "  - {name: region_code, zh: 户籍区划, en: Region, type: text, max: 12}\n  - {name: sex,");
  const auto catalog = loaded();
  const auto* person = catalog.table("person");
  ASSERT_NE(person, nullptr);
  EXPECT_EQ(person->find("region_code"), std::optional<std::size_t>(1));
  EXPECT_EQ(person->columns.size(), 5U);
}

struct Mistake {
  const char* file;
  const char* from;
  const char* to;
  const char* said;  // in the detail
};

TEST_F(CatalogTest, NamesFileAndLineOfEveryMistake) {
  constexpr auto person = "tables/person.yaml";
  constexpr auto sex = "codes/sex.yaml";
  constexpr auto view = "derived/v_paid.sql";
  constexpr auto model = "models/large/model.yaml";
  constexpr auto sql = "models/large/model.sql";
  constexpr auto spec = "models/large/model.spec";
  const Mistake mistakes[] = {
      {person, "title: {", "title: [", "person.yaml:2: not YAML"},
      {person, "group: business", "grop: business", "person.yaml:3: unknown key grop in the table"},
      {person, "group: business", "grop: business", "did you mean group?"},
      {person, "group: business\n", "", "person.yaml:1: the table has no group"},
      {person, "group: business", "group: busines",
       "person.yaml:3: group of the table is busines, expected business"},
      {person, "group: business", "group: business\ngroup: finance",
       "person.yaml:4: key group stands twice"},
      {person, "group: business", "group: external", "the table has no frequency"},
      {person, "group: business", "group: business\nfrequency: daily",
       "person.yaml:4: frequency is for external"},
      {person, "table: person", "table: persons",
       "person.yaml:1: table is persons, expected the name of the file"},
      {person, "en: Person}", "}", "person.yaml:2: title of the table has no en"},
      {person, "basis: [assumed]", "basis: []", "person.yaml:6: basis of the table is empty"},
      {person, "basis: [assumed]", "basis: assumed",
       "person.yaml:6: basis of the table is not a list"},
      {person, "basis: [assumed]", "basis: [guess]",
       "person.yaml:6: basis is guess, expected seed, found"},
      {person, "column: person_id}", "column: id}",
       "person.yaml:4: subject column id is not a column"},
      {person, "kind: person,", "kind: none,", "person.yaml:4: subject none has no column"},
      {person, "key: [person_id]", "key: [persn_id]", "did you mean person_id?"},
      {person, "key: [person_id]", "key: [sex]", "person.yaml:5: key column sex is not required"},
      {person, "key: [person_id]", "key: [person_id, person_id]",
       "person.yaml:5: key column person_id stands twice"},
      {person, "max: 32, ", "", "person.yaml:8: text column person_id has no max"},
      {person, "max: 32", "max: many",
       "person.yaml:8: max of a column is many, expected a whole number"},
      {person, "max: 32", "max: 0", "person.yaml:8: max of column person_id is not within"},
      {person, "required: true", "required: yes",
       "person.yaml:8: required of a column is yes, expected true"},
      {person, "list: sex, ", "", "person.yaml:9: a column has no list"},
      {person, "list: sex", "list: sexx",
       "person.yaml:9: unknown code list sexx; did you mean sex?"},
      {person, "type: fen", "type: money",
       "person.yaml:10: type of a column is money, expected text"},
      {person, "type: fen", "type: fen, max: 3", "person.yaml:10: max is for text only"},
      {person, "type: fen", "type: fen, list: sex", "person.yaml:10: list is for code only"},
      {person, "name: paid", "name: sex", "person.yaml:10: sex names column sex twice"},
      {person, "name: paid", "name: Paid",
       "person.yaml:10: name of a column is Paid, expected a snake_case"},
      {person, "name: paid", "name: from", "person.yaml:10: column from is a word of SQL"},
      {person, "name: paid", "name: row_key",
       "person.yaml:10: column row_key is a word of SQL or of the lake"},
      {person, "zh: 金额", "zh: 性别",
       "person.yaml:10: 性别 names both column sex and column paid"},
      {person, "amount]", "aac004]",
       "person.yaml:10: aac004 names both column sex and column paid"},
      {person, "amount]", "行政区划]", "names both column paid and column region_code"},
      {person, "code: AAC004, ", "", "person.yaml:9: code_sure without code"},
      {sex, "list: sex", "list: gender",
       "sex.yaml:1: list is gender, expected the name of the file, sex"},
      {sex, "open: false", "open: maybe", "sex.yaml:3: open of the list is maybe"},
      {sex, "code: \"2\"", "code: \"1\"", "sex.yaml:6: code 1 stands twice"},
      {sex, "zh: 女", "zh: 男", "sex.yaml:6: 男 stands for both 1 and 2"},
      {sex, "sure: found", "sure: seed", "sex.yaml:5: sure of a value is seed"},
      {sex, "\"01\": \"1\"", "\"01\": \"9\"", "sex.yaml:8: 01 becomes 9, which is not a value"},
      {sex, "\"01\": \"1\"", "\"2\": \"1\"", "sex.yaml:8: 2 stands for both 2 and 1"},
      {view, "-- reads: person\n", "", "v_paid.sql:1: expected `-- reads: table, view, …`"},
      {view, "-- reads: person", "-- reads: persn",
       "v_paid.sql:2: unknown table or view persn; did you mean person?"},
      {view, "-- reads: person", "-- reads: person, v_aaa",
       "v_paid.sql:2: view v_paid reads v_aaa in a circle"},
      {view, "paid > 0", "paid > :min", "v_paid.sql:3: :min: a view has no parameters"},
      {view, "SELECT", "DELETE", "v_paid.sql:3: expected one SELECT, found delete"},
      {view, "> 0", "> 0; SELECT 1", "v_paid.sql:3: text after `;`"},
      {view, "> 0", "> '0", "v_paid.sql:3: a quote or comment that never ends"},
      {view, "FROM person", "FROM v_aaa", "v_paid.sql:3: reads v_aaa, which is not declared"},
      {model, "code: EP-15", "code: EP15",
       "model.yaml:1: code is EP15, expected one such as EP-15"},
      {model, "about: person", "about: people", "model.yaml:3: about of the model is people"},
      {model, "phases: [after]", "phases: [later]", "model.yaml:4: phases names later"},
      {model, "phases: [after]", "phases: []", "model.yaml:4: the model has no phases"},
      {model, "rule: A6", "rule: A1",
       "model.yaml:6: amount kind is exposure, expected recoverable"},
      {model, "rule: A6", "rule: A9", "model.yaml:6: rule of amount is A9"},
      {model, "needs: [person]", "needs: [v_paid]", "model.yaml:7: unknown table v_paid"},
      {model, "needs: [person]", "needs: []", "model.yaml:7: the model needs no table"},
      {model, "reads: [v_paid]", "reads: [v_pai]",
       "model.yaml:8: unknown table or view v_pai; did you mean v_paid?"},
      {model, "reads: [v_paid]", "reads: []", "model.sql:2: reads v_paid, which is not declared"},
      {model, "type: fen", "type: int",
       "model.yaml:10: value of min_fen is 100.00, expected a whole number"},
      {model, "\"100.00\"", "100.005", "model.yaml:10: value of min_fen is 100.005, expected yuan"},
      {model, "  min_fen:", "  as_of:", "model.yaml:10: as_of is always there"},
      {model, "  min_fen:", "  low_fen:", "model.sql:2: :min_fen is not a declared parameter"},
      {model, "  min_fen:", "  low_fen:", "parameter low_fen is not used in the SQL"},
      {model, "{yuan(amount_fen)} 元", "{yuan(amount_fen} 元",
       "model.yaml:11: because: placeholder {yuan(amount_fen}"},
      {model, "{yuan(amount_fen)} 元", "{yaun(amount_fen)} 元", "did you mean yuan?"},
      {model, "label(sex, sex)", "label(sexes, sex)", "model.yaml:11: unknown code list sexes"},
      {model, "exclude: [E6]", "exclude: [E13]",
       "model.yaml:12: exclude names E13, expected E1 to E12"},
      {model, "measures: [BU-06]", "measures: [BU6]", "model.yaml:13: measures names BU6"},
      {model, "measures: [BU-06]", "measures: [BU-06, BU-06]",
       "model.yaml:13: measures names BU-06 twice"},
      {sql, "SELECT", "SELEKT", "model.sql:1: expected one SELECT, found selekt"},
      {sql, ":min_fen", ":max_fen",
       "model.sql:2: :max_fen is not a declared parameter; did you mean min_fen?"},
      {spec, "given person", "given persons",
       "model.spec:2: unknown table persons; did you mean person?"},
      {spec, "person_id  paid", "person_id  pad",
       "model.spec:2: person has no column pad; did you mean paid?"},
      {spec, "case one", "case one\nparams x=1", "model.spec:2: unknown parameter x"},
      {spec, "P1         100.00", "P1", "model.spec:4: the row has 1 cells, expected 2"},
  };
  for (const auto& mistake : mistakes) {
    write_all();
    change(mistake.file, mistake.from, mistake.to);
    const auto catalog = load();
    ASSERT_FALSE(catalog) << mistake.file << " with " << mistake.to;
    EXPECT_EQ(catalog.error().kind, ErrorKind::invalid_input);
    EXPECT_TRUE(catalog.error().code.starts_with("catalog.")) << catalog.error().code;
    EXPECT_THAT(catalog.error().detail, HasSubstr(mistake.said))
        << mistake.file << " with " << mistake.to;
  }
}

TEST_F(CatalogTest, NamesFilesThatDoNotBelong) {
  write("tables/person.yml", person_yaml);
  write("models/large/notes.txt", "x");
  write("models/other/model.yaml", model_yaml);
  write("derived/person.sql", view_sql);
  const auto catalog = load();
  ASSERT_FALSE(catalog);
  EXPECT_THAT(catalog.error().detail, HasSubstr("tables/person.yml:1: expected only files *.yaml"));
  EXPECT_THAT(catalog.error().detail,
              HasSubstr("models/large/notes.txt:1: expected only model.yaml"));
  EXPECT_THAT(catalog.error().detail, HasSubstr("models/other:1: has no model.sql"));
  EXPECT_THAT(catalog.error().detail,
              HasSubstr("derived/person.sql:1: view person is called like a table"));
}

TEST_F(CatalogTest, RefusesTwoModelsWithOneCode) {
  fs::copy(folder_ / "models/large", folder_ / "models/vast");
  const auto catalog = load();
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().code, "catalog.model");
  EXPECT_THAT(catalog.error().detail,
              HasSubstr("models/vast/model.yaml:1: code EP-15 is also the code of large"));
}

TEST_F(CatalogTest, IsWithoutModelsWhereThereAreNone) {
  for (const auto* folder : {"models", "derived"}) fs::remove_all(folder_ / folder);
  write("codes/README.md", "words");
  write("codes/.sex.yaml.swp", "editor");
  EXPECT_TRUE(loaded().models.empty());
  fs::remove_all(folder_ / "tables");
  EXPECT_EQ(load().error().code, "file.unreadable");
}

TEST_F(CatalogTest, ChangesTheVersionWithEveryTextAModelReads) {
  const auto before = loaded();
  change("derived/v_aaa.sql", "person_id", "person_id AS p");  // not read by the model
  const auto other = loaded();
  EXPECT_EQ(other.models[0].version, before.models[0].version);
  EXPECT_NE(other.hash, before.hash);

  change("models/large/model.yaml", "reads: [v_paid]", "reads: [v_paid, v_aaa]");
  const auto reads_more = loaded().models[0].version;
  change("derived/v_paid.sql", "> 0", ">= 0");  // read directly, and through v_aaa
  EXPECT_NE(loaded().models[0].version, reads_more);
  change("models/large/model.yaml", "reads: [v_paid, v_aaa]", "reads: [v_aaa]");
  change("models/large/model.sql", "v_paid", "v_aaa");
  const auto through = loaded().models[0].version;
  change("derived/v_paid.sql", ">= 0", "> 1");
  EXPECT_NE(loaded().models[0].version, through);
}

TEST_F(CatalogTest, ReadsAModelAndAViewAgainAsTheyWereKept) {
  const auto catalog = loaded();
  const auto& kept = catalog.models[0];
  const auto model = parse_model(kept.name, kept.yaml, kept.sql, "run 1");
  ASSERT_TRUE(model) << model.error().detail;
  EXPECT_EQ(model->sql, kept.sql);
  EXPECT_EQ(model->params[0].value, "10000");
  EXPECT_THAT(parse_model("m", "code: [", kept.sql, "run 1").error().detail,
              HasSubstr("run 1:1: not YAML"));

  const auto view = parse_view("v_paid", catalog.derived[0].sql, "run 1");
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->sql, catalog.derived[0].sql);
  EXPECT_THAT(view->reads, ElementsAre("person"));
}

TEST_F(CatalogTest, PutsParametersIntoTheFormSqlTakes) {
  struct Row {
    const char* type;
    const char* written;
    const char* canonical;  // nullptr: refused
  };
  const Row rows[] = {
      {"int", "3", "3"},
      {"int", "-3", "-3"},
      {"int", "3.0", nullptr},
      {"fen", "100.00", "10000"},
      {"fen", "\"1,000\"", "100000"},
      {"fen", "0.001", nullptr},
      {"ratio", "0.35", "0.35"},
      {"ratio", "-1", "-1"},
      {"ratio", "0.1234567", nullptr},
      {"ratio", "35%", nullptr},
      {"ratio", ".5", nullptr},
      {"text", "甲 乙", "甲 乙"},
      {"date", "2018-11-30", "2018-11-30"},
      {"date", "20181130", "2018-11-30"},
      {"date", "2018-02-30", nullptr},
      {"month", "2018-11", "201811"},
      {"month", "201811", "201811"},
      {"month", "201813", nullptr},
  };
  for (const auto& row : rows) {
    write_all();
    change("models/large/model.yaml", "type: fen, value: \"100.00\"",
           std::string("type: ") + row.type + ", value: " + row.written);
    const auto catalog = load();
    ASSERT_EQ(catalog.has_value(), row.canonical != nullptr) << row.type << " " << row.written;
    if (catalog) {
      EXPECT_EQ(catalog->models[0].params[0].value, row.canonical);
    }
  }
}

TEST(RealCatalog, LoadsWithoutAnyProblem) {
  const auto catalog = Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  ASSERT_TRUE(catalog) << catalog.error().detail;
  EXPECT_NE(catalog->table("person"), nullptr);
}

}  // namespace
}  // namespace anlan::catalog
