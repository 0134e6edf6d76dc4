#include "cases/impartial.hpp"

#include "access/person.hpp"
#include "cases/ties.hpp"

namespace anlan::cases {

Status check_impartial(store::Transaction& transaction, access::PersonId person,
                       const access::Blind& subject) {
  const auto relation = access::relation_to(transaction, person, subject);
  if (!relation) return fail(relation.error());
  if (!relation->empty())
    return fail(ErrorKind::forbidden, *relation == "self" ? "case.subject" : "case.kin",
                access::word_of(person));
  const auto tied = tied_people(transaction, subject);
  if (!tied) return fail(tied.error());
  for (const auto& one : *tied) {
    if (one.person == person)
      return fail(ErrorKind::forbidden, "case.tied", access::word_of(person) + " " + one.ground);
  }
  return {};
}

Status check_impartial(store::Transaction& transaction, access::PersonId person, CaseId id,
                       const access::Blind& subject) {
  const auto aside = transaction.query_one(
      "SELECT ground FROM case_recusal WHERE case_id = ? AND person_id = ? ORDER BY recusal_id",
      {id.value, person.value});
  if (!aside) return fail(aside.error());
  if (*aside)
    return fail(ErrorKind::forbidden, "case.recused",
                access::word_of(person) + " " + (*aside)->text("ground"));
  return check_impartial(transaction, person, subject);
}

}  // namespace anlan::cases
