#include "detect/params.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace anlan::detect {
namespace {

using catalog::ParamType;
using ::testing::HasSubstr;

catalog::Param param(const std::string& name, ParamType type, const std::string& value) {
  catalog::Param made;
  made.name = name;
  made.type = type;
  made.value = value;
  return made;
}

catalog::Catalog one_model() {
  catalog::Model model;
  model.name = "shared_account";
  model.code = "EP-15";
  model.params = {
      param("ids_min", ParamType::integer, "3"),     param("amount_min", ParamType::fen, "10000"),
      param("share", ParamType::ratio, "0.5"),       param("kind", ParamType::text, "x"),
      param("since", ParamType::date, "2018-01-01"), param("from", ParamType::month, "201801")};
  catalog::Catalog catalog;
  catalog.models = {model};
  return catalog;
}

TEST(Params, AreReadAsPeopleWriteThem) {
  struct Row {
    ParamType type;
    const char* text;
    const char* value;  // nullptr: refused
  };
  const Row rows[] = {
      {ParamType::integer, " 12 ", "12"},       {ParamType::integer, "-3", "-3"},
      {ParamType::integer, "1.5", nullptr},     {ParamType::integer, "", nullptr},
      {ParamType::integer, "3; drop", nullptr}, {ParamType::fen, "100.00", "10000"},
      {ParamType::fen, "100.001", nullptr},     {ParamType::ratio, "0.35", "0.35"},
      {ParamType::ratio, "0.1234567", nullptr}, {ParamType::ratio, "1e3", nullptr},
      {ParamType::ratio, ".5", nullptr},        {ParamType::date, "2018/11/3", "2018-11-03"},
      {ParamType::date, "2018-02-30", nullptr}, {ParamType::month, "2018-11", "201811"},
      {ParamType::month, "201813", nullptr},    {ParamType::text, "a'b", "a'b"},
  };
  for (const auto& row : rows) {
    const auto value = read_param(row.type, row.text);
    ASSERT_EQ(value.has_value(), row.value != nullptr) << row.text;
    if (value) {
      EXPECT_EQ(*value, row.value);
    } else {
      EXPECT_EQ(value.error().code, "model.param_value");
    }
  }
}

TEST(Params, OfAWorkspaceTakeThePlaceOfDefaults) {
  const auto catalog = one_model();
  const std::map<std::string, std::string> settings = {{"shared_account.ids_min", "5"},
                                                       {"EP-15.amount_min", "7.50"}};
  ASSERT_TRUE(check_settings(catalog, settings));
  const auto bound = bind_params(catalog.models[0], overrides_of(catalog.models[0], settings));
  ASSERT_TRUE(bound) << bound.error().detail;
  EXPECT_EQ((*bound)[0].value, "5");
  EXPECT_TRUE((*bound)[0].overridden);
  EXPECT_EQ((*bound)[1].value, "750");
  EXPECT_EQ((*bound)[2].value, "0.5");
  EXPECT_FALSE((*bound)[2].overridden);
}

TEST(Params, OfAWorkspaceThatAreWrongAreNamed) {
  const auto catalog = one_model();
  struct Row {
    const char* key;
    const char* value;
    const char* code;
    const char* words;
  };
  const Row rows[] = {
      {"shared_account.ids", "5", "model.param_unknown",
       "shared_account.ids; its parameters: ids_min"},
      {"shared_account.ids_min", "many", "model.param_value",
       "shared_account.ids_min: 'many' is not an integer"},
      {"nobody.ids_min", "5", "model.param_unknown", "'nobody.ids_min' names no detection"},
      {"shared_account", "5", "model.param_unknown", "names no parameter"},
  };
  for (const auto& row : rows) {
    const auto status = check_settings(catalog, {{row.key, row.value}});
    ASSERT_FALSE(status) << row.key;
    EXPECT_EQ(status.error().code, row.code);
    EXPECT_THAT(status.error().detail, HasSubstr(row.words));
  }
}

TEST(Params, BecomeTypedLiterals) {
  const auto catalog = one_model();
  const auto bound = bind_params(catalog.models[0], {{"kind", "a'; drop table t --"}});
  ASSERT_TRUE(bound);
  auto literals = sql_literals(*bound, Date::of(2018, 12, 31));
  EXPECT_EQ(literals["ids_min"], "cast(3 as bigint)");
  EXPECT_EQ(literals["amount_min"], "cast(10000 as bigint)");
  EXPECT_EQ(literals["share"], "cast(0.5 as double)");
  EXPECT_EQ(literals["kind"], "'a''; drop table t --'");
  EXPECT_EQ(literals["since"], "cast('2018-01-01' as date)");
  EXPECT_EQ(literals["from"], "201801");
  EXPECT_EQ(literals["as_of"], "cast('2018-12-31' as date)");
  EXPECT_EQ(literals["as_of_month"], "201812");
}

}  // namespace
}  // namespace anlan::detect
