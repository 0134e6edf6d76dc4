#include "cases/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "cases/recovery_table.hpp"
#include "store/record.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using store::Transaction;

constexpr std::array<std::pair<Debtor, std::string_view>, 4> debtors = {
    {{Debtor::person, "person"},
     {Debtor::employer, "employer"},
     {Debtor::institution, "institution"},
     {Debtor::agency, "agency"}}};
constexpr std::array<std::pair<LineKind, std::string_view>, 3> line_kinds = {
    {{LineKind::received, "received"},
     {LineKind::offset, "offset"},
     {LineKind::written_off, "written_off"}}};
constexpr std::array<std::pair<Part, std::string_view>, 2> parts = {
    {{Part::principal, "principal"}, {Part::interest, "interest"}}};

template <class Names, class Kind>
std::string_view name_in(const Names& names, Kind kind) {
  for (const auto& [known, name] : names) {
    if (known == kind) return name;
  }
  CHECK(false);
  return {};
}
template <class Names>
auto named_in(const Names& names, std::string_view name)
    -> std::optional<typename Names::value_type::first_type> {
  for (const auto& [kind, known] : names) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

constexpr std::size_t plan_parts_max = 600;  // fifty years of months

/// The parts of a plan: rising days from today on, together exactly what is open.
Status check_plan(const std::vector<Instalment>& plan, Fen open, Date today) {
  const auto wrong = [](const std::string& why) {
    return fail(ErrorKind::invalid_input, "recovery.plan", why);
  };
  if (plan.empty() || plan.size() > plan_parts_max)
    return wrong(fmt::format("{} parts, expected 1 to {}", plan.size(), plan_parts_max));
  Fen sum;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto& part = plan[i];
    if (part.amount.value <= 0 || part.amount > recovery_max)
      return wrong(fmt::format("part {} has no amount", i + 1));
    if (part.due_on < today) return wrong(fmt::format("part {} is due before today", i + 1));
    if (i > 0 && part.due_on <= plan[i - 1].due_on)
      return wrong(fmt::format("part {} is not due after the one before it", i + 1));
    sum += part.amount;
  }
  if (sum != open)
    return wrong(fmt::format("the parts are {} fen, open are {}", sum.value, open.value));
  return {};
}

}  // namespace

std::string_view name_of(Debtor debtor) {
  return name_in(debtors, debtor);
}
std::optional<Debtor> debtor_named(std::string_view name) {
  return named_in(debtors, name);
}
std::string_view name_of(LineKind kind) {
  return name_in(line_kinds, kind);
}
std::optional<LineKind> line_kind_named(std::string_view name) {
  return named_in(line_kinds, name);
}
std::string_view name_of(Part part) {
  return name_in(parts, part);
}
std::optional<Part> part_named(std::string_view name) {
  return named_in(parts, name);
}

Result<Balance> balance_of(const Recovery& recovery, const catalog::RecoveryTerms& terms,
                           Date today) {
  const auto* rule = terms.rule(recovery.made.interest);
  if (rule == nullptr)
    return fail(ErrorKind::invalid_input, "recovery.interest_rule", recovery.made.interest);
  Balance balance;
  balance.due = recovery.made.due;
  std::vector<Payment> payments;
  for (const auto& line : recovery.lines) {
    if (line.reversed_at) continue;
    if (line.part == Part::interest) {
      balance.interest_settled += line.amount;
      continue;
    }
    payments.push_back({line.on, line.amount});
    (line.kind == LineKind::received ? balance.received
     : line.kind == LineKind::offset ? balance.offset
                                     : balance.written_off) += line.amount;
  }
  const Fen settled = balance.received + balance.offset + balance.written_off;
  balance.open = std::max(Fen{0}, balance.due - settled);
  // More than is due is refused by put_line before it is kept; here it only must not be computed.
  if (settled <= balance.due) {
    balance.interest =
        interest_of(*rule, terms.rounding, balance.due, recovery.made.due_on, payments, today);
  }
  balance.interest_open = std::max(Fen{0}, balance.interest - balance.interest_settled);
  balance.settled = balance.open.value == 0 && balance.interest_open.value == 0;
  const bool covered = !recovery.plan.empty() && balance.open <= recovery.plan_covers;
  if (!recovery.plan.empty()) {
    const Fen paid = std::max(Fen{0}, recovery.plan_covers - balance.open);
    balance.instalments = states_of(recovery.plan, paid, today);
  }
  const bool part_overdue = std::any_of(balance.instalments.begin(), balance.instalments.end(),
                                        [](const InstalmentState& one) { return one.overdue; });
  balance.overdue = !balance.settled && (covered ? part_overdue : today > recovery.made.due_on);
  balance.running = balance.open.value > 0 && covered && !part_overdue;
  return balance;
}

