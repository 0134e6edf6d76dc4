#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "access/actor.hpp"
#include "access/identity_key.hpp"
#include "base/month.hpp"
#include "fund/id_number.hpp"

namespace anlan::access {

enum class StaffKind {
  own,
  vendor,  ///< works here for a firm: no post that touches money or raw data
};

/// A human being who works here, as lists show them: without what identifies them.
struct Person {
  PersonId id;
  std::string organisation;
  std::string name;
  StaffKind kind = StaffKind::own;
  std::optional<Date> left_on;  ///< the last day
  std::int64_t version = 0;
};

struct NewPerson {
  std::string organisation;
  std::string name;
  fund::IdNumber id_number;
  StaffKind kind = StaffKind::own;
  std::string phone;         ///< "" if unknown
  std::string bank_account;  ///< kept as a keyed hash only; "" if unknown
};

/// Needs "account_manage" in the organisation. Errors: conflict "access.person_exists", whose
/// detail names the person if the actor sees them; invalid_input "access.name"; those of
/// Actor::check.
Result<PersonId> add_person(store::Transaction& transaction, const Actor& actor,
                            const IdentityKey& key, const NewPerson& person, Instant at);

/// Says who the first administrator is, whose ID number was not asked for. Needs "account_manage".
/// Errors: conflict "access.identity_known" (it is never changed), "access.person_exists"; as
/// add_person.
Status set_identity(store::Transaction& transaction, const Actor& actor, const IdentityKey& key,
                    PersonId person, const fund::IdNumber& id_number, const std::string& phone,
                    Instant at);

/// Organisation, name, kind and last day. Errors: not_found "access.no_person"; conflict
/// "access.posts_held" if somebody who holds posts is to become outside staff; "store.stale".
Status change_person(store::Transaction& transaction, const Actor& actor, const Person& person,
                     Instant at);

/// Errors: not_found "access.no_person", also for one outside the actor's scope.
Result<Person> find_person(store::Transaction& transaction, const Actor& actor, PersonId person);
/// Those where the actor has "organisation_read", by id.
Result<std::vector<Person>> list_persons(store::Transaction& transaction, const Actor& actor);
/// The person with this ID number, whatever the actor sees: for duties, which look at all.
Result<std::optional<PersonId>> person_of(store::Transaction& transaction, const Blind& id_number);
/// The keyed hash of a person's ID number. Errors: conflict "access.identity_missing": nobody has
/// said who the first administrator is; not_found "access.no_person".
Result<Blind> blind_of(store::Transaction& transaction, PersonId person);

/// Declares that a person here is kin to whoever has this ID number, who need not work here.
/// `relation`: spouse, parent, child, sibling, in_law, other. Declaring again changes the relation.
/// Needs "kin_declare". Errors: invalid_input "access.relation"; not_found "access.no_person";
/// those of Actor::check.
Status declare_kin(store::Transaction& transaction, const Actor& actor, PersonId person,
                   const Blind& kin, const std::string& relation, Instant at);

/// How a person stands to somebody with this ID number: "self", a relation declared by either side
/// ("spouse", …), or "" if nothing is known. Errors: as blind_of.
Result<std::string> relation_to(store::Transaction& transaction, PersonId person,
                                const Blind& subject);

/// "129900********0018", or "" if nobody has said who they are. Errors: not_found
/// "access.no_person"; corrupted "access.sealed".
Result<std::string> masked_id_number(store::Transaction& transaction, const Actor& actor,
                                     const IdentityKey& key, PersonId person);

enum class IdentityField { name, id_no, phone };

/// The whole value of a field that screens mask, and an entry in the journal that says who saw it
/// and why. The value stands in no entry. Needs "person_reveal" in the person's organisation.
/// Errors: invalid_input "access.reason" (empty); not_found "access.no_person",
/// "access.field_empty"; corrupted "access.sealed"; those of Actor::check.
Result<std::string> reveal(store::Transaction& transaction, const Actor& actor,
                           const IdentityKey& key, PersonId person, IdentityField field,
                           const std::string& reason, Instant at);

}  // namespace anlan::access
