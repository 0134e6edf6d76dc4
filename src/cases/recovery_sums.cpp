#include "cases/recovery_sums.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace anlan::cases {
namespace {

// Fen × days × millionths pass 64 bits long before they become money again.
__extension__ using Wide = __int128;

constexpr Wide million = 1'000'000;

}  // namespace

std::vector<InstalmentState> states_of(const std::vector<Instalment>& plan, Fen paid, Date today) {
  std::vector<InstalmentState> states;
  for (const auto& part : plan) {
    const Fen of_it = std::min(part.amount, paid);
    paid = paid - of_it;
    states.push_back({part, of_it, of_it < part.amount && today > part.due_on});
  }
  return states;
}

Fen interest_of(const catalog::InterestRule& rule, catalog::Rounding rounding, Fen due, Date due_on,
                const std::vector<Payment>& payments, Date until) {
  auto sorted = payments;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Payment& a, const Payment& b) { return a.on < b.on; });
  // A day's charge is on what is open at its beginning, so a payment's own day still counts.
  Wide exact = 0;
  Fen open = due;
  Date charged_to = due_on;
  for (const auto& payment : sorted) {
    if (payment.on > until) break;
    if (payment.on > charged_to) {
      exact += Wide{open.value} * (payment.on.days - charged_to.days) * rule.per_day_per_million;
      charged_to = payment.on;
    }
    open = open - payment.amount;
    CHECK(open.value >= 0);
  }
  if (until > charged_to)
    exact += Wide{open.value} * (until.days - charged_to.days) * rule.per_day_per_million;
  Wide fen = (exact + (rounding == catalog::Rounding::half_up ? million / 2 : 0)) / million;
  if (rule.cap_per_mille) fen = std::min(fen, Wide{due.value} * *rule.cap_per_mille / 1000);
  // Without a cap a century of it still fits: the greatest amount is checked where it is
  // registered.
  CHECK(fen <= Wide{INT64_MAX});
  return Fen{static_cast<std::int64_t>(fen)};
}

}  // namespace anlan::cases
