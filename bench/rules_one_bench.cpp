// One dossier in memory, judged again and again: rules_one_bench WORKSPACE [--rows N] [--export
// FILE] The export is what rules_rivals.mjs judges with rules of equal meaning.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/month.hpp"
#include "catalog/catalog.hpp"
#include "detect/run.hpp"
#include "dossier/files.hpp"
#include "dossier/memory_bucket.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"
#include "rules/check_catalog.hpp"
#include "rules/check_rule.hpp"
#include "rules/columnar.hpp"
#include "rules/interpret.hpp"
#include "rules/policy_rows.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}

// Not inlined: the compiler would think the two a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (auto* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace anlan {
namespace {

using nlohmann::ordered_json;

[[noreturn]] void stop(const Error& error) {
  fmt::print(stderr, "{}: {}\n", error.code, error.detail);
  std::exit(1);
}

template <class T>
T got(Result<T> result) {
  if (!result) stop(result.error());
  return std::move(*result);
}

/// Ten checks of a payment, for five schemes each; `SCHEME` stands for the scheme.
constexpr const char* schemes[] = {"110", "120", "170", "210", "410"};
struct Check {
  const char* name;
  const char* when;
};
constexpr Check checks[] = {
    {"after_death", "dossier.death.known && payment.month > month(dossier.death.date)"},
    {"in_prison",
     "dossier.custody.exists(c, month(c.start_date) < payment.month && "
     "payment.month < month(c.end_date))"},
    {"other_scheme",
     "dossier.payments.exists(p, p.month == payment.month && p.scheme != payment.scheme && "
     "p.periodic)"},
    {"duplicate",
     "size(dossier.payments.filter(p, p.month == payment.month && p.scheme == payment.scheme && "
     "p.item == payment.item)) > 1"},
    {"paying_in",
     "dossier.contributions.exists(c, c.month == payment.month && c.scheme == \"SCHEME\")"},
    {"under_age", "months_between(month(dossier.person.birth_date), payment.month) < 540"},
    {"jump",
     "dossier.payments.exists(p, p.month == payment.month - 12 && p.scheme == payment.scheme && "
     "p.item == payment.item && payment.amount > p.amount * 2)"},
    {"too_much", "payment.amount > yuan(\"3000.00\")"},
    {"dear_claim",
     "dossier.claims.exists(c, month(c.admit_date) == payment.month && "
     "c.pool_pay > payment.amount)"},
    {"resumed",
     "!dossier.payments.exists(p, p.month == payment.month - 1 && p.scheme == payment.scheme) && "
     "dossier.payments.exists(p, p.month < payment.month - 1 && p.scheme == payment.scheme)"},
};

std::string with_scheme(std::string text, const std::string& scheme) {
  const std::string mark = "SCHEME";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
    text.replace(at, mark.size(), scheme);
  return text;
}

struct Checks {
  std::vector<std::unique_ptr<catalog::Rule>> texts;
  std::vector<rules::CheckedRule> rules;
};

Checks make_checks(const catalog::Catalog& catalog, const catalog::DossierKind& kind) {
  Checks out;
  for (const auto& check : checks) {
    for (const auto* scheme : schemes) {
      auto& rule = *out.texts.emplace_back(std::make_unique<catalog::Rule>());
      rule.name = fmt::format("{}_{}", check.name, scheme);
      rule.about = "person";
      rule.has_evidence = true;  // none: every side only finds rows
      rule.each_name = "payment";
      rule.each_list = "payments";
      rule.each.text = "payment in dossier.payments";
      rule.where.text = fmt::format("payment.scheme == \"{}\" && payment.periodic", scheme);
      rule.when.text = with_scheme(check.when, scheme);
      out.rules.push_back(
          got(rules::check_rule(rule, {&kind, &catalog.lists, &catalog.exclusions})));
    }
  }
  return out;
}

ordered_json value_of(const dossier::Bucket& bucket, const dossier::Column& column,
                      std::size_t row) {
  switch (column.type) {
    case catalog::FieldType::month:
    case catalog::FieldType::date: {
      const auto value = static_cast<const std::int32_t*>(column.values)[row];
      return value == dossier::missing_int32 ? ordered_json() : ordered_json(value);
    }
    case catalog::FieldType::flag: {
      const auto value = static_cast<const std::uint8_t*>(column.values)[row];
      return value == dossier::missing_flag ? ordered_json() : ordered_json(value == 1);
    }
    case catalog::FieldType::text: {
      const auto value = static_cast<const std::uint32_t*>(column.values)[row];
      return value == dossier::missing_text ? ordered_json() : ordered_json(bucket.word(value));
    }
    default: {
      const auto value = static_cast<const std::int64_t*>(column.values)[row];
      return value == dossier::missing_int64 ? ordered_json() : ordered_json(value);
    }
  }
}

dossier::Cell cell_of(const ordered_json& value) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return std::int64_t{value.get<bool>() ? 1 : 0};
  if (value.is_string()) return value.get<std::string>();
  return value.get<std::int64_t>();
}

