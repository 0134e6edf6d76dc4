#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "access/actor.hpp"
#include "access/identity_key.hpp"
#include "base/instant.hpp"
#include "base/month.hpp"
#include "base/result.hpp"
#include "cases/case_id.hpp"
#include "catalog/catalog.hpp"
#include "duties/matter.hpp"
#include "store/database.hpp"

namespace anlan::cases {

/// The tables of this folder.
const store::Schema& schema();

/// By when the next step is to be done. Where the working days of a year that counts are not known,
/// only its weekends are left out, and that is said.
struct Due {
  Date on = never;
  bool weekends_only = false;

  static constexpr Date never{2'932'896};  ///< 9999-12-31: nothing is due
  bool is_never() const { return on == never; }
  friend bool operator==(const Due&, const Due&) = default;
};

/// How a lead ended that was verified.
enum class LeadResult { confirmed, partly, unfounded, unverifiable };
std::string name_of(LeadResult result);
std::optional<LeadResult> result_named(std::string_view name);

/// A lead at the desk. What its subject is called stands here masked; the whole lead is a line of
/// its run (leads::LeadBook::line).
struct DeskLead {
  std::string lead_id;
  std::string code;
  std::string detection;
  std::string severity;  ///< high, medium, low
  int score_tenths = 0;
  int verify_within_days = 0;
  std::string subject_kind;
  std::string subject_shown;
  access::Blind subject_blind;
  std::int32_t month_from = 0;  ///< YYYYMM, 0 if none
  std::int32_t month_to = 0;
  std::string amount_kind;
  std::int64_t amount_fen = 0;
  std::int64_t n_hits = 0;
  std::int64_t expected_fen = 0;  ///< likely to come back: what the queue is ordered by
  std::string first_run;
  std::string last_run;  ///< the run whose figures these are
  Instant found_at;
  std::string change;   ///< as leads::change_name
  bool present = true;  ///< false: the newest run of its detection no longer finds it
  std::string state;    ///< of catalog/procedures/lead.yaml
  std::string organisation;
  std::optional<CaseId> case_id;
  Due due;
  std::optional<duties::MatterId> matter;  ///< its dismissal waits to be decided
  std::optional<LeadResult> result;
  std::optional<std::int64_t> confirmed_fen;
  std::optional<Instant> ended_at;
  std::int64_t reopened_times = 0;
  std::int64_t version = 0;
};

/// Which leads are wanted; an empty list lets all through.
struct LeadFilter {
  std::vector<std::string> organisations;
  std::vector<std::string> states;
  std::vector<std::string> codes;
  std::vector<std::string> severities;
  std::optional<CaseId> case_id;
  std::optional<access::Blind> subject;
};

enum class LeadOrder {
  queue,        ///< expected amount and score downwards, then due day, then id
  score_down,   ///< equal ones by id, downwards too
  amount_down,  ///< likewise
  due,          ///< what is due first; equal ones by id
};

/// Where a page begins: behind this lead, even if it is gone meanwhile.
struct LeadPlace {
  std::string key;  ///< of the queue; else the number the order looks at, in digits
  std::string lead_id;
};

struct LeadTotals {
  std::int64_t leads = 0;
  std::int64_t amount_fen = 0;
  std::int64_t expected_fen = 0;
};

struct LeadPage {
  std::vector<DeskLead> leads;
  LeadTotals totals;              ///< of all that the filter lets through
  std::optional<LeadPlace> next;  ///< nothing on the last page
};

/// Where the actor reads leads ("lead_read"); all of it on the console.
access::Scope readable_leads(const access::Actor& actor);

/// Those where the actor has "lead_read". Uses an index for every order and filter; its time does
/// not grow with how many leads there are, but with how many kinds of them.
/// Errors: invalid_input "lead.place" for a place that is none; of Transaction.
Result<LeadPage> list_leads(store::Transaction& transaction, const access::Actor& actor,
                            const LeadFilter& filter, LeadOrder order,
                            const std::optional<LeadPlace>& after, std::size_t limit);

/// The sums of a filter.
Result<LeadTotals> count_leads(store::Transaction& transaction, const access::Actor& actor,
                               const LeadFilter& filter);

/// Errors: not_found "lead.not_found", also for one outside the actor's scope.
Result<DeskLead> find_lead(store::Transaction& transaction, const access::Actor& actor,
                           const std::string& lead_id);

/// Something that was done to a lead or case.
struct CaseEvent {
  std::int64_t id = 0;
  std::optional<CaseId> case_id;
  std::string lead_id;  ///< "" if it was done to the whole case
  std::string act;      ///< of the procedure, or "merge", "note", "grown" …
  std::string from;     ///< states; "" if it changed none
  std::string to;
  std::optional<access::PersonId> person;
  std::string by;    ///< "account:7", or "program"
  std::string post;  ///< under which they acted; "" if none
  std::string reason;
  std::optional<std::int64_t> document;
  Instant at;
};

/// What was done to a lead, and to its cases while it was in them, oldest first. Errors: as
/// find_lead.
Result<std::vector<CaseEvent>> lead_events(store::Transaction& transaction,
                                           const access::Actor& actor, const std::string& lead_id);

// Acts of people. Each checks the actor, changes what it is about if that is still at `version`,
// and tells the journal, all in the caller's transaction.
//
// Errors of each:
//   not_found "lead.not_found"        none, or outside the actor's scope
//   forbidden "access.no_right"       naming the right
//   conflict  "store.stale"           changed since they looked
//   conflict  "lead.state"            not to be done in this state, which it names
//   conflict  "lead.matter_open"      its dismissal waits to be decided
//   conflict  "lead.in_case"          its case is worked on as a whole
//   invalid_input "case.reason"       no reason was given; "case.reason_long"

/// Worth a look: new or found again → screened. Needs "lead_screen".
Result<DeskLead> screen(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, const std::string& lead_id,
                        std::int64_t version, Instant now);

/// Proposes that a lead is not worth a look; the head of supervision decides it as a matter of
/// chain "lead_dismissal" (decide.hpp). If that was sent back, this proposes it anew. Errors
/// besides: those of duties::open_matter and duties::change_matter.
Result<duties::MatterId> propose_dismissal(store::Transaction& transaction,
                                           const access::Actor& actor,
                                           const catalog::Catalog& catalog,
                                           const std::string& lead_id, std::int64_t version,
                                           const std::string& reason, Instant now);

}  // namespace anlan::cases
