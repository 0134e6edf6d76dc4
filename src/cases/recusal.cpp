#include "cases/recusal.hpp"

#include <set>

#include "cases/ties.hpp"

namespace anlan::cases {

Status enter_recusal(store::Transaction& transaction, const access::Actor& actor,
                     const CaseFile& file, access::PersonId person, const std::string& ground,
                     const std::string& reason, Instant now) {
  const auto known =
      transaction.query_one("SELECT person_id FROM person WHERE person_id = ?", {person.value});
  if (!known) return fail(known.error());
  if (!*known) return fail(ErrorKind::not_found, "access.no_person", access::word_of(person));
  const auto entered = transaction.run(
      "INSERT INTO case_recusal (case_id, person_id, ground, source, reason, entered_by,"
      " entered_at) VALUES (?, ?, ?, 'declared', ?, ?, ?) ON CONFLICT (case_id, person_id, ground)"
      " DO NOTHING",
      {file.id.value, person.value, ground, reason, actor.who(), now.ms});
  if (!entered) return fail(entered.error());
  if (*entered == 0)
    return fail(ErrorKind::conflict, "case.recused_already", access::word_of(person));
  if (!file.matter) return {};
  return duties::add_handler(transaction, actor, *file.matter, person, "", now);
}

Status bind_handlers(store::Transaction& transaction, const access::Actor& actor,
                     const CaseFile& file, duties::MatterId matter, Instant now) {
  const auto rows = transaction.query(
      "SELECT person_id FROM case_recusal WHERE case_id = ?"
      " UNION SELECT person_id FROM case_event WHERE case_id = ? AND person_id IS NOT NULL"
      " AND act IN ('accept', 'go_onsite', 'leave_site', 'conclusion_proposed')"
      " ORDER BY person_id",
      {file.id.value, file.id.value});
  if (!rows) return fail(rows.error());
  std::set<access::PersonId> bound;
  for (const auto& row : *rows) bound.insert({row.integer("person_id")});
  const auto tied = tied_people(transaction, file.subject_blind);
  if (!tied) return fail(tied.error());
  for (const auto& one : *tied) bound.insert(one.person);
  for (const auto person : bound) {
    if (auto done = duties::add_handler(transaction, actor, matter, person, "", now); !done)
      return done;
  }
  return {};
}

}  // namespace anlan::cases