/// All rows of one subject, by list; the id and the words of people are made up.
ordered_json rows_of(const dossier::Bucket& bucket, std::size_t subject) {
  ordered_json out;
  for (std::size_t l = 0; l < bucket.lists.size(); ++l) {
    const auto& list = bucket.lists[l];
    auto rows = ordered_json::array();
    for (auto row = list.offsets[subject]; row < list.offsets[subject + 1]; ++row) {
      ordered_json one;
      for (std::size_t f = 0; f < list.columns.size(); ++f)
        one[bucket.kind->lists[l].fields[f].name] = value_of(bucket, list.columns[f], row);
      rows.push_back(std::move(one));
    }
    out[bucket.kind->lists[l].name] = std::move(rows);
  }
  return out;
}

std::unique_ptr<dossier::MemoryBucket> in_memory(const catalog::DossierKind& kind,
                                                 const ordered_json& rows) {
  auto bucket = std::make_unique<dossier::MemoryBucket>(kind);
  bucket->add_subject("P");
  for (std::size_t l = 0; l < kind.lists.size(); ++l) {
    for (const auto& row : rows[kind.lists[l].name]) {
      std::vector<dossier::Cell> cells;
      for (const auto& field : kind.lists[l].fields) cells.push_back(cell_of(row[field.name]));
      bucket->add(l, "P", std::move(cells), "");
    }
  }
  return bucket;
}

std::size_t row_count(const dossier::Bucket& bucket, std::size_t subject) {
  std::size_t rows = 0;
  for (const auto& list : bucket.lists) rows += list.offsets[subject + 1] - list.offsets[subject];
  return rows;
}

double thread_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

struct Timing {
  double mean_us = 0;
  double p99_us = 0;
  double allocations = 0;
  std::size_t hits = 0;
};

Timing judge(const std::vector<rules::CheckedRule>& rules, const dossier::Dossier& dossier,
             const rules::Moment& moment, bool by_interpreter = false) {
  const rules::RuleSet set(rules);
  std::vector<rules::RuleOutcome> outcomes;
  Timing out;
  const auto once = [&] {
    if (by_interpreter) {
      out.hits = 0;
      for (const auto& rule : rules) out.hits += interpret(rule, dossier, moment).hits.size();
    } else {
      set.run(dossier, moment, outcomes);
    }
  };
  const int warm = by_interpreter ? 2 : 200;
  for (int i = 0; i < warm; ++i) once();
  for (const auto& one : outcomes) out.hits += one.hits.size();
  const int times = by_interpreter ? 50 : 20000;
  const auto before = allocations.load();
  const auto start = thread_ns();
  for (int i = 0; i < times; ++i) once();
  out.mean_us = (thread_ns() - start) / times / 1e3;
  out.allocations = static_cast<double>(allocations.load() - before) / times;
  std::vector<double> each;
  for (int i = 0; i < times; ++i) {
    const auto from = thread_ns();
    once();
    each.push_back((thread_ns() - from) / 1e3);
  }
  std::sort(each.begin(), each.end());
  out.p99_us = each[each.size() * 99 / 100];
  return out;
}

void print(const char* what, std::size_t rules, const Timing& timing) {
  fmt::print(
      "{:<44}{:>4} rules {:>10.2f} µs  99th {:>10.2f} µs {:>10.0f} rules/s {:>7.1f} "
      "allocations {:>4} hits\n",
      what, rules, timing.mean_us, timing.p99_us, static_cast<double>(rules) / timing.mean_us * 1e6,
      timing.allocations, timing.hits);
}

