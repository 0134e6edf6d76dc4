#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/table_writer.hpp"

namespace anlan::sim {

/// What a person of the cast does beside an ordinary life, fact by fact, written as it stands.
/// Months are offsets from the city's first, `never` where there is none; dates may be no_date.

inline constexpr std::int16_t open_end = INT16_MAX;
inline constexpr std::int16_t never = INT16_MIN;

/// One benefit item, month by month.
struct PaidItem {
  std::int32_t scheme = 110;
  const char* item = "";
  std::int16_t from = 0;
  std::int16_t to = 0;
  std::int64_t fen = 0;
  bool periodic = true;
  std::int16_t settled = never;     ///< all paid together in this month, as back-pay
  std::int16_t taken_back = never;  ///< all reversed in this month
};

struct GrantFact {
  std::int32_t scheme = 170;
  std::int16_t start = 0;
  std::int16_t grant = 0;
  int total_months = 180;
  std::int64_t granted_fen = 0;
  const char* retire_kind = "";
};

/// Contributions for the months due `from` to `to`.
struct LevyFact {
  std::uint32_t payer = 0;
  std::int32_t scheme = 110;
  std::int16_t from = 0;
  std::int16_t to = 0;
  std::int64_t base_fen = 0;
  const char* type =
      "10";  ///< list levy_type; all but 10 and of other months stand on a bill of their own
  std::int16_t settled = never;  ///< settled together in this month; never: each in its own
  const char* doc_basis = "";    ///< list backpay_basis
};

struct WageFact {
  std::uint32_t payer = 0;
  std::int16_t from = 0;
  std::int16_t to = 0;
  std::int64_t fen = 0;
};

struct DeathFact {
  const char* source = "1";  ///< list death_source; "3" stands in ext_cremation
  Date day;
  bool of_another = false;  ///< recorded under this number by mistake: the name is another's
  int days_late = 10;       ///< until the record is received
};

struct CustodyFact {
  const char* kind = "1";  ///< list custody_kind
  Date from;
  Date to;
  Date released = no_date;
  bool of_another = false;
  int days_late = 20;
};

struct CrossingFact {
  char dir = 'O';
  Date day;
};

struct ServiceFact {  ///< in the army
  Date from;
  Date to;
};

struct CheckFact {
  Date day;
  const char* channel = "2";
  const char* result = "1";
};

struct DrugFact {
  int code = 100;
  int days_supply = 7;
};

struct ClaimFact {
  std::uint32_t inst = 0;
  const char* kind = "21";  ///< list visit_kind
  Date from;
  Date to = no_date;  ///< no_date for an outpatient
  const char* dx = "J18";
  const char* state = "1";   ///< list discharge_state
  std::int64_t invoice = 0;  ///< number of an invoice that others hold too; 0: one of its own
  bool manual = false;
  bool reversed = false;
  std::vector<DrugFact> drugs;
};

struct SpellFact {  ///< of unemployment
  std::uint32_t payer = 0;
  std::int16_t leave = 0;
  std::int16_t from = 0;
  std::int16_t to = 0;
  int paid_before = 0;
  int entitled = 0;
};

struct InjuryFact {
  std::uint32_t payer = 0;
  Date accident;
  int grade = 0;  ///< 0: none
  std::int64_t own_wage_fen = 0;
  bool fatal = false;
};

struct BirthFact {
  const char* event = "1";  ///< list maternity_event
  Date day;
  bool spouse = false;
};

struct TransferFact {
  std::int32_t scheme = 110;
  char dir = '2';
  int actual_months = 0;
};

struct SurvivorFact {  ///< draws on the injury case of `deceased`
  std::int32_t deceased = -1;
  const char* relation = "1";
  std::int16_t from = 0;
};

/// A case at the counter with more papers than the usual two.
struct CaseFact {
  const char* biz_type = "SUP";
  std::int16_t closed = 0;
  std::vector<const char*> papers;  ///< list archive_category
};

struct ChangeFact {
  const char* field = "";
  std::string before;
  std::string after;
  Date day;
};

struct Script {
  std::vector<PaidItem> paid;
  std::vector<GrantFact> grants;
  std::vector<LevyFact> levies;
  std::vector<WageFact> wages;
  std::vector<DeathFact> deaths;
  std::vector<CustodyFact> custody;
  std::vector<CrossingFact> crossings;
  std::vector<ServiceFact> services;
  std::vector<CheckFact> checks;
  std::vector<ClaimFact> claims;
  std::vector<SpellFact> spells;
  std::vector<InjuryFact> injuries;
  std::vector<BirthFact> births;
  std::vector<TransferFact> transfers;
  std::vector<SurvivorFact> survivors;
  std::vector<CaseFact> cases;
  std::vector<ChangeFact> changes;
  Date dismissed = no_date;     ///< from the establishment
  const char* household = "1";  ///< list household_state
  Date household_changed = no_date;
};

/// How a pension of the cast departs from what the law would make of the person.
struct PensionTwist {
  const char* retire_kind = "2";
  int total_months = -1;
  int deemed_months = -1;
  int granted_percent = 100;
  int special_months = 0;
  const char* special_type = "";
  std::int16_t late = 0;  ///< months between the start and the grant
  std::int16_t last_paid = open_end;
  /// Payments from here on, by default those after the death, are taken back in month `back_to`.
  std::int16_t back_from = never;
  std::int16_t back_to = never;
  std::int16_t paused = never;         ///< suspended from this month …
  std::int16_t resumed = never;        ///< … and resumed, with back-pay, in this
  bool one_operator = false;           ///< who suspended also resumes
  std::int16_t checks_end = open_end;  ///< no qualification check from this month on
};

}  // namespace anlan::sim
