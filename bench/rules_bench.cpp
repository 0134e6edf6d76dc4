// Eight checks as rules over dossiers in memory: columns against the interpreter and against only
// summing the columns they read. rules_bench [PAYMENTS] [RUNS]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "catalog/rule.hpp"
#include "rules/check_rule.hpp"
#include "rules/columnar.hpp"
#include "rules/interpret.hpp"

namespace anlan {
namespace {

using catalog::FieldType;
using Clock = std::chrono::steady_clock;

enum List : std::size_t { payments, contributions, claims, person, death, custody };

catalog::DossierKind make_kind() {
  catalog::DossierKind kind;
  kind.subject = "person";
  kind.key_column = "id_no";
  const auto add = [&](const char* name, bool single, std::vector<std::string> order,
                       std::vector<catalog::Field> fields) {
    kind.lists.push_back(
        {name, "row", {}, single, name, std::move(order), "key", name, std::move(fields)});
  };
  add("payments", false, {"month"},
      {{"month", {}, FieldType::month, ""},
       {"scheme", {}, FieldType::text, ""},
       {"amount", {}, FieldType::fen, ""},
       {"periodic", {}, FieldType::flag, ""}});
  add("contributions", false, {"month"},
      {{"month", {}, FieldType::month, ""}, {"paid", {}, FieldType::fen, ""}});
  add("claims", false, {"admitted"},
      {{"admitted", {}, FieldType::date, ""},
       {"discharged", {}, FieldType::date, ""},
       {"hospital", {}, FieldType::text, ""}});
  add("person", true, {}, {{"birth", {}, FieldType::date, ""}});
  add("death", true, {}, {{"date", {}, FieldType::date, ""}});
  add("custody", false, {"start"},
      {{"start", {}, FieldType::month, ""}, {"end", {}, FieldType::month, ""}});
  return kind;
}

/// Subjects with 24 payments, 24 contributions and 7 claims each.
class City {
 public:
  City(const catalog::DossierKind& kind, std::size_t subjects, std::uint64_t seed) {
    bucket_.kind = &kind;
    bucket_.subjects = subjects;
    bucket_.lists.resize(kind.lists.size());
    set_text({"110", "170", "390", "A", "B", "C"});
    for (std::size_t s = 0; s < subjects; ++s) {
      ids_ += "P";
      id_ends_.push_back(ids_.size());
    }
    bucket_.id_ends = id_ends_;
    bucket_.id_text = ids_;
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t limit) {
      return static_cast<std::int64_t>(random() % limit);
    };
    const auto month = [](std::int64_t index) {
      return static_cast<std::int32_t>(Month::of(2017, 1).plus(static_cast<int>(index)).value);
    };
    std::vector<std::vector<std::vector<std::int64_t>>> rows(kind.lists.size());
    for (std::size_t s = 0; s < subjects; ++s) {
      const auto scheme = below(100) < 3 ? 2 : below(2);
      std::vector<std::vector<std::int64_t>> paid_in;
      for (std::int64_t m = 0; m < 24; ++m) {
        const auto twin = below(2000) == 0;
        rows[payments].push_back({month(twin && m > 0 ? m - 1 : m), twin ? below(3) : scheme,
                                  300000 + below(1000) + (below(5000) == 0 ? 600000 : 0), 1});
        // Who draws unemployment benefit paid in ten years before, but for a few.
        const bool before = scheme == 2 && below(50) != 0;
        paid_in.push_back({month(m) - (before ? 1000 : 0), 40000 + below(1000)});
      }
      std::sort(paid_in.begin(), paid_in.end());
      rows[contributions].insert(rows[contributions].end(), paid_in.begin(), paid_in.end());
      std::int64_t day = 17167;
      for (std::int64_t c = 0; c < 7; ++c) {
        day += 20 + below(60);
        rows[claims].push_back({day, day + 5 + (below(300) == 0 ? 80 : 0), 3 + below(3)});
      }
      rows[person].push_back({below(200) == 0 ? 0 : -7000 - below(4000)});
      if (below(50) == 0) rows[death].push_back({17167 + below(720)});
      if (below(300) == 0) rows[custody].push_back({month(below(12)), month(12 + below(12))});
      for (std::size_t list = 0; list < rows.size(); ++list)
        ends_[list].push_back(rows[list].size());
    }
    for (std::size_t list = 0; list < rows.size(); ++list) add_list(list, rows[list]);
  }

