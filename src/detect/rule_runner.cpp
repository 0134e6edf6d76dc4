#include "detect/rule_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "detect/rule_hits.hpp"
#include "dossier/bucket_builder.hpp"
#include "dossier/build.hpp"
#include "dossier/build_bucket.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"
#include "rules/check_catalog.hpp"
#include "rules/columnar.hpp"
#include "rules/policy_rows.hpp"

namespace anlan::detect {
namespace {

tl::unexpected<Error> interrupted() {
  return fail(ErrorKind::unavailable, "detect.interrupted");
}

/// The values of a job's parameters as the checker takes them: what policy_param says is left to
/// it.
std::map<std::string, std::string> given_params(const RuleJob& job) {
  std::map<std::string, std::string> params;
  for (const auto& one : job.params) {
    if (!one.value.empty()) params[one.name] = one.value;
  }
  return params;
}

/// Canonical tables of which the list has no row without a delivery: that of its evidence, or, if
/// its rows come from several, all it reads.
std::vector<std::string> tables_wanted(const catalog::DossierList& list,
                                       const std::set<std::string>& delivered) {
  if (!list.key_table.empty()) {
    if (delivered.contains(list.key_table)) return {};
    return {list.key_table};
  }
  const auto is_there = [&](const std::string& table) { return delivered.contains(table); };
  if (std::any_of(list.tables.begin(), list.tables.end(), is_there)) return {};
  return list.tables;
}

DetectionRun run_of(const RuleJob& job) {
  DetectionRun run;
  run.code = job.rule->code;
  run.name = job.rule->name;
  run.version = job.rule->version;
  run.is_rule = true;
  run.params = job.params;
  return run;
}

/// A rule that will run: its place among the jobs, and what it says so far.
struct Judged {
  std::size_t job = 0;
  std::chrono::nanoseconds time{0};
  std::vector<std::size_t> excluded;
  std::size_t faults = 0;
  std::string fault_subject;  ///< the first of those it has an error on
  std::string fault_words;
};

/// All rules about one kind of dossier over its files.
class KindRun {
 public:
  KindRun(const lake::Workspace& workspace, const catalog::Catalog& catalog,
          const lake::Snapshot& snapshot, const catalog::DossierKind& kind,
          const RuleRunnerOptions& options)
      : workspace_(workspace),
        catalog_(catalog),
        snapshot_(snapshot),
        kind_(kind),
        options_(options),
        threads_(options.threads > 0 ? options.threads
                                     : std::max(1U, std::thread::hardware_concurrency())),
        nobody_(dossier::BucketBuilder(kind).finish()) {
    for (const auto& delivery : snapshot.deliveries) delivered_.insert(delivery.manifest.table);
  }

  /// Checks a rule; one that can run waits for `judge`.
  void take(std::size_t job, const RuleJob& given, DetectionRun& run);
  bool has_rules() const { return !rules_.empty(); }
  Status judge(const rules::Moment& moment, RuleHits& hits);
  Status finish(std::span<DetectionRun> runs, RuleHits& hits);

 private:
  using Outcomes = std::vector<rules::RuleOutcome>;

  void set_error(Error error) {
    const std::lock_guard lock(turn_);
    if (!error_) error_ = std::move(error);
  }
  void tell(RuleProgress progress) const {
    if (!options_.on_progress) return;
    progress.kind = &kind_;
    progress.rules = rules_.size();
    options_.on_progress(progress);
  }
  const dossier::Bucket& open(const dossier::DossierFiles& files, std::size_t bucket);
  void done(std::size_t bucket, const Outcomes& outcomes, const rules::Moment& moment,
            RuleHits& hits);
  void add(std::size_t rule, const dossier::Bucket& bucket, const rules::RuleOutcome& outcome);

  const lake::Workspace& workspace_;
  const catalog::Catalog& catalog_;
  const lake::Snapshot& snapshot_;
  const catalog::DossierKind& kind_;
  const RuleRunnerOptions& options_;
  unsigned threads_;
  std::set<std::string> delivered_;

