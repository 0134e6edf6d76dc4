// Rules over dossier files against SQL statements of the same checks over the lake, on the data of
// one workspace; and how long the statements take. Ends with 0 if all agree, 1 if not.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catalog/catalog.hpp"
#include "detect/run.hpp"
#include "dossier/build.hpp"
#include "dossier/files.hpp"
#include "lake/deliveries.hpp"
#include "lake/engine.hpp"
#include "lake/workspace.hpp"
#include "rules/check_catalog.hpp"
#include "rules/columnar.hpp"
#include "rules/policy_rows.hpp"
#include "tests/agreement/statements.hpp"

namespace {

using namespace anlan;
using agreement::HitRow;
using agreement::Statement;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

struct Options {
  fs::path workspace;
  fs::path folder = ANLAN_SOURCE_DIR "/tests/agreement";
  std::vector<std::string> only;
  std::string as_of;
  unsigned threads = 0;
  int runs = 1;
  bool tables = false;
  bool json = false;
};

/// One rule on both sides.
struct Comparison {
  std::string rule;
  std::string code;
  std::vector<HitRow> by_rule;
  std::vector<HitRow> by_sql;
  std::vector<HitRow> only_rule;
  std::vector<HitRow> only_sql;
  std::size_t faults = 0;
  double rule_seconds = 0;
  double sql_seconds = 0;  ///< the median of the runs

