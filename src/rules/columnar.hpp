#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dossier/dossier.hpp"
#include "rules/checked.hpp"
#include "rules/interpret.hpp"

namespace anlan::rules {

/// A hit without its words: describe_hit gives the rest.
struct CompactHit {
  static constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t subject = 0;   ///< index in the bucket
  std::uint32_t row = no_row;  ///< of `each`: its index in the bucket's list
  std::int32_t month = 0;      ///< as Hit::month
  std::optional<std::int64_t> amount_fen;

  friend bool operator==(const CompactHit&, const CompactHit&) = default;
};

/// What one rule says about the dossiers of one bucket.
struct RuleOutcome {
  struct Example {
    std::uint32_t subject = 0;
    RowFault fault;
  };

  std::vector<CompactHit> hits;       ///< by subject, then row
  std::vector<std::size_t> excluded;  ///< hits dropped by each of CheckedRule::exclusions
  std::size_t faults = 0;             ///< rows, or dossiers, on which the rule has an error
  std::optional<Example> first_fault;
  std::chrono::nanoseconds time{0};  ///< what several rules need is counted with the first of them
};

/// Subjects go in blocks, so that the columns that rules read of them stay in the processor's cache
/// from one rule to the next: at most so many, with so many rows of their longest list.
struct BlockSize {
  std::uint32_t rows = 8192;
  std::uint32_t subjects = 4096;
};

/// Many rules of one subject kind made ready to run together, over columns instead of rows: gives
/// exactly what `interpret` gives. Borrows the rules. Immutable, so threads may share it.
class RuleSet {
 public:
  explicit RuleSet(std::span<const CheckedRule> rules, BlockSize block = {});
  ~RuleSet();
  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;

  /// By rule. The bucket must be of the rules' kind.
  std::vector<RuleOutcome> run(const dossier::Bucket& bucket, const Moment& moment) const;
  /// The same of one dossier; `time` stays 0.
  std::vector<RuleOutcome> run(const dossier::Dossier& dossier, const Moment& moment) const;
  /// The same into outcomes of an earlier call, whose memory is used again.
  void run(const dossier::Dossier& dossier, const Moment& moment,
           std::vector<RuleOutcome>& outcomes) const;

  std::span<const CheckedRule> rules() const { return rules_; }
  /// The lists of which every subject a rule picks has a row, by index in the kind: where none has,
  /// the rule finds nothing.
  std::vector<std::size_t> needed_lists(std::size_t rule) const;

 private:
  std::span<const CheckedRule> rules_;
  BlockSize block_;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Runs the rules over `buckets` of them with `threads` threads. `open` gives a bucket, which must
/// live until `done` has been called with its outcomes; both are called from any of the threads,
/// `done` of buckets in no certain order. What each bucket says does not depend on the threads.
void run_buckets(
    const RuleSet& rules, std::size_t buckets, std::size_t threads, const Moment& moment,
    const std::function<const dossier::Bucket&(std::size_t bucket)>& open,
    const std::function<void(std::size_t bucket, std::vector<RuleOutcome> outcomes)>& done);

}  // namespace anlan::rules
