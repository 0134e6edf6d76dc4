#include "rules/columnar.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/check.hpp"
#include "rules/columnar_evaluator.hpp"
#include "rules/columnar_kernels.hpp"
#include "rules/columnar_program.hpp"
#include "rules/columnar_values.hpp"

namespace anlan::rules {
namespace {

using namespace columnar;
using Clock = std::chrono::steady_clock;

std::uint32_t block_end(const dossier::Bucket& bucket, BlockSize block, std::uint32_t first,
                        std::uint32_t last) {
  auto end = std::min(last, first + block.subjects);
  for (const auto& list : bucket.lists) {
    const auto limit = list.offsets[first] + block.rows;
    const auto begin = list.offsets.begin() + first;
    const auto past = std::upper_bound(begin, list.offsets.begin() + end + 1, limit);
    end = std::min(end, static_cast<std::uint32_t>(past - list.offsets.begin()) - 1);
  }
  return std::max(end, first + 1);
}

/// One rule on one block after the other. Its memory is used again.
class Runner {
 public:
  explicit Runner(const Program& program) : program_(program), evaluator_(program) {
    asked_.resize(program.nodes.size());
    kept_.resize(program.nodes.size());
    for (const auto& plan : program.rules) conjuncts_.push_back(plan.conjuncts);
  }

  void bind(const dossier::Bucket& bucket, const Moment& moment) {
    bucket_ = &bucket;
    moment_ = &moment;
    evaluator_.bind(bucket, moment);
  }

  void run_all(BlockSize block, std::vector<RuleOutcome>& outcomes) {
    clear(outcomes);
    const auto subjects = static_cast<std::uint32_t>(bucket_->subjects);
    for (std::uint32_t first = 0; first < subjects;) {
      const auto end = block_end(*bucket_, block, first, subjects);
      auto& frame = evaluator_.begin(first, end);
      auto before = Clock::now();
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        judge(i, frame, outcomes[i]);
        const auto now = Clock::now();
        outcomes[i].time += now - before;
        before = now;
      }
      for (std::size_t i = 0; i < outcomes.size(); ++i) reorder(i);
      first = end;
    }
  }

  void run_one(std::uint32_t subject, std::vector<RuleOutcome>& outcomes) {
    clear(outcomes);
    auto& frame = evaluator_.begin(subject, subject + 1);
    for (std::size_t i = 0; i < outcomes.size(); ++i) judge(i, frame, outcomes[i]);
    constexpr std::size_t dossiers = 64;  // our choice: enough to have seen something
    if (++ones_ % dossiers != 0) return;
    for (std::size_t i = 0; i < outcomes.size(); ++i) reorder(i);
  }

 private:
  void judge(std::size_t rule, Frame& subjects, RuleOutcome& out);
  void reorder(std::size_t rule);
  void clear(std::vector<RuleOutcome>& outcomes) const;
  Frame* left(Frame& frame, std::span<const NodeIndex> conjuncts, bool may_fail);
  void judge_rows(const RulePlan& plan, Frame& frame, RuleOutcome& out);
  void judge_row(const RulePlan& plan, Frame& frame, std::size_t place, RuleOutcome& out);