  bool agrees() const { return only_rule.empty() && only_sql.empty() && faults == 0; }
};

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

/// Keeps region and the last two characters of an ID number.
std::string masked(std::string_view id) {
  if (id.size() < 8) return std::string(id.size(), '*');
  return fmt::format("{}{}{}", id.substr(0, 6), std::string(id.size() - 8, '*'),
                     id.substr(id.size() - 2));
}

/// Runs the checked rules over all buckets; the hits of each, unsorted.
Status run_rules(const std::vector<rules::CheckedRule>& checked, const dossier::DossierFiles& files,
                 const rules::Moment& moment, std::size_t threads,
                 std::vector<Comparison>& comparisons) {
  const rules::RuleSet set(checked);
  std::vector<dossier::MappedBucket> mapped;
  for (std::size_t b = 0; b < files.buckets(); ++b) {
    auto bucket = files.map(b);
    if (!bucket) return fail(bucket.error());
    mapped.push_back(std::move(*bucket));
  }
  std::mutex turn;
  const auto done = [&](std::size_t b, const std::vector<rules::RuleOutcome>& outcomes) {
    const std::lock_guard lock(turn);
    const auto& bucket = mapped[b].bucket();
    for (std::size_t r = 0; r < outcomes.size(); ++r) {
      auto& comparison = comparisons[r];
      comparison.faults += outcomes[r].faults;
      comparison.rule_seconds += seconds(outcomes[r].time);
      for (const auto& hit : outcomes[r].hits) {
        HitRow row{std::string(bucket.id(hit.subject)), "", hit.month, hit.amount_fen};
        if (checked[r].each) row.key = dossier::evidence_of(bucket, *checked[r].each, hit.row).key;
        comparison.by_rule.push_back(std::move(row));
      }
    }
  };
  rules::run_buckets(
      set, mapped.size(), threads, moment,
      [&](std::size_t b) -> const dossier::Bucket& { return mapped[b].bucket(); }, done);
  return {};
}

Status run_sql(lake::Connection& connection, const std::vector<Statement>& statements, int runs,
               std::vector<Comparison>& comparisons) {
  for (std::size_t i = 0; i < statements.size(); ++i) {
    std::vector<double> times;
    for (int run = 0; run < runs; ++run) {
      const auto start = Clock::now();
      auto hits = agreement::run_statement(connection, statements[i]);
      times.push_back(seconds(Clock::now() - start));
      if (!hits) return fail(hits.error());
      comparisons[i].by_sql = std::move(*hits);
    }
    std::sort(times.begin(), times.end());
    comparisons[i].sql_seconds = times[times.size() / 2];
  }
  return {};
}

void compare(Comparison& one) {
  std::sort(one.by_rule.begin(), one.by_rule.end());
  std::set_difference(one.by_rule.begin(), one.by_rule.end(), one.by_sql.begin(), one.by_sql.end(),
                      std::back_inserter(one.only_rule));
  std::set_difference(one.by_sql.begin(), one.by_sql.end(), one.by_rule.begin(), one.by_rule.end(),
                      std::back_inserter(one.only_sql));
}

Result<std::vector<Comparison>> compare_all(const Options& options) {
  const auto catalog = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
  if (!catalog) return fail(catalog.error());
  const auto workspace = lake::Workspace::open(fs::absolute(options.workspace));
  if (!workspace) return fail(workspace.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) return fail(snapshot.error());
  const auto as_of =
      options.as_of.empty() ? detect::newest_day(*catalog, *snapshot) : parse_date(options.as_of);
  if (!as_of) return fail(as_of.error());

  auto statements = agreement::read_statements(options.folder);
  if (!statements) return fail(statements.error());
  if (!options.only.empty()) {
    std::erase_if(*statements, [&](const Statement& one) {
      return std::find(options.only.begin(), options.only.end(), one.rule) == options.only.end();
    });
  }
  std::vector<rules::CheckedRule> checked;
  std::vector<Comparison> comparisons;
  for (const auto& statement : *statements) {
    const auto rule = std::find_if(
        catalog->rules.begin(), catalog->rules.end(),
        [&](const catalog::Rule& candidate) { return candidate.name == statement.rule; });
    if (rule == catalog->rules.end() || rule->about != "person")
      return fail(ErrorKind::not_found, "rule.missing", statement.rule);
    auto one = rules::check_rule_of(*catalog, *rule);
    if (!one) return fail(one.error());
    checked.push_back(std::move(*one));
    comparisons.push_back({.rule = rule->name, .code = rule->code});
  }

  lake::EngineOptions engine_options;
  engine_options.threads = options.threads;
  engine_options.temp_folder = workspace->exports() / "agreement-spill";
  auto engine = lake::Engine::open(engine_options);
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  const auto start = Clock::now();
  if (auto ready = agreement::prepare(*connection, *catalog, *snapshot, options.folder, *as_of,
                                      options.tables);
      !ready)
    return fail(ready.error());
  if (!options.json) {
    fmt::print("as of {}; shared views made in {:.2f} s\n", format_date(*as_of),
               seconds(Clock::now() - start));
  }
  if (auto ran = run_sql(*connection, *statements, options.runs, comparisons); !ran)
    return fail(ran.error());

  const auto policies = rules::read_policies(*connection);
  if (!policies) return fail(policies.error());
  const auto files = dossier::open_or_build(
      *workspace, *catalog, *snapshot, *catalog->dossier("person"), {.threads = options.threads});
  if (!files) return fail(files.error());
  const std::size_t threads =
      options.threads > 0 ? options.threads : std::thread::hardware_concurrency();
  if (auto ran = run_rules(checked, *files, {*as_of, &*policies}, threads, comparisons); !ran)
    return fail(ran.error());
  for (auto& one : comparisons) compare(one);
  std::error_code ignored;
  fs::remove_all(engine_options.temp_folder, ignored);
  return comparisons;
}

void show_difference(const char* side, const std::vector<HitRow>& rows) {
  constexpr std::size_t shown = 5;
  for (std::size_t i = 0; i < std::min(rows.size(), shown); ++i) {
    const auto& row = rows[i];
    fmt::print("    only {}: {}  month {}  amount_fen {}  row {}\n", side, masked(row.subject_id),
               row.month, row.amount_fen ? std::to_string(*row.amount_fen) : "-", row.key);
  }
  if (rows.size() > shown) fmt::print("    only {}: {} in all\n", side, rows.size());
}

void show(const std::vector<Comparison>& comparisons) {
  fmt::print("{:<38} {:<6} {:>9} {:>9} {:>10} {:>10}\n", "rule", "code", "rule hits", "SQL hits",
             "rule s", "SQL s");
  double rule_seconds = 0;
  double sql_seconds = 0;
  std::size_t different = 0;
  for (const auto& one : comparisons) {
    rule_seconds += one.rule_seconds;
    sql_seconds += one.sql_seconds;
    fmt::print("{:<38} {:<6} {:>9} {:>9} {:>10.4f} {:>10.3f}{}\n", one.rule, one.code,
               one.by_rule.size(), one.by_sql.size(), one.rule_seconds, one.sql_seconds,
               one.agrees() ? "" : "  DIFFERENT");
    if (one.agrees()) continue;
    ++different;
    if (one.faults > 0) fmt::print("    {} rows on which the rule has an error\n", one.faults);
    show_difference("rule", one.only_rule);
    show_difference("SQL", one.only_sql);
  }
  fmt::print("{} rules, {} different; rules {:.4f} s of all threads, SQL {:.3f} s\n",
             comparisons.size(), different, rule_seconds, sql_seconds);
}

void show_json(const std::vector<Comparison>& comparisons) {
  auto json = nlohmann::ordered_json::array();
  const auto rows = [](const std::vector<HitRow>& all) {
    auto out = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), 5); ++i)
      out.push_back({{"subject", masked(all[i].subject_id)},
                     {"month", all[i].month},
                     {"amount_fen", all[i].amount_fen ? nlohmann::ordered_json(*all[i].amount_fen)
                                                      : nlohmann::ordered_json()},
                     {"row", all[i].key}});
    return out;
  };
  for (const auto& one : comparisons) {
    json.push_back({{"rule", one.rule},
                    {"code", one.code},
                    {"rule_hits", one.by_rule.size()},
                    {"sql_hits", one.by_sql.size()},
                    {"faults", one.faults},
                    {"agrees", one.agrees()},
                    {"only_rule", rows(one.only_rule)},
                    {"only_sql", rows(one.only_sql)},
                    {"rule_seconds", one.rule_seconds},
                    {"sql_seconds", one.sql_seconds}});
  }
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App cli{"Compares rules with SQL statements of the same checks", "anlan_agreement"};
  cli.add_option("WORKSPACE", options.workspace)->required();
  cli.add_option("--statements", options.folder, "folder of the statements");
  cli.add_option("--only", options.only, "names of rules");
  cli.add_option("--as-of", options.as_of, "today; else the last day of the newest month");
  cli.add_option("--threads", options.threads, "0: all cores");
  cli.add_option("--runs", options.runs, "of each statement, for its median time");
  cli.add_flag("--tables", options.tables, "compute the shared views once, as tables");
  cli.add_flag("--json", options.json);
  CLI11_PARSE(cli, argc, argv);
  const auto comparisons = compare_all(options);
  if (!comparisons) {
    fmt::print(stderr, "{}: {}\n", comparisons.error().code, comparisons.error().detail);
    return 2;
  }
  if (options.json) {
    show_json(*comparisons);
  } else {
    show(*comparisons);
  }
  return std::all_of(comparisons->begin(), comparisons->end(),
                     [](const Comparison& one) { return one.agrees(); })
             ? 0
             : 1;
}
