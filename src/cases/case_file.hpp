#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cases/lead.hpp"

namespace anlan::cases {

/// Leads of one subject, worked on together. There is one open case a subject.
struct CaseFile {
  CaseId id;
  std::string number;  ///< "2026-000123"
  std::string subject_kind;
  std::string subject_shown;  ///< masked
  access::Blind subject_blind;
  std::string organisation;
  std::string state;         ///< of catalog/procedures/lead.yaml
  std::string state_before;  ///< of a suspended case; else ""
  std::optional<access::PersonId> verifier;
  Instant opened_at;
  std::optional<Instant> dispatched_at;
  std::optional<Instant> concluded_at;
  std::optional<Instant> closed_at;
  Due due;
  std::optional<Instant> suspended_at;
  std::optional<Date> suspended_until;
  std::optional<int> days_left;            ///< working days, of a suspended case: its clock stands
  std::optional<duties::MatterId> matter;  ///< conclusion or closing that waits to be decided
  std::int64_t reopened_times = 0;
  std::int64_t version = 0;
};

struct CaseFilter {
  std::vector<std::string> organisations;
  std::vector<std::string> states;
  std::optional<access::PersonId> verifier;
  std::optional<access::Blind> subject;
  std::optional<Date> overdue_on;  ///< only what was due before this day
};

struct CasePlace {
  std::int64_t due_days = 0;
  std::int64_t case_id = 0;
};

struct CasePage {
  std::vector<CaseFile> cases;  ///< what is due first
  std::int64_t total = 0;
  std::optional<CasePlace> next;
};

/// Those where the actor has "case_read", and those they verify.
Result<CasePage> list_cases(store::Transaction& transaction, const access::Actor& actor,
                            const CaseFilter& filter, const std::optional<CasePlace>& after,
                            std::size_t limit);

/// Errors: not_found "case.not_found", also for one outside the actor's scope.
Result<CaseFile> find_case(store::Transaction& transaction, const access::Actor& actor, CaseId id);

/// Errors of all that follow: as find_case.
Result<std::vector<DeskLead>> leads_of_case(store::Transaction& transaction,
                                            const access::Actor& actor, CaseId id);
Result<std::vector<CaseEvent>> case_events(store::Transaction& transaction,
                                           const access::Actor& actor, CaseId id);

/// A paper of a case.
struct CaseDocument {
  std::int64_t id = 0;
  CaseId case_id;
  std::string kind;    ///< of the procedure's documents
  std::string number;  ///< "2026-000123-02"
  std::string sha256;  ///< of the file kept elsewhere, or of `text`
  std::string text;    ///< made here; "" if it is a file
  std::string made_by;
  Instant made_at;
};
Result<std::vector<CaseDocument>> case_documents(store::Transaction& transaction,
                                                 const access::Actor& actor, CaseId id);

/// Whether a kept file hangs on the case: as a paper, or named by a disposal, a report of what was
/// put right, a decision on who answers for it, or an answer. Errors: as find_case.
Result<bool> names_file(store::Transaction& transaction, const access::Actor& actor, CaseId id,
                        const std::string& sha256);

/// Somebody who stands aside.
struct Recusal {
  access::PersonId person;
  std::string ground;  ///< handler, kin, kin_of_handler, shared_phone, shared_account,
                       ///< shared_address, other
  bool found = false;  ///< by the program, in the data; else declared
  std::string reason;
  std::string entered_by;
  Instant entered_at;
};
Result<std::vector<Recusal>> recusals(store::Transaction& transaction, const access::Actor& actor,
                                      CaseId id);

// Acts of people, as in lead.hpp. Errors of each:
//   not_found "case.not_found"      none, or outside the actor's scope
//   forbidden "access.no_right"     naming the right
//   forbidden "case.recused"        they stand aside in this case; "case.subject", "case.kin",
//                                   "case.tied": it is about them or declared kin, or the data
//                                   tie them to it
//   forbidden "case.no_person"      the console, or a program's token
//   conflict  "store.stale"         changed since they looked
//   conflict  "case.state"          not to be done in this state, which it names
//   conflict  "case.matter_open"    conclusion or closing waits to be decided
//   invalid_input "case.reason"     no reason was given; "case.reason_long"

struct SeenLead {
  std::string lead_id;
  std::int64_t version = 0;
};

/// Puts screened leads of one subject into its open case, or into a new one. Needs "lead_screen".
/// Errors besides: invalid_input "case.no_leads", "case.other_subject"; conflict "lead.state",
/// "lead.in_case"; conflict "case.too_far" if the open case is past its verification.
Result<CaseFile> merge(store::Transaction& transaction, const access::Actor& actor,
                       const catalog::Catalog& catalog, const std::vector<SeenLead>& leads,
                       Instant now);

struct Dispatch {
  std::string organisation;                  ///< that verifies
  std::optional<access::PersonId> verifier;  ///< none: the organisation names one, or one accepts
};

/// Hands the case to an organisation, with a notice to verify and the day by which. Needs
/// "lead_assign" here and there. Errors besides: not_found "access.no_organisation"; those of
/// name_verifier.
Result<CaseFile> dispatch(store::Transaction& transaction, const access::Actor& actor,
                          const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                          const Dispatch& to, Instant now);

/// Names who verifies, until there is a conclusion. Needs "case_allot".
/// Errors besides: not_found "access.no_person"; invalid_input "case.verifier_post" if they hold no
/// post that may verify there.
Result<CaseFile> name_verifier(store::Transaction& transaction, const access::Actor& actor,
                               const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                               access::PersonId verifier, Instant now);

/// The verifier begins; without one named, the actor becomes it. Needs "lead_verify".
/// Errors besides: forbidden "case.other_verifier".
Result<CaseFile> accept(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                        Instant now);

/// Going on site, and back. By the verifier.
Result<CaseFile> go_onsite(store::Transaction& transaction, const access::Actor& actor,
                           const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                           const std::string& reason, Instant now);
Result<CaseFile> leave_site(store::Transaction& transaction, const access::Actor& actor,
                            const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                            const std::string& reason, Instant now);

struct NewRecusal {
  access::PersonId person;
  std::string ground;
  std::string reason;
};

/// Somebody stands aside from now on: oneself, or another by who has "lead_assign" or "case_allot".
/// A verifier who does is one no longer, and a case they had accepted waits to be accepted again.
/// Errors besides: invalid_input "case.ground"; conflict "case.recused_already".
Result<CaseFile> recuse(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                        const NewRecusal& recusal, Instant now);

struct NewDocument {
  std::string kind;    ///< verification_report, evidence or other
  std::string sha256;  ///< of a file kept in src/files
  std::string note;
};

/// A paper joins the case. By the verifier until there is a conclusion; afterwards by who has
/// "case_work". Errors besides: invalid_input "case.document_kind", "case.sha256".
Result<CaseDocument> add_document(store::Transaction& transaction, const access::Actor& actor,
                                  const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                                  const NewDocument& document, Instant now);

struct LeadConclusion {
  std::string lead_id;
  LeadResult result = LeadResult::unfounded;
  std::int64_t confirmed_fen = 0;  ///< 0 unless confirmed or partly
  std::string grounds;
};

/// The verifier's conclusion on every lead of the case; another person reviews it as a matter of
/// chain "lead_conclusion" (decide.hpp). If that was sent back, this proposes it anew.
/// Errors besides: forbidden "case.other_verifier"; invalid_input "case.conclusion_leads" (one for
/// each lead of the case), "case.conclusion_amount", "case.conclusion_grounds"; conflict
/// "case.no_report" without a report of verification; those of duties::open_matter and
/// duties::change_matter.
Result<duties::MatterId> propose_conclusion(
    store::Transaction& transaction, const access::Actor& actor, const catalog::Catalog& catalog,
    CaseId id, std::int64_t version, const std::vector<LeadConclusion>& conclusions, Instant now);

/// A first disposal was made: concluded → disposing. Done together with it, in the same
/// transaction; a case that is disposed of already stays as it is. Needs "case_work".
Result<CaseFile> begin_disposal(store::Transaction& transaction, const access::Actor& actor,
                                const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                                Instant now);

/// Waits for something outside; its clock stands until it is resumed. Needs "case_work".
/// Errors besides: invalid_input "case.until" for a day that is over.
Result<CaseFile> suspend(store::Transaction& transaction, const access::Actor& actor,
                         const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                         const std::string& reason, Date until, Instant now);
Result<CaseFile> resume(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                        const std::string& reason, Instant now);

/// A closed case begins anew with all its leads, unless its subject has another open one (conflict
/// "case.open_already"). Needs "lead_assign".
Result<CaseFile> reopen(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                        const std::string& reason, Instant now);

/// The conclusion is void and the case is verified again. Needs "lead_assign".
Result<CaseFile> verify_again(store::Transaction& transaction, const access::Actor& actor,
                              const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                              const std::string& reason, Instant now);

}  // namespace anlan::cases
