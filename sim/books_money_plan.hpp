#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/books_draw.hpp"
#include "sim/books_input.hpp"

namespace anlan::sim {

inline constexpr std::array<std::int32_t, 9> book_schemes = {110, 120, 170, 210, 310,
                                                             330, 390, 410, 510};
inline constexpr std::int64_t yuan = 100;

/// What goes wrong, and what only seems to, in which scheme. Each account has one role per
/// detection.
struct MoneyPlan {
  std::array<std::int32_t, book_schemes.size()> order;  ///< schemes, shuffled
  std::vector<std::int32_t> collecting;                 ///< schemes with contributions, shuffled
  std::map<std::string, int> batch_variant;             ///< FA-07: batch_id → 1, 2, 3
  std::map<std::string, std::int64_t> batch_difference;
  std::map<std::string, bool> batch_look_alike;

  int rank(std::int32_t scheme) const {
    return static_cast<int>(std::find(order.begin(), order.end(), scheme) - order.begin());
  }
  int collecting_rank(std::int32_t scheme) const {
    return static_cast<int>(std::find(collecting.begin(), collecting.end(), scheme) -
                            collecting.begin());
  }
  /// FA-07: what is wrong with a batch, 0 for nothing, and by how much.
  int variant_of(const PaidBatch& batch) const {
    const auto found = batch_variant.find(batch.batch_id);
    return found == batch_variant.end() ? 0 : found->second;
  }
  std::int64_t difference_of(const PaidBatch& batch) const {
    const auto found = batch_difference.find(batch.batch_id);
    return found == batch_difference.end() ? 0 : found->second;
  }
};

MoneyPlan plan_money(const BooksInput& input, const BookDraw& draw);

}  // namespace anlan::sim
