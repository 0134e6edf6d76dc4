#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/fen.hpp"
#include "base/instant.hpp"
#include "base/month.hpp"
#include "cases/case_id.hpp"
#include "cases/recovery_sums.hpp"
#include "catalog/recovery_terms.hpp"
#include "duties/matter.hpp"
#include "store/database.hpp"

namespace anlan::cases {

using RecoveryId = RecordId<struct RecoveryTable>;
using RecoveryLineId = RecordId<struct RecoveryLineTable>;
using WriteOffId = RecordId<struct WriteOffTable>;

/// The greatest amount one recovery may have: a hundred billion yuan.
constexpr Fen recovery_max{10'000'000'000'000};

/// Who owes.
enum class Debtor { person, employer, institution, agency };
std::string_view name_of(Debtor debtor);
std::optional<Debtor> debtor_named(std::string_view name);

enum class LineKind {
  received,     ///< money came back to the fund
  offset,       ///< kept from a benefit that is due to the debtor
  written_off,  ///< given up, by an approved matter
};
std::string_view name_of(LineKind kind);
std::optional<LineKind> line_kind_named(std::string_view name);

/// What a line settles.
enum class Part { principal, interest };
std::string_view name_of(Part part);
std::optional<Part> part_named(std::string_view name);

struct NewRecovery {
  CaseId of;
  Debtor debtor = Debtor::person;
  std::string debtor_shown;  ///< masked, as the case shows its subject; "" for that subject itself
  std::string basis;         ///< the law or paper by which it is due
  Fen due;
  Date due_on;           ///< to be paid by the end of this day
  std::string interest;  ///< a rule of catalog/params/recovery.yaml
};

/// A line that settles something. Never changed or removed: one that is wrong is reversed, and
/// stays to be seen.
struct RecoveryLine {
  RecoveryLineId id;
  LineKind kind = LineKind::received;
  Part part = Part::principal;
  Fen amount;
  Date on;                                 ///< the day the money came
  std::string document;                    ///< bank receipt, voucher, batch of payment
  std::optional<duties::MatterId> matter;  ///< of a write-off
  std::int64_t by_person = 0;
  std::string by;
  Instant at;
  std::optional<Instant> reversed_at;
  std::string reversed_reason;
};

/// A recovery as it stands.
struct Recovery {
  RecoveryId id;
  NewRecovery made;
  std::string case_number;
  std::string organisation;         ///< the case's
  std::vector<RecoveryLine> lines;  ///< oldest first, reversed ones too
  std::vector<Instalment> plan;     ///< the one agreed last; none: nothing was agreed
  std::string plan_document;
  Fen plan_covers;  ///< what was open when it was agreed
  std::int64_t version = 0;
};

/// What is open on one day. No amount of it is ever below zero.
struct Balance {
  Fen due;
  Fen received;     ///< of the amount due
  Fen offset;       ///< likewise
  Fen written_off;  ///< likewise
  Fen open;         ///< due less these three
  Fen interest;     ///< what the rule has added by the end of the day
  Fen interest_settled;
  Fen interest_open;
  std::vector<InstalmentState> instalments;
  bool overdue = false;  ///< an instalment is overdue; or nothing is agreed, something is open, and
                         ///< its day is over
  bool settled = false;  ///< nothing is open
  bool running = false;  ///< not settled; instalments cover what is open, and none is overdue
};
/// Pure. Errors: invalid_input "recovery.interest_rule": the terms have no such rule any more.
Result<Balance> balance_of(const Recovery& recovery, const catalog::RecoveryTerms& terms,
                           Date today);

// Rights, scope, versions and the journal as in disposal.hpp. Days are those of China.

/// Needs "recovery_work" in the case's organisation. Errors: invalid_input "recovery.amount" (not
/// above zero, or above recovery_max), "recovery.text", "recovery.interest_rule".
Result<RecoveryId> add_recovery(store::Transaction& transaction, const access::Actor& actor,
                                const catalog::RecoveryTerms& terms, const NewRecovery& recovery,
                                Instant now);

struct NewLine {
  LineKind kind = LineKind::received;  ///< received or offset
  Part part = Part::principal;
  Fen amount;
  Date on;
  std::string document;
};
/// Money that came, or was kept. Needs "recovery_work". Errors: not_found "recovery.not_found";
/// invalid_input "recovery.amount", "recovery.text", "recovery.day" (after today),
/// "recovery.line_kind" (a write-off goes through its matter); conflict "recovery.balance": more
/// than is open, so that the balance would be below zero.
Result<RecoveryLineId> add_line(store::Transaction& transaction, const access::Actor& actor,
                                const catalog::RecoveryTerms& terms, RecoveryId id,
                                std::int64_t version, const NewLine& line, Instant now);

/// Takes a wrong line out of the sums. Needs "recovery_work". Errors: not_found
/// "recovery.no_line"; conflict "recovery.line_reversed", "recovery.line_final" (a write-off stands
/// as it was decided); invalid_input "recovery.text" (no reason).
Status reverse_line(store::Transaction& transaction, const access::Actor& actor, RecoveryId id,
                    std::int64_t version, RecoveryLineId line, const std::string& reason,
                    Instant now);

/// A plan in the place of the one before: parts by rising day, the first not before today, together
/// exactly what is open of the amount due. Needs "recovery_work". Errors: invalid_input
/// "recovery.plan", "recovery.text" (no agreement named); conflict "recovery.settled".
Status agree_instalments(store::Transaction& transaction, const access::Actor& actor, RecoveryId id,
                         std::int64_t version, const std::vector<Instalment>& plan,
                         const std::string& document, Instant now);

/// Something to be given up. It happens only when its matter (chain `write_off`) is approved, by
/// people who neither asked for it nor registered the recovery or one of its lines.
struct WriteOff {
  WriteOffId id;
  RecoveryId recovery;
  duties::MatterId matter;
  Part part = Part::principal;
  Fen amount;
  std::string grounds;
  std::string content_hash;  ///< SHA-256 of its canonical JSON
  std::string state;         ///< asked, approved, rejected, withdrawn
};
/// Needs what the chain asks of its maker, acting under `post`. Errors: those of
/// duties::open_matter; conflict "recovery.write_off_open" (one at a time), "recovery.balance";
/// invalid_input "recovery.amount", "recovery.text" (no grounds).
Result<WriteOff> ask_write_off(store::Transaction& transaction, const duties::Rules& rules,
                               const access::Actor& actor, const catalog::RecoveryTerms& terms,
                               RecoveryId id, std::int64_t version, Part part, Fen amount,
                               const std::string& grounds, const std::string& post, Instant now);
/// Another amount or other grounds for one that waits; what was decided is void. To take it back
/// altogether is duties::withdraw. Errors: those of duties::change_matter; not_found
/// "recovery.no_write_off"; as ask_write_off.
Status change_write_off(store::Transaction& transaction, const duties::Rules& rules,
                        const access::Actor& actor, const catalog::RecoveryTerms& terms,
                        WriteOffId id, std::int64_t matter_version, Fen amount,
                        const std::string& grounds, const std::string& post, Instant now);
/// Those of one recovery, oldest first. Needs "recovery_read".
Result<std::vector<WriteOff>> list_write_offs(store::Transaction& transaction,
                                              const access::Actor& actor, RecoveryId id);

/// Needs "recovery_read". Errors: not_found "recovery.not_found".
Result<Recovery> find_recovery(store::Transaction& transaction, const access::Actor& actor,
                               RecoveryId id);

struct RecoveryFilter {
  std::optional<CaseId> of;   ///< those of one case
  bool open_only = false;     ///< those with something open of the amount due
  std::int64_t after = 0;     ///< a page begins behind this number
  std::int64_t limit = 1000;  ///< at most so many
};
/// Those in the actor's scope with "recovery_read", by number.
Result<std::vector<Recovery>> list_recoveries(store::Transaction& transaction,
                                              const access::Actor& actor,
                                              const RecoveryFilter& filter);

}  // namespace anlan::cases
