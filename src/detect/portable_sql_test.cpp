#include "detect/portable_sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog.hpp"

namespace anlan::detect {
namespace {

using ::testing::HasSubstr;

TEST(PortableSql, AcceptsWhatBothEnginesRun) {
  const char* good[] = {
      "select 1 as one",
      "with a as (select x from t), b(y) as (select x from a) select y from b",
      "select * from t where x in (1, 2) and exists (select 1 from u where u.x = t.x)",
      "select count(*) filter (where x > 0) as n, count(distinct y) as m from t group by z having "
      "count(*) > :n_min",
      "select row_number() over (partition by a order by b desc nulls last, c nulls first) as rn "
      "from t",
      "select sum(x) over (order by d nulls first rows between unbounded preceding and current "
      "row) as s from t",
      "select percentile_cont(0.5) within group (order by x) as mid from t",
      "select cast(floor(a / b) as int) as q, cast(x as decimal(18, 2)) as y, try_cast(z as "
      "bigint) as i from t",
      "select add_months(:as_of, -12) as d, datediff(a, b) as days, last_day(a) as l, nvl(x, 0) as "
      "v from t",
      "select extract(year from d) as y, year(d) * 100 + month(d) as m from t where d >= date "
      "'2018-01-01'",
      "select substr(id, 1, 4) || coalesce(name, '') as s from t where regexp_like(name, "
      "'^[0-9]+$')",
      "select v.a from (values (1, 'x'), (2, 'y')) as v(a, b)",
      "-- a comment with \"quotes\" and :: and qualify\nselect a /* [1] */ from t order by a nulls "
      "first limit 10",
      "select a from t union all select a from u",
      "select '养老 :: [待遇] \"x\"' as words",
      "select t.order_no, t.interval from t",
  };
  for (const char* sql : good) {
    const auto status = check_portable_sql(sql, "m");
    EXPECT_TRUE(status) << sql << "\n" << status.error().detail;
  }
}

TEST(PortableSql, RefusesWhatOnlyOneEngineRunsAndSaysWhere) {
  struct Row {
    const char* sql;
    int line;
    int column;
    const char* words;
  };
  const Row rows[] = {
      {"select x::int from t", 1, 9, "cast(x as type)"},
      {"select a // b from t", 1, 10, "floor"},
      {"select \"a\" from t", 1, 8, "quoted"},
      {"select `a` from t", 1, 8, "quoted"},
      {"select [1, 2] as l from t", 1, 8, "lists"},
      {"select {'a': 1} as s from t", 1, 8, "structs"},
      {"select x -> 1 from t", 1, 10, "lambda"},
      {"select 养老 from t", 1, 8, "only in text"},
      {"select a from t;", 1, 16, "one statement"},
      {"delete from t", 1, 1, "one SELECT"},
      {"from t select a", 1, 1, "one SELECT"},
      {"select a from (from t)", 1, 16, "select before from"},
      {"select a, from t", 1, 9, "comma"},
      {"select * exclude (a) from t", 1, 10, "list the columns"},
      {"select * replace (1 as a) from t", 1, 10, "list the columns"},
      {"select a from t\nqualify row_number() over (order by a nulls first) = 1", 2, 1, "rn = 1"},
      {"select a from t asof join u on t.a >= u.a", 1, 17, "row_number"},
      {"select a from t positional join u", 1, 17, "condition"},
      {"select a from t semi join u using (a)", 1, 17, "exists"},
      {"select a from t anti join u using (a)", 1, 17, "not exists"},
      {"select d + interval '1' month from t", 1, 12, "add_months"},
      {"select current_date as d", 1, 8, ":as_of"},
      {"select a from t order by a", 1, 26, "nulls first or nulls last"},
      {"select a from t order by a nulls last, b desc", 1, 40, "nulls first or nulls last"},
      {"select rank() over (order by a) from t", 1, 30, "nulls first or nulls last"},
      {"select distinct on (a) a from t", 1, 17, "row_number"},
      {"select a, count(*) from t group by all", 1, 36, "list the columns"},
      {"select a from t union by name select a from u", 1, 17, "one order"},
      {"select strftime(d, '%Y') from t", 1, 8, "year(d)"},
      {"select date_diff('day', a, b) from t", 1, 8, "datediff"},
      {"select date_part('year', a) from t", 1, 8, "year(d)"},
      {"select list(a) from t", 1, 8, "portable set"},
      {"select array_agg(a) from t", 1, 8, "portable set"},
      {"select unnest(a) from t", 1, 8, "portable set"},
      {"select regexp_matches(a, 'x') from t", 1, 8, "regexp_like"},
      {"select epoch(a) from t", 1, 8, "portable set"},
      {"select arg_max(a, b) from t", 1, 8, "row_number"},
      {"select median(a) from t", 1, 8, "percentile_cont"},
      {"select mad(a) from t", 1, 8, "percentile_cont"},
      {"select quantile_cont(a, 0.5) from t", 1, 8, "percentile_cont"},
      {"select approx_quantile(a, 0.5) from t", 1, 8, "percentile_cont"},
      {"select string_split(a, ',') from t", 1, 8, "portable set"},
      {"select struct_pack(a) from t", 1, 8, "portable set"},
      {"select hash(a) from t", 1, 8, "portable set"},
      {"select any_value(a) from t", 1, 8, "row order"},
      {"select concat(a, b) from t", 1, 8, "coalesce"},
      {"select a from range(10)", 1, 15, "as a table"},
      {"select a from read_parquet('x')", 1, 15, "as a table"},
      {"select a from 'x.parquet'", 1, 15, "files"},
      {"select a from main.t", 1, 15, "without a schema"},
      {"select a.lower() from t", 1, 10, "not x.f()"},
      {"select cast(a as varchar) from t", 1, 18, "type 'varchar'"},
      {"select cast(a as decimal) from t", 1, 18, "decimal(p, s)"},
      {"select substr(a, 0, 2) from t", 1, 18, "from 1"},
      {"select substr(a, -2) from t", 1, 18, "from 1"},
      {"select extract(dow from a) from t", 1, 16, "extract takes"},
      {"select 'it''s' as s", 1, 8, "inside text"},
      {"select 'a\\n' as s", 1, 8, "escape"},
      {"select e'a' as s", 1, 8, "prefix"},
      {"select 'a", 1, 8, "closing quote"},
      {"select (a from t", 1, 8, "without ')'"},
      {"select a) from t", 1, 9, "without '('"},
      {"select a from t where x = $1", 1, 27, ":name"},
      {"select count() from t", 1, 8, "count(*)"},
      {"select a from t pivot (sum(b) for c in (1))", 1, 17, "case"},
      {"", 1, 1, "empty"},
  };
  for (const auto& row : rows) {
    const auto problems = portable_sql_problems(row.sql);
    ASSERT_FALSE(problems.empty()) << row.sql;
    EXPECT_EQ(problems[0].line, row.line) << row.sql;
    EXPECT_EQ(problems[0].column, row.column) << row.sql << "\n" << problems[0].message;
    EXPECT_THAT(problems[0].message, HasSubstr(row.words)) << row.sql;
  }
}

TEST(PortableSql, ErrorNamesOriginLineAndColumn) {
  const auto status = check_portable_sql("select a\n  , b::int\nfrom t", "m/model.sql");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "model.not_portable");
  EXPECT_THAT(status.error().detail, HasSubstr("m/model.sql:2:6: "));
}

TEST(PortableSql, HoldsForEveryModelAndViewOfTheCatalog) {
  const auto catalog = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  ASSERT_TRUE(catalog) << catalog.error().detail;
  for (const auto& view : catalog->derived) {
    const auto status = check_portable_sql(view.sql, "derived/" + view.name + ".sql");
    EXPECT_TRUE(status) << status.error().detail;
  }
  for (const auto& model : catalog->models) {
    const auto status = check_portable_sql(model.sql, model.name + "/model.sql");
    EXPECT_TRUE(status) << status.error().detail;
  }
}

TEST(SqlParams, AreReplacedOutsideTextAndComments) {
  const std::string sql =
      "-- :n here\nselect ':n' as t, :n as n, x.y, /* :n */ '12:30' as h from t where a >= :n and "
      "b = :nn";
  const auto bound = bind_sql_params(sql, {{"n", "cast(3 as bigint)"}, {"nn", "':n'"}}, "m");
  ASSERT_TRUE(bound) << bound.error().detail;
  EXPECT_EQ(*bound,
            "-- :n here\nselect ':n' as t, cast(3 as bigint) as n, x.y, /* :n */ '12:30' as h from "
            "t where a >= cast(3 as "
            "bigint) and b = ':n'");
  EXPECT_EQ(sql_params(sql), (std::vector<std::string>{"n", "nn"}));

  const auto unknown = bind_sql_params("select\n  :missing as x", {}, "m");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "model.param_unknown");
  EXPECT_THAT(unknown.error().detail, HasSubstr("m:2:3: :missing"));
}

}  // namespace
}  // namespace anlan::detect