  std::vector<rules::CheckedRule> rules_;
  std::vector<Judged> judged_;  ///< by rule
  std::vector<std::optional<dossier::MappedBucket>> mapped_;
  dossier::OwnedBucket nobody_;  ///< in place of a bucket that cannot be read
  std::mutex turn_;              ///< over what follows
  std::size_t buckets_done_ = 0;
  std::optional<Error> error_;
};

void KindRun::take(std::size_t job, const RuleJob& given, DetectionRun& run) {
  auto checked = rules::check_rule_of(catalog_, *given.rule, given_params(given));
  if (!checked) {
    run.state = RunState::failed;
    run.error = checked.error();
    return;
  }
  const rules::RuleSet alone({&*checked, 1});
  std::set<std::string> missing;
  for (const auto list : alone.needed_lists(0)) {
    for (auto& table : tables_wanted(kind_.lists[list], delivered_)) missing.insert(table);
  }
  if (!missing.empty()) {
    run.state = RunState::not_run;
    run.missing_tables.assign(missing.begin(), missing.end());
    return;
  }
  Judged judged;
  judged.job = job;
  judged.excluded.resize(checked->exclusions.size());
  rules_.push_back(std::move(*checked));
  judged_.push_back(std::move(judged));
}

const dossier::Bucket& KindRun::open(const dossier::DossierFiles& files, std::size_t bucket) {
  if (options_.stop.stop_requested()) return nobody_.bucket();
  auto mapped = files.map(bucket);
  if (!mapped) {
    set_error(mapped.error());
    return nobody_.bucket();
  }
  return mapped_[bucket].emplace(std::move(*mapped)).bucket();
}

void KindRun::add(std::size_t rule, const dossier::Bucket& bucket,
                  const rules::RuleOutcome& outcome) {
  auto& judged = judged_[rule];
  judged.time += outcome.time;
  judged.faults += outcome.faults;
  for (std::size_t i = 0; i < judged.excluded.size(); ++i)
    judged.excluded[i] += outcome.excluded[i];
  if (!outcome.first_fault) return;
  // Buckets come in any order; which fault is shown must not depend on it.
  const std::string subject(bucket.id(outcome.first_fault->subject));
  if (!judged.fault_subject.empty() && judged.fault_subject <= subject) return;
  const auto& checked = rules_[rule];
  const auto& fault = outcome.first_fault->fault;
  judged.fault_subject = subject;
  judged.fault_words = fmt::format("{}: {}", rules::fault_name(fault.fault),
                                   checked.written(checked.nodes[fault.at]));
}

void KindRun::done(std::size_t bucket, const Outcomes& outcomes, const rules::Moment& moment,
                   RuleHits& hits) {
  const auto& mapped = mapped_[bucket];
  if (!mapped) return;
  const auto& there = mapped->bucket();
  std::vector<std::vector<rules::Hit>> described(outcomes.size());
  for (std::size_t rule = 0; rule < outcomes.size(); ++rule) {
    for (const auto& hit : outcomes[rule].hits) {
      const auto row = hit.row == rules::CompactHit::no_row ? std::nullopt : std::optional(hit.row);
      described[rule].push_back(
          rules::describe_hit(rules_[rule], {&there, hit.subject}, row, moment));
    }
  }
  {
    const std::lock_guard lock(turn_);
    for (std::size_t rule = 0; rule < outcomes.size(); ++rule) {
      add(rule, there, outcomes[rule]);
      if (auto added = hits.add(judged_[rule].job, described[rule]); !added && !error_)
        error_ = added.error();
    }
    tell({.done = ++buckets_done_, .total = mapped_.size()});
  }
  mapped_[bucket].reset();
}

Status KindRun::judge(const rules::Moment& moment, RuleHits& hits) {
  dossier::BuildOptions build;
  build.threads = threads_;
  build.memory_bytes = options_.memory_bytes;
  build.stop = options_.stop;
  build.on_step = [&](const std::string& list, std::size_t done, std::size_t total) {
    tell({.building = true, .list = list, .done = done, .total = total});
  };
  const auto files = dossier::open_or_build(workspace_, catalog_, snapshot_, kind_, build);
  if (!files) {
    if (options_.stop.stop_requested()) return interrupted();
    return fail(files.error());
  }
  mapped_.resize(files->buckets());
  const rules::RuleSet set(rules_);
  tell({.total = mapped_.size()});
  rules::run_buckets(
      set, mapped_.size(), threads_, moment,
      [&](std::size_t bucket) -> const dossier::Bucket& { return open(*files, bucket); },
      [&](std::size_t bucket, const Outcomes& outcomes) { done(bucket, outcomes, moment, hits); });
  if (options_.stop.stop_requested()) return interrupted();
  if (error_) return fail(*error_);
  return {};
}

Status KindRun::finish(std::span<DetectionRun> runs, RuleHits& hits) {
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    const auto& judged = judged_[rule];
    auto& run = runs[judged.job];
    const auto written = hits.write(judged.job, hits_file(options_.run_folder, run.code));
    if (!written) return fail(written.error());
    run.hits = *written;
    run.ms = std::chrono::duration_cast<std::chrono::milliseconds>(judged.time).count();
    for (std::size_t i = 0; i < judged.excluded.size(); ++i) {
      const auto dropped = static_cast<std::int64_t>(judged.excluded[i]);
      if (dropped == 0) continue;
      const auto& exclusion = rules_[rule].exclusions[i];
      run.excluded += dropped;
      run.excluded_by[exclusion.code + " " + exclusion.name] += dropped;
    }
    run.faults = static_cast<std::int64_t>(judged.faults);
    run.fault_subject = judged.fault_subject;
    run.fault_words = judged.fault_words;
  }
  return {};
}

/// An engine over the tables of the snapshot.
struct Lake {
  lake::Engine engine;
  lake::Connection connection;
};

Result<Lake> open_lake(const catalog::Catalog& catalog, const lake::Snapshot& snapshot,
                       const RunnerOptions& options) {
  lake::EngineOptions engine_options;
  engine_options.threads = options.threads;
  engine_options.memory_bytes = options.memory_bytes;
  engine_options.temp_folder = options.spill_folder;
  auto engine = lake::Engine::open(engine_options);
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  if (auto made = lake::create_table_views(*connection, catalog, snapshot); !made)
    return fail(made.error());
  return Lake{std::move(*engine), std::move(*connection)};
}

}  // namespace