  const dossier::Bucket& bucket() const { return bucket_; }

 private:
  void set_text(const std::vector<std::string>& words) {
    for (const auto& word : words) {
      text_ += word;
      text_ends_.push_back(text_.size());
    }
    bucket_.text = text_;
    bucket_.text_ends = text_ends_;
  }

  void add_list(std::size_t at, const std::vector<std::vector<std::int64_t>>& rows) {
    auto& list = bucket_.lists[at];
    auto& offsets = offsets_.emplace_back(1, 0);
    for (const auto end : ends_[at]) offsets.push_back(static_cast<std::uint32_t>(end));
    list.offsets = offsets;
    for (std::size_t f = 0; f < bucket_.kind->lists[at].fields.size(); ++f) {
      const auto type = bucket_.kind->lists[at].fields[f].type;
      auto& memory = memory_.emplace_back(rows.size() + 1);
      for (std::size_t r = 0; r < rows.size(); ++r) {
        const auto value = rows[r][f];
        if (type == FieldType::flag)
          reinterpret_cast<std::uint8_t*>(memory.data())[r] = static_cast<std::uint8_t>(value);
        else if (type == FieldType::fen)
          memory[r] = value;
        else
          reinterpret_cast<std::int32_t*>(memory.data())[r] = static_cast<std::int32_t>(value);
      }
      list.columns.push_back({type, memory.data()});
    }
  }