int run(const std::string& folder, std::size_t rows_wanted, const std::string& export_file) {
  const auto catalog = got(catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog"));
  const auto workspace = got(lake::Workspace::open(std::filesystem::absolute(folder)));
  const auto snapshot = got(lake::current_snapshot(workspace));
  const auto& kind = *catalog.dossier("person");
  const auto files = got(dossier::DossierFiles::open(workspace.folder(), kind));
  auto engine = got(lake::Engine::open({}));
  auto connection = got(engine.connect());
  if (auto made = lake::create_table_views(connection, catalog, snapshot); !made)
    stop(made.error());
  const auto policies = got(rules::read_policies(connection));
  const rules::Moment moment{got(detect::newest_day(catalog, snapshot)), &policies};

  const auto payments = *kind.find("payments");
  const auto claims = *kind.find("claims");
  const auto contributions = *kind.find("contributions");
  // The dossier whose number of rows is nearest, of those that every check has something to read
  // of.
  std::optional<dossier::MappedBucket> mapped;
  std::size_t subject = 0;
  std::size_t apart = SIZE_MAX;
  for (std::size_t b = 0; b < files.buckets(); ++b) {
    auto one = got(files.map(b));
    const auto& lists = one.bucket().lists;
    std::optional<std::size_t> nearest;
    for (std::size_t s = 0; s < one.bucket().subjects; ++s) {
      const auto count = [&](std::size_t list) {
        return lists[list].offsets[s + 1] - lists[list].offsets[s];
      };
      if (count(payments) < 12 || count(claims) == 0 || count(contributions) == 0) continue;
      const auto rows = row_count(one.bucket(), s);
      const auto distance = rows > rows_wanted ? rows - rows_wanted : rows_wanted - rows;
      if (distance >= apart) continue;
      apart = distance;
      nearest = s;
    }
    if (!nearest) continue;
    subject = *nearest;
    mapped = std::move(one);
  }
  if (!mapped) stop({ErrorKind::not_found, "bench.no_dossier", "no dossier has all that is read"});
  const auto& bucket = mapped->bucket();
  const auto rows = rows_of(bucket, subject);
  const auto memory = in_memory(kind, rows);
  const dossier::Dossier alone{&memory->bucket(), 0};
  fmt::print("one dossier: {} rows, {} payments, {} contributions, {} claims\n",
             row_count(bucket, subject), rows["payments"].size(), rows["contributions"].size(),
             rows["claims"].size());

  const auto some = make_checks(catalog, kind);
  std::vector<rules::CheckedRule> all;
  for (const auto& rule : catalog.rules) {
    if (rule.about == "person") all.push_back(got(rules::check_rule_of(catalog, rule)));
  }
  const auto ours = judge(some.rules, alone, moment);
  print("checks of payments, in memory", some.rules.size(), ours);
  print("checks of payments, in the mapped bucket", some.rules.size(),
        judge(some.rules, {&bucket, subject}, moment));
  print("checks of payments, tree interpreter", some.rules.size(),
        judge(some.rules, alone, moment, true));
  print("rules of the catalog, in memory", all.size(), judge(all, alone, moment));
  print("rules of the catalog, in the mapped bucket", all.size(),
        judge(all, {&bucket, subject}, moment));
  print("rules of the catalog, tree interpreter", all.size(), judge(all, alone, moment, true));

  if (export_file.empty()) return 0;
  ordered_json out;
  out["dossier"] = rows;
  out["schemes"] = schemes;
  for (const auto& check : checks) out["checks"].push_back(check.name);
  out["rules"] = some.rules.size();
  out["us"] = ours.mean_us;
  out["hits"] = ours.hits;
  std::ofstream(export_file) << out.dump(1) << "\n";
  return 0;
}

}  // namespace
}  // namespace anlan

int main(int argc, char** argv) {
  std::string folder;
  std::string export_file;
  std::size_t rows = 200;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] { return std::string(++i < argc ? argv[i] : ""); };
    if (word == "--rows") {
      rows = std::strtoul(next().c_str(), nullptr, 10);
    } else if (word == "--export") {
      export_file = next();
    } else if (folder.empty() && word.front() != '-') {
      folder = word;
    } else {
      folder.clear();
      break;
    }
  }
  if (folder.empty()) {
    fmt::print(stderr, "rules_one_bench WORKSPACE [--rows N] [--export FILE]\n");
    return 2;
  }
  return anlan::run(folder, rows, export_file);
}
