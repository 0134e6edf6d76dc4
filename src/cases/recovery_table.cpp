#include "cases/recovery_table.hpp"

#include <fmt/format.h>

#include "store/record.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using store::Transaction;

RecoveryLine line_from(const store::Row& row) {
  RecoveryLine line;
  line.id = {row.integer("line_id")};
  line.kind = *line_kind_named(row.text("kind"));
  line.part = *part_named(row.text("part"));
  line.amount = Fen{row.integer("amount_fen")};
  line.on = Date{static_cast<std::int32_t>(row.integer("happened_on"))};
  line.document = row.text("document");
  if (const auto matter = row.maybe_integer("matter_id")) line.matter = duties::MatterId{*matter};
  line.by_person = row.integer("by_person");
  line.by = row.text("made_by");
  line.at = {row.integer("made_at")};
  if (const auto at = row.maybe_integer("reversed_at")) line.reversed_at = Instant{*at};
  line.reversed_reason = row.maybe_text("reversed_reason").value_or("");
  return line;
}

/// What the standing lines settle of one part.
Fen settled_of(const Recovery& recovery, Part part) {
  Fen sum;
  for (const auto& line : recovery.lines) {
    if (line.part == part && !line.reversed_at) sum += line.amount;
  }
  return sum;
}

}  // namespace

std::string word_of(RecoveryId id) {
  return "recovery:" + std::to_string(id.value);
}

Recovery recovery_from(const store::Row& row) {
  Recovery recovery;
  recovery.id = {row.integer("recovery_id")};
  recovery.made = {
      {row.integer("case_id")},    *debtor_named(row.text("debtor")),
      row.text("debtor_shown"),    row.text("basis"),
      Fen{row.integer("due_fen")}, Date{static_cast<std::int32_t>(row.integer("due_on"))},
      row.text("interest")};
  recovery.case_number = row.text("number");
  recovery.organisation = row.text("organisation_id");
  recovery.plan_document = row.text("plan_document");
  recovery.plan_covers = Fen{row.integer("plan_covers_fen")};
  recovery.version = row.integer("version");
  return recovery;
}

WriteOff write_off_from(const store::Row& row) {
  return {{row.integer("write_off_id")},  {row.integer("recovery_id")},
          {row.integer("matter_id")},     *part_named(row.text("part")),
          Fen{row.integer("amount_fen")}, row.text("grounds"),
          row.text("content_hash"),       row.text("state")};
}

Status load_parts(Transaction& transaction, Recovery& recovery) {
  const auto lines = transaction.query(
      "SELECT * FROM recovery_line WHERE recovery_id = ? ORDER BY line_id", {recovery.id.value});
  if (!lines) return fail(lines.error());
  for (const auto& row : *lines) recovery.lines.push_back(line_from(row));
  const auto plan = transaction.query(
      "SELECT i.due_on, i.amount_fen FROM recovery_instalment i JOIN recovery r"
      " ON r.recovery_id = i.recovery_id AND r.plan_no = i.plan_no"
      " WHERE i.recovery_id = ? ORDER BY i.part_no",
      {recovery.id.value});
  if (!plan) return fail(plan.error());
  for (const auto& row : *plan) {
    recovery.plan.push_back(
        {Date{static_cast<std::int32_t>(row.integer("due_on"))}, Fen{row.integer("amount_fen")}});
  }
  return {};
}

Result<Recovery> load_recovery(Transaction& transaction, RecoveryId id) {
  const auto row = transaction.query_one(
      "SELECT r.*, c.number, c.organisation_id FROM recovery r"
      " JOIN case_file c ON c.case_id = r.case_id WHERE r.recovery_id = ?",
      {id.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "recovery.not_found", word_of(id));
  auto recovery = recovery_from(**row);
  if (auto loaded = load_parts(transaction, recovery); !loaded) return fail(loaded.error());
  return recovery;
}

Result<RecoveryToActOn> recovery_to_act_on(Transaction& transaction, const Actor& actor,
                                           RecoveryId id) {
  auto recovery = load_recovery(transaction, id);
  if (!recovery) return fail(recovery.error());
  auto of = case_to_act_on(transaction, actor, recovery->made.of, "recovery_work");
  if (!of) {
    if (of.error().code == "case.not_found")
      return fail(ErrorKind::not_found, "recovery.not_found", word_of(id));
    return fail(of.error());
  }
  return RecoveryToActOn{std::move(*recovery), std::move(*of)};
}

Result<RecoveryLineId> put_line(Transaction& transaction, const Actor& actor,
                                const catalog::RecoveryTerms& terms, const Recovery& recovery,
                                std::int64_t version, const RecoveryLine& line, Instant now) {
  if (recovery.version != version) {
    // Changes nothing, since the version is another, and says who made that.
    const auto stale =
        store::update_record(transaction, {"recovery", "recovery_id", recovery.id.value}, version,
                             {{"basis", recovery.made.basis}}, actor.stamp(now));
    if (!stale) return fail(stale.error());
    return fail(ErrorKind::conflict, "store.stale", word_of(recovery.id));
  }
  // With the line in it, neither part may be below zero.
  auto after = recovery;
  after.lines.push_back(line);
  const auto balance = balance_of(after, terms, now.day());
  if (!balance) return fail(balance.error());
  const auto settled = settled_of(after, Part::principal);
  const auto interest_settled = settled_of(after, Part::interest);
  if (settled > recovery.made.due || interest_settled > balance->interest) {
    return fail(ErrorKind::conflict, "recovery.balance",
                fmt::format("{}: {} fen are due and {} of interest", word_of(recovery.id),
                            recovery.made.due.value, balance->interest.value));
  }
  const auto updated = store::update_record(
      transaction, {"recovery", "recovery_id", recovery.id.value}, version,
      {{"settled_fen", settled.value}, {"interest_settled_fen", interest_settled.value}},
      actor.stamp(now));
  if (!updated) return fail(updated.error());
  const auto row = transaction.query_one(
      "INSERT INTO recovery_line (recovery_id, kind, part, amount_fen, happened_on, document,"
      " matter_id, by_person, made_by, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " RETURNING line_id",
      {recovery.id.value, name_of(line.kind), name_of(line.part), line.amount.value, line.on.days,
       line.document, line.matter ? store::Value(line.matter->value) : store::Value(),
       line.by_person, actor.who(), now.ms});
  if (!row) return fail(row.error());
  return RecoveryLineId{(*row)->integer("line_id")};
}

}  // namespace anlan::cases