  std::string ids_, text_;
  std::vector<std::uint64_t> id_ends_, text_ends_;
  std::vector<std::size_t> ends_[6];
  std::deque<std::vector<std::uint32_t>> offsets_;
  std::deque<std::vector<std::int64_t>> memory_;
  dossier::Bucket bucket_;
};

struct Check {
  const char* name;
  const char* each;
  const char* where;
  const char* when;
};

constexpr Check checks[] = {
    {"after death", "payments", "one.scheme == \"110\" && one.periodic",
     "dossier.death.known && one.month > month(dossier.death.date)"},
    {"in prison", "payments", "one.periodic",
     "dossier.custody.exists(c, c.start < one.month && one.month < c.end)"},
    {"two schemes", "payments", "one.scheme == \"110\"",
     "dossier.payments.exists(p, p.month == one.month && p.scheme == \"170\")"},
    {"duplicate", "payments", "one.periodic",
     "size(dossier.payments.filter(p, p.month == one.month && p.scheme == one.scheme)) > 1"},
    {"unemployed, paying in", "payments", "one.scheme == \"390\"",
     "dossier.contributions.exists(c, c.month == one.month)"},
    {"under age", "payments", "one.scheme == \"110\"",
     "age_at(dossier.person.birth, one.month) < 45"},
    {"jump in a year", "payments", "one.periodic",
     "dossier.payments.exists(p, p.month == one.month - 12 && p.scheme == one.scheme && "
     "one.amount > p.amount * 2)"},
    {"stays overlap", "claims", "",
     "dossier.claims.exists(c, c.admitted > one.admitted && c.admitted < one.discharged && "
     "c.hospital != one.hospital)"},
};

double seconds_of(const auto& work) {
  const auto before = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - before).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Sums every column once.
std::int64_t sum_columns(const dossier::Bucket& bucket) {
  std::int64_t total = 0;
  for (const auto& list : bucket.lists) {
    for (const auto& column : list.columns) {
      if (column.type == FieldType::fen) {
        for (const auto value : column.int64(list.rows())) total += value;
      } else if (column.type == FieldType::flag) {
        for (const auto value : column.flags(list.rows())) total += value;
      } else {
        for (const auto value : column.int32(list.rows())) total += value;
      }
    }
  }
  return total;
}

int run(std::size_t payment_count, std::size_t runs) {
  const auto kind = make_kind();
  std::vector<std::unique_ptr<catalog::Rule>> texts;
  std::vector<rules::CheckedRule> checked;
  const std::map<std::string, catalog::CodeList> lists;
  const catalog::RuleExclusions exclusions;
  for (const auto& check : checks) {
    auto& rule = *texts.emplace_back(std::make_unique<catalog::Rule>());
    rule.about = "person";
    rule.has_evidence = true;  // none: both sides only find rows
    rule.each_name = "one";
    rule.each_list = check.each;
    rule.each.text = std::string("one in dossier.") + check.each;
    rule.where.text = check.where;
    rule.when.text = check.when;
    auto result = rules::check_rule(rule, {&kind, &lists, &exclusions});
    if (!result) {
      fmt::print(stderr, "{}\n", result.error().detail);
      return 1;
    }
    checked.push_back(std::move(*result));
  }

  constexpr std::size_t per_bucket = 10000;
  const auto buckets = std::max<std::size_t>(payment_count / 24 / per_bucket, 1);
  std::deque<City> city;
  for (std::size_t i = 0; i < buckets; ++i) city.emplace_back(kind, per_bucket, i + 1);
  std::vector<std::size_t> rows(kind.lists.size(), 0);
  for (const auto& one : city) {
    for (std::size_t list = 0; list < rows.size(); ++list)
      rows[list] += one.bucket().lists[list].rows();
  }
  fmt::print("{} subjects, {} payments, {} contributions, {} claims; one thread, medians of {}\n",
             buckets * per_bucket, rows[payments], rows[contributions], rows[claims], runs);

  const rules::Moment moment{Date::of(2018, 12, 31), nullptr};
  const auto per_row = [&](double seconds, std::size_t count) {
    return seconds * 1e9 / static_cast<double>(count);
  };
  const auto timed = [&](std::span<const rules::CheckedRule> some, std::size_t& hits) {
    const rules::RuleSet set(some);
    std::vector<double> times;
    for (std::size_t r = 0; r < runs; ++r) {
      hits = 0;
      times.push_back(seconds_of([&] {
        for (const auto& one : city) {
          for (const auto& outcome : set.run(one.bucket(), moment)) hits += outcome.hits.size();
        }
      }));
    }
    return median(times);
  };

  std::vector<double> floors;
  std::int64_t total = 0;
  for (std::size_t r = 0; r < runs; ++r) {
    floors.push_back(seconds_of([&] {
      for (const auto& one : city) total += sum_columns(one.bucket());
    }));
  }
  const auto floor = median(floors);
  fmt::print("{:<24}{:>10}{:>14}{:>18}{:>8}\n", "check", "hits", "columns ns/row",
             "interpreter ns/row", "ratio");
  double all_interpreted = 0;
  for (std::size_t i = 0; i < checked.size(); ++i) {
    const auto read = rows[*checked[i].each];
    std::size_t hits = 0;
    const auto fast = timed({&checked[i], 1}, hits);
    // The interpreter is slow: the first thousand dossiers stand for all.
    const auto& bucket = city.front().bucket();
    constexpr std::size_t sample = 1000;
    std::size_t found = 0;
    const auto slow = seconds_of([&] {
      for (std::size_t s = 0; s < sample; ++s)
        found += interpret(checked[i], {&bucket, s}, moment).hits.size();
    });
    const auto first_hits = rules::RuleSet({&checked[i], 1}).run(bucket, moment)[0].hits;
    CHECK(found == static_cast<std::size_t>(
                       std::count_if(first_hits.begin(), first_hits.end(),
                                     [](const auto& hit) { return hit.subject < sample; })));
    const auto slow_rows = bucket.lists[*checked[i].each].offsets[sample];
    all_interpreted += slow / sample * static_cast<double>(buckets * per_bucket);
    fmt::print("{:<24}{:>10}{:>14.2f}{:>18.0f}{:>8.0f}\n", checks[i].name, hits,
               per_row(fast, read), per_row(slow, slow_rows),
               per_row(slow, slow_rows) / per_row(fast, read));
  }
  std::size_t hits = 0;
  const auto all = timed(checked, hits);
  fmt::print("{:<24}{:>10}{:>12.3f} s, interpreter about {:.0f} s ({:.0f} times)\n", "all together",
             hits, all, all_interpreted, all_interpreted / all);
  fmt::print("sum of every column     {:>22.3f} s; all checks take {:.1f} times that (sum {})\n",
             floor, all / floor, total);
  return 0;
}

}  // namespace
}  // namespace anlan

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
  };
  return anlan::run(number(1, 10'000'000), number(2, 5));
}
