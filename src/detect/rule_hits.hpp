#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "lake/engine.hpp"
#include "rules/hit.hpp"

namespace anlan::detect {

/// Takes the hits of many rules in any order and writes those of each rule in their one order. What
/// does not fit into the engine's memory it spills. Borrows the connection.
class RuleHits {
 public:
  /// Errors: as Connection::run.
  static Result<RuleHits> open(lake::Connection& connection);
  RuleHits(RuleHits&&) noexcept;
  RuleHits& operator=(RuleHits&&) noexcept;
  ~RuleHits();

  /// Hits of the rule with this number, those of one subject in one call and in the rule's order.
  /// Not thread-safe. Errors: unavailable "engine.sql".
  Status add(std::size_t rule, std::span<const rules::Hit> hits);
  /// Writes `file`, by subject and then in the rule's order, and says how many hits it holds; once
  /// all have been added. `read_hits` reads it.
  Result<std::int64_t> write(std::size_t rule, const std::filesystem::path& file);

 private:
  struct State;
  explicit RuleHits(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace anlan::detect