  const Program& program_;
  const dossier::Bucket* bucket_ = nullptr;
  const Moment* moment_ = nullptr;
  Evaluator evaluator_;
  std::size_t ones_ = 0;
  std::vector<NodeIndex> open_;  ///< conjuncts that may not hold for all items left
  std::vector<std::vector<NodeIndex>> conjuncts_;  ///< by rule
  std::vector<double> asked_, kept_;  ///< by conjunct: of how many items, and how many it left
};

void Runner::clear(std::vector<RuleOutcome>& outcomes) const {
  outcomes.resize(program_.rules.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto& one = outcomes[i];
    one.hits.clear();
    one.excluded.assign(program_.rules[i].exclusions.size(), 0);
    one.faults = 0;
    one.first_fault.reset();
    one.time = {};
  }
}

/// Items for which no conjunct is false; null if there are none.
Frame* Runner::left(Frame& frame, std::span<const NodeIndex> conjuncts, bool may_fail) {
  auto* at = &frame;
  for (const auto conjunct : conjuncts) {
    const auto [kept, settled] = evaluator_.choose(conjunct, *at, may_fail);
    asked_[conjunct] += at->count;
    kept_[conjunct] += kept->count;
    if (kept->count == 0) return nullptr;
    if (!settled) open_.push_back(conjunct);
    at = kept;
  }
  return at;
}

/// Among dear conjuncts those first that leave few items for their cost, as seen so far.
void Runner::reorder(std::size_t rule) {
  const auto& plan = program_.rules[rule];
  auto& conjuncts = conjuncts_[rule];
  const auto dear = conjuncts.begin() + static_cast<std::ptrdiff_t>(plan.cheap_conjuncts);
  if (conjuncts.end() - dear < 2) return;
  const auto price = [&](NodeIndex at) {
    const auto left = asked_[at] > 0 ? kept_[at] / asked_[at] : 0.5;
    return program_.nodes[at].cost / (1.01 - left);
  };
  std::stable_sort(dear, conjuncts.end(),
                   [&](NodeIndex a, NodeIndex b) { return price(a) < price(b); });
}

void Runner::judge(std::size_t rule, Frame& subjects, RuleOutcome& out) {
  const auto& plan = program_.rules[rule];
  if (plan.rule->each && !evaluator_.has_rows(*plan.rule->each)) return;
  open_.clear();
  const std::span conjuncts(conjuncts_[rule]);
  auto* frame = left(subjects, conjuncts.first(plan.subject_conjuncts), plan.may_fail);
  if (frame == nullptr) return;
  if (plan.rule->each) frame = &evaluator_.rows(*frame, *plan.rule->each);
  if (frame->count == 0) return;
  frame = left(*frame, conjuncts.subspan(plan.subject_conjuncts), plan.may_fail);
  if (frame != nullptr) judge_rows(plan, *frame, out);
}

/// Where all conjuncts hold, the rule picks the item; where one fails and none is false, it is the
/// interpreter that says how.
void Runner::judge_rows(const RulePlan& plan, Frame& frame, RuleOutcome& out) {
  auto& arena = evaluator_.arena();
  auto* codes = arena.array<std::uint8_t>(frame.count);
  std::fill_n(codes, frame.count, code_true);
  for (const auto conjunct : open_) {
    const auto part = evaluator_.evaluate(conjunct, frame);
    const auto* with = part.as<std::uint8_t>();
    if (part.constant) {
      auto* spread = arena.array<std::uint8_t>(frame.count);
      std::fill_n(spread, frame.count, *with);
      with = spread;
    }
    columnar::logical_and(with, codes, frame.count, codes);
  }
  auto* places = arena.array<std::uint32_t>(frame.count);
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < frame.count; ++i) {
    places[count] = i;
    count += codes[i] == code_true || codes[i] == code_failed ? 1 : 0;
  }
  if (count == 0) return;
  auto& picked = count == frame.count ? frame : evaluator_.narrow(frame, places, count);
  for (std::size_t i = 0; i < count; ++i) judge_row(plan, picked, i, out);
}