Result<RecoveryId> add_recovery(Transaction& transaction, const Actor& actor,
                                const catalog::RecoveryTerms& terms, const NewRecovery& given,
                                Instant now) {
  const auto of = case_to_act_on(transaction, actor, given.of, "recovery_work");
  if (!of) return fail(of.error());
  auto recovery = given;
  recovery.basis = kept_reference(given.basis);
  recovery.debtor_shown = kept_prose(given.debtor_shown);
  if (recovery.due.value <= 0 || recovery.due > recovery_max)
    return fail(ErrorKind::invalid_input, "recovery.amount", std::to_string(recovery.due.value));
  if (auto right = check_text("recovery.text", "basis", recovery.basis, true, 600); !right)
    return fail(right.error());
  if (auto right = check_text("recovery.text", "debtor_shown", recovery.debtor_shown, false, 300);
      !right)
    return fail(right.error());
  if (terms.rule(recovery.interest) == nullptr)
    return fail(ErrorKind::invalid_input, "recovery.interest_rule", recovery.interest);
  const auto shown = recovery.debtor_shown.empty() ? of->subject_shown : recovery.debtor_shown;
  const auto id = store::insert_numbered(transaction, "recovery", "recovery_id",
                                         {{"case_id", recovery.of.value},
                                          {"debtor", name_of(recovery.debtor)},
                                          {"debtor_shown", shown},
                                          {"basis", recovery.basis},
                                          {"due_fen", recovery.due.value},
                                          {"due_on", recovery.due_on.days},
                                          {"interest", recovery.interest},
                                          {"settled_fen", 0},
                                          {"interest_settled_fen", 0},
                                          {"plan_no", 0},
                                          {"plan_document", ""},
                                          {"plan_covers_fen", 0},
                                          {"made_by", actor.who()},
                                          {"made_by_person", actor.person()->value},
                                          {"made_at", now.ms}},
                                         actor.stamp(now));
  if (!id) return fail(id.error());
  const auto told = tell_of(transaction, actor, *of,
                            {"recovery.added",
                             word_of(RecoveryId{*id}),
                             {{"debtor", std::string(name_of(recovery.debtor))},
                              {"interest", recovery.interest},
                              {"due_on", format_date(recovery.due_on)}},
                             {{"due_fen", recovery.due.value}},
                             {{"basis", recovery.basis}}},
                            now);
  if (!told) return fail(told.error());
  return RecoveryId{*id};
}

Result<RecoveryLineId> add_line(Transaction& transaction, const Actor& actor,
                                const catalog::RecoveryTerms& terms, RecoveryId id,
                                std::int64_t version, const NewLine& line, Instant now) {
  const auto found = recovery_to_act_on(transaction, actor, id);
  if (!found) return fail(found.error());
  if (line.kind == LineKind::written_off)
    return fail(ErrorKind::invalid_input, "recovery.line_kind", "written_off");
  if (line.amount.value <= 0 || line.amount > recovery_max)
    return fail(ErrorKind::invalid_input, "recovery.amount", std::to_string(line.amount.value));
  if (auto right = check_text("recovery.text", "document", line.document, true, 300); !right)
    return fail(right.error());
  if (line.on > now.day())
    return fail(ErrorKind::invalid_input, "recovery.day", format_date(line.on));
  RecoveryLine made;
  made.kind = line.kind;
  made.part = line.part;
  made.amount = line.amount;
  made.on = line.on;
  made.document = kept_reference(line.document);
  made.by_person = actor.person()->value;
  const auto put = put_line(transaction, actor, terms, found->recovery, version, made, now);
  if (!put) return fail(put.error());
  const auto told = tell_of(transaction, actor, found->of,
                            {"recovery." + std::string(name_of(line.kind)),
                             word_of(id),
                             {{"part", std::string(name_of(line.part))},
                              {"line", std::to_string(put->value)},
                              {"on", format_date(line.on)}},
                             {{"amount_fen", line.amount.value}},
                             {{"document", made.document}}},
                            now);
  if (!told) return fail(told.error());
  return *put;
}

