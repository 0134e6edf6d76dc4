#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fen.hpp"
#include "base/month.hpp"
#include "catalog/recovery_terms.hpp"

namespace anlan::cases {

// The arithmetic of money that is due: pure, in integer fen.

/// What became of money that was due.
struct Payment {
  Date on;
  Fen amount;
};

/// One part of an agreed plan.
struct Instalment {
  Date due_on;
  Fen amount;
  friend bool operator==(const Instalment&, const Instalment&) = default;
};

/// How an agreed part stands.
struct InstalmentState {
  Instalment agreed;
  Fen paid;              ///< of it; what is paid goes to the earliest part first
  bool overdue = false;  ///< its day is over and it is not paid in full
};

/// In:    parts by day; `paid` since the plan was agreed, of whatever kind.
/// Out:   one state for each part, in the same order. A part is overdue from the day after its own.
std::vector<InstalmentState> states_of(const std::vector<Instalment>& plan, Fen paid, Date today);

/// What an amount has cost by the end of `until`: for each day after `due_on`, the part of `due`
/// that is open at its beginning, times the rule's rate; the exact sum is rounded once and then
/// held to the rule's cap. Payments in any order; one on or before `due_on` lowers the sum from the
/// start, a later one from the day after it.
/// In:    due ≥ 0; payments ≥ 0 and together ≤ due.
/// Unit:  fen; rates in millionths a day.
Fen interest_of(const catalog::InterestRule& rule, catalog::Rounding rounding, Fen due, Date due_on,
                const std::vector<Payment>& payments, Date until);

}  // namespace anlan::cases