void Runner::judge_row(const RulePlan& plan, Frame& frame, std::size_t place, RuleOutcome& out) {
  CompactHit hit;
  hit.subject = evaluator_.subject(frame, place);
  if (plan.rule->each) hit.row = evaluator_.item(frame, place);
  const auto ask_interpreter = [&] {
    const auto row = plan.rule->each ? std::optional(hit.row) : std::nullopt;
    auto said = interpret_row(*plan.rule, {bucket_, hit.subject}, row, *moment_);
    CHECK(said.faults.size() == 1 && said.hits.empty());
    ++out.faults;
    if (!out.first_fault) out.first_fault = {hit.subject, said.faults.front()};
  };
  for (const auto conjunct : open_) {
    if (Reader(evaluator_.evaluate(conjunct, frame), Kind::boolean).failed(place))
      return ask_interpreter();
  }
  for (std::size_t i = 0; i < plan.exclusions.size(); ++i) {
    const auto code = evaluator_.evaluate(plan.exclusions[i], frame);
    const auto one = code.as<std::uint8_t>()[code.at(place)];
    if (one == code_failed) return ask_interpreter();
    if (one != code_true) continue;
    ++out.excluded[i];
    return;
  }
  if (plan.month) {
    const auto value = evaluator_.evaluate(*plan.month, frame);
    const Reader month(value, Kind::month);
    if (month.failed(place)) return ask_interpreter();
    if (month.known(place)) hit.month = static_cast<std::int32_t>(month.number(place));
  }
  if (plan.amount) {
    const auto value = evaluator_.evaluate(*plan.amount, frame);
    const Reader amount(value, Kind::fen);
    if (amount.failed(place)) return ask_interpreter();
    if (amount.known(place)) hit.amount_fen = amount.number(place);
  }
  out.hits.push_back(hit);
}

}  // namespace

struct RuleSet::Parts {
  Program program;
  std::mutex one_at_a_time;
  std::vector<std::unique_ptr<Runner>> idle;  ///< made before, for whoever runs next

  std::unique_ptr<Runner> take() {
    {
      const std::lock_guard lock(one_at_a_time);
      if (!idle.empty()) {
        auto runner = std::move(idle.back());
        idle.pop_back();
        return runner;
      }
    }
    return std::make_unique<Runner>(program);
  }
  void give(std::unique_ptr<Runner> runner) {
    const std::lock_guard lock(one_at_a_time);
    idle.push_back(std::move(runner));
  }
};

RuleSet::RuleSet(std::span<const CheckedRule> rules, BlockSize block)
    : rules_(rules), block_(block), parts_(std::make_unique<Parts>()) {
  parts_->program = make_program(rules);
}
RuleSet::~RuleSet() = default;
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;

std::vector<RuleOutcome> RuleSet::run(const dossier::Bucket& bucket, const Moment& moment) const {
  CHECK(rules_.empty() || bucket.kind == parts_->program.kind);
  std::vector<RuleOutcome> outcomes;
  auto runner = parts_->take();
  runner->bind(bucket, moment);
  runner->run_all(block_, outcomes);
  parts_->give(std::move(runner));
  return outcomes;
}

void RuleSet::run(const dossier::Dossier& dossier, const Moment& moment,
                  std::vector<RuleOutcome>& outcomes) const {
  CHECK(rules_.empty() || dossier.bucket->kind == parts_->program.kind);
  auto runner = parts_->take();
  runner->bind(*dossier.bucket, moment);
  runner->run_one(static_cast<std::uint32_t>(dossier.subject), outcomes);
  parts_->give(std::move(runner));
}

std::vector<RuleOutcome> RuleSet::run(const dossier::Dossier& dossier, const Moment& moment) const {
  std::vector<RuleOutcome> outcomes;
  run(dossier, moment, outcomes);
  return outcomes;
}

std::vector<std::size_t> RuleSet::needed_lists(std::size_t rule) const {
  const auto& plan = parts_->program.rules[rule];
  std::vector<std::size_t> needed;
  for (const auto list : rules_[rule].lists_read) {
    if (rules_[rule].each == list ||
        columnar::needs_list(parts_->program, plan.conjuncts, static_cast<std::uint32_t>(list)))
      needed.push_back(list);
  }
  return needed;
}

void run_buckets(
    const RuleSet& rules, std::size_t buckets, std::size_t threads, const Moment& moment,
    const std::function<const dossier::Bucket&(std::size_t bucket)>& open,
    const std::function<void(std::size_t bucket, std::vector<RuleOutcome> outcomes)>& done) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (auto bucket = next++; bucket < buckets; bucket = next++)
      done(bucket, rules.run(open(bucket), moment));
  };
  std::vector<std::jthread> workers;
  for (std::size_t i = 1; i < std::min(threads, buckets); ++i) workers.emplace_back(work);
  work();
}

}  // namespace anlan::rules
