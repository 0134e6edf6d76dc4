#include "cases/follow_up.hpp"

#include <fmt/format.h>

#include "cases/recovery_table.hpp"
#include "cases/remedy_table.hpp"
#include "store/record.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using store::Transaction;

constexpr std::string_view write_off_chain = "write_off";
constexpr std::string_view rectification_chain = "rectification_check";
constexpr std::string_view mechanism_chain = "mechanism_check";

/// Who stands aside in a case decides nothing that belongs to it.
Status check_decider(Transaction& transaction, const Actor& actor, const duties::Matter& matter) {
  if (!actor.person()) return {};  // approve refuses them
  const auto row = transaction.query_one(
      "SELECT case_id FROM remedy WHERE matter_id = ? UNION ALL"
      " SELECT r.case_id FROM write_off w JOIN recovery r ON r.recovery_id = w.recovery_id"
      " WHERE w.matter_id = ?",
      {matter.id.value, matter.id.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "duties.no_matter", duties::word_of(matter.id));
  const auto of = case_itself(transaction, {(*row)->integer("case_id")});
  if (!of) return fail(of.error());
  return check_impartial(transaction, *actor.person(), of->id, of->subject);
}

/// What a decided write-off does to its recovery.
Status apply_write_off(Transaction& transaction, const Actor& actor,
                       const catalog::RecoveryTerms& terms, duties::MatterId matter,
                       duties::MatterState state, Instant now) {
  const auto row =
      transaction.query_one("SELECT * FROM write_off WHERE matter_id = ?", {matter.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "recovery.no_write_off", duties::word_of(matter));
  const auto asked = write_off_from(**row);
  const auto updated = store::update_record(
      transaction, {"write_off", "write_off_id", asked.id.value}, (*row)->integer("version"),
      {{"state", duties::name_of(state)}}, actor.stamp(now));
  if (!updated) return updated;
  if (state != duties::MatterState::approved) return {};
  const auto recovery = load_recovery(transaction, asked.recovery);
  if (!recovery) return fail(recovery.error());
  RecoveryLine line;
  line.kind = LineKind::written_off;
  line.part = asked.part;
  line.amount = asked.amount;
  line.on = now.day();
  line.document = duties::word_of(matter);
  line.matter = matter;
  line.by_person = actor.person()->value;
  const auto put = put_line(transaction, actor, terms, *recovery, recovery->version, line, now);
  if (!put) return fail(put.error());
  const auto of = case_itself(transaction, recovery->made.of);
  if (!of) return fail(of.error());
  return tell_of(transaction, actor, *of,
                 {"recovery.written_off",
                  word_of(asked.recovery),
                  {{"matter", duties::word_of(matter)},
                   {"part", std::string(name_of(asked.part))},
                   {"line", std::to_string(put->value)}},
                  {{"amount_fen", asked.amount.value}}},
                 now);
}

/// What a decided check does to what was reported as done.
Status apply_check(Transaction& transaction, const Actor& actor, duties::MatterId matter,
                   duties::MatterState state, Instant now) {
  const auto row =
      transaction.query_one("SELECT * FROM remedy WHERE matter_id = ?", {matter.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "remedy.not_found", duties::word_of(matter));
  const auto remedy = remedy_from(**row, now.day());
  store::Fields fields;
  if (state == duties::MatterState::approved) {
    fields = {{"state", name_of(RemedyState::checked)}, {"checked_at", now.ms}};
  } else {
    fields = {{"state", name_of(RemedyState::ordered)}};
    // A matter that is over is not changed: what is done next is reported under another.
    if (state != duties::MatterState::returned) fields.emplace_back("matter_id", std::nullopt);
  }
  const auto updated = store::update_record(transaction, {"remedy", "remedy_id", remedy.id.value},
                                            remedy.version, fields, actor.stamp(now));
  if (!updated) return updated;
  const auto of = case_itself(transaction, remedy.made.of);
  if (!of) return fail(of.error());
  const auto* word = state == duties::MatterState::approved ? ".checked" : ".not_accepted";
  return tell_of(transaction, actor, *of,
                 {std::string(name_of(remedy.made.kind)) + word,
                  word_of(remedy.id),
                  {{"matter", duties::word_of(matter)}, {"content", remedy.content_hash}}},
                 now);
}

/// Called at every turn; most need nothing.
Status follow_up(Transaction& transaction, const Actor& actor, const catalog::RecoveryTerms& terms,
                 const duties::Matter& before, const duties::Outcome& outcome, Instant now) {
  if (auto free = check_decider(transaction, actor, before); !free) return free;
  if (outcome.state == duties::MatterState::open) return {};
  if (before.chain != write_off_chain)
    return apply_check(transaction, actor, before.id, outcome.state, now);
  // A write-off that is sent back stays asked.
  if (outcome.state == duties::MatterState::returned) return {};
  return apply_write_off(transaction, actor, terms, before.id, outcome.state, now);
}

}  // namespace

void add_follow_ups(duties::Follows& follows, const catalog::RecoveryTerms& terms) {
  for (const auto chain : {write_off_chain, rectification_chain, mechanism_chain}) {
    follows.add(std::string(chain), [&terms](Transaction& transaction, const duties::Turn& turn) {
      return follow_up(transaction, turn.actor, terms, turn.before, turn.outcome, turn.at);
    });
  }
}

}  // namespace anlan::cases