Status reverse_line(Transaction& transaction, const Actor& actor, RecoveryId id,
                    std::int64_t version, RecoveryLineId line, const std::string& reason,
                    Instant now) {
  const auto found = recovery_to_act_on(transaction, actor, id);
  if (!found) return fail(found.error());
  const auto& lines = found->recovery.lines;
  const auto at = std::find_if(lines.begin(), lines.end(),
                               [&](const RecoveryLine& one) { return one.id == line; });
  if (at == lines.end())
    return fail(ErrorKind::not_found, "recovery.no_line", std::to_string(line.value));
  if (at->kind == LineKind::written_off)
    return fail(ErrorKind::conflict, "recovery.line_final", std::to_string(line.value));
  if (at->reversed_at)
    return fail(ErrorKind::conflict, "recovery.line_reversed", std::to_string(line.value));
  if (auto right = check_text("recovery.text", "reason", reason); !right) return right;
  Fen settled;
  Fen interest_settled;
  for (const auto& one : lines) {
    if (one.reversed_at || one.id == line) continue;
    (one.part == Part::principal ? settled : interest_settled) += one.amount;
  }
  const auto updated = store::update_record(
      transaction, {"recovery", "recovery_id", id.value}, version,
      {{"settled_fen", settled.value}, {"interest_settled_fen", interest_settled.value}},
      actor.stamp(now));
  if (!updated) return updated;
  const auto reversed = transaction.run(
      "UPDATE recovery_line SET reversed_at = ?, reversed_reason = ? WHERE line_id = ?",
      {now.ms, kept_prose(reason), line.value});
  if (!reversed) return fail(reversed.error());
  return tell_of(transaction, actor, found->of,
                 {"recovery.reversed",
                  word_of(id),
                  {{"line", std::to_string(line.value)}},
                  {{"amount_fen", at->amount.value}},
                  {{"reason", kept_prose(reason)}}},
                 now);
}

Status agree_instalments(Transaction& transaction, const Actor& actor, RecoveryId id,
                         std::int64_t version, const std::vector<Instalment>& plan,
                         const std::string& document, Instant now) {
  const auto found = recovery_to_act_on(transaction, actor, id);
  if (!found) return fail(found.error());
  if (auto right = check_text("recovery.text", "document", document, true, 300); !right)
    return right;
  Fen open = found->recovery.made.due;
  for (const auto& line : found->recovery.lines) {
    if (!line.reversed_at && line.part == Part::principal) open = open - line.amount;
  }
  if (open.value == 0) return fail(ErrorKind::conflict, "recovery.settled", word_of(id));
  if (auto right = check_plan(plan, open, now.day()); !right) return right;
  const auto row =
      transaction.query_one("SELECT plan_no FROM recovery WHERE recovery_id = ?", {id.value});
  if (!row) return fail(row.error());
  const auto number = (*row)->integer("plan_no") + 1;
  const auto updated =
      store::update_record(transaction, {"recovery", "recovery_id", id.value}, version,
                           {{"plan_no", number},
                            {"plan_document", kept_reference(document)},
                            {"plan_covers_fen", open.value}},
                           actor.stamp(now));
  if (!updated) return updated;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto put = transaction.run(
        "INSERT INTO recovery_instalment (recovery_id, plan_no, part_no, due_on, amount_fen)"
        " VALUES (?, ?, ?, ?, ?)",
        {id.value, number, i + 1, plan[i].due_on.days, plan[i].amount.value});
    if (!put) return fail(put.error());
  }
  return tell_of(transaction, actor, found->of,
                 {"recovery.agreed",
                  word_of(id),
                  {{"last_due_on", format_date(plan.back().due_on)}},
                  {{"parts", static_cast<std::int64_t>(plan.size())}, {"open_fen", open.value}},
                  {{"document", kept_reference(document)}}},
                 now);
}

Result<Recovery> find_recovery(Transaction& transaction, const Actor& actor, RecoveryId id) {
  auto recovery = load_recovery(transaction, id);
  if (!recovery) return recovery;
  const auto of = case_to_read(transaction, actor, recovery->made.of, "recovery_read");
  if (of) return recovery;
  if (of.error().code == "case.not_found")
    return fail(ErrorKind::not_found, "recovery.not_found", word_of(id));
  return fail(of.error());
}

Result<std::vector<Recovery>> list_recoveries(Transaction& transaction, const Actor& actor,
                                              const RecoveryFilter& filter) {
  if (filter.of) {
    if (const auto of = case_to_read(transaction, actor, *filter.of, "recovery_read"); !of)
      return fail(of.error());
  }
  auto where = reading_scope(actor, "recovery_read").condition("c.organisation_id");
  where.sql += " AND r.recovery_id > ?";
  where.values.emplace_back(filter.after);
  if (filter.of) {
    where.sql += " AND r.case_id = ?";
    where.values.emplace_back(filter.of->value);
  }
  if (filter.open_only) where.sql += " AND r.settled_fen < r.due_fen";
  where.values.emplace_back(filter.limit);
  const auto rows = transaction.query(
      "SELECT r.*, c.number, c.organisation_id FROM recovery r"
      " JOIN case_file c ON c.case_id = r.case_id WHERE " +
          where.sql + " ORDER BY r.recovery_id LIMIT ?",
      where.values);
  if (!rows) return fail(rows.error());
  std::vector<Recovery> recoveries;
  for (const auto& row : *rows) {
    recoveries.push_back(recovery_from(row));
    if (auto loaded = load_parts(transaction, recoveries.back()); !loaded)
      return fail(loaded.error());
  }
  return recoveries;
}

}  // namespace anlan::cases