Result<std::vector<DetectionRun>> run_rules(const lake::Workspace& workspace,
                                            const catalog::Catalog& catalog,
                                            const lake::Snapshot& snapshot,
                                            std::span<const RuleJob> jobs,
                                            const RuleRunnerOptions& options) {
  if (auto made = make_run_folders(options); !made) return fail(made.error());
  auto there = open_lake(catalog, snapshot, options);
  if (!there) return fail(there.error());
  const auto policies = rules::read_policies(there->connection);
  if (!policies) return fail(policies.error());
  auto hits = RuleHits::open(there->connection);
  if (!hits) return fail(hits.error());

  std::vector<DetectionRun> runs;
  for (const auto& job : jobs) runs.push_back(run_of(job));
  for (const auto& kind : catalog.dossiers) {
    KindRun of_kind(workspace, catalog, snapshot, kind, options);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (jobs[i].rule->about == kind.subject) of_kind.take(i, jobs[i], runs[i]);
    }
    if (of_kind.has_rules()) {
      if (auto judged = of_kind.judge({options.as_of, &*policies}, *hits); !judged)
        return fail(judged.error());
      if (auto finished = of_kind.finish(runs, *hits); !finished) return fail(finished.error());
    }
  }
  if (options.on_end) {
    for (const auto& run : runs) options.on_end(run);
  }
  return runs;
}

Result<std::vector<Hit>> judge_again(const catalog::Catalog& catalog,
                                     const lake::Snapshot& snapshot, const RuleJob& job,
                                     const std::string& subject_id, const RunnerOptions& options) {
  const auto checked = rules::check_rule_of(catalog, *job.rule, given_params(job));
  if (!checked) return fail(checked.error());
  auto there = open_lake(catalog, snapshot, options);
  if (!there) return fail(there.error());
  const auto policies = rules::read_policies(there->connection);
  if (!policies) return fail(policies.error());
  const auto bucket = dossier::build_bucket(there->connection, catalog, *checked->kind, subject_id);
  if (!bucket) return fail(bucket.error());
  const auto subject = bucket->bucket().find(subject_id);
  if (!subject) return std::vector<Hit>();
  const auto outcome =
      rules::interpret(*checked, {&bucket->bucket(), *subject}, {options.as_of, &*policies});
  std::vector<Hit> hits;
  for (const auto& hit : outcome.hits) {
    auto& one = hits.emplace_back();
    one.subject_id = hit.subject_id;
    one.month = hit.month;
    one.amount_fen = hit.amount_fen;
    one.person_id_no = hit.person_id_no;
    one.scheme = hit.scheme;
    one.item = hit.item;
    for (const auto& row : hit.evidence) one.evidence.push_back({row.table, row.key});
    one.values = hit.values;
  }
  return hits;
}

}  // namespace anlan::detect
