#include "access/person.hpp"

#include <fmt/format.h>

#include <set>

#include "access/organisation.hpp"
#include "access/told.hpp"
#include "base/text.hpp"

namespace anlan::access {
namespace {

constexpr const char* columns = "person_id, organisation_id, name, staff_kind, left_on, version";

std::string kind_word(StaffKind kind) {
  return kind == StaffKind::own ? "own" : "vendor";
}

Person person_of_row(const store::Row& row) {
  Person person;
  person.id = {row.integer("person_id")};
  person.organisation = row.text("organisation_id");
  person.name = row.text("name");
  person.kind = row.text("staff_kind") == "vendor" ? StaffKind::vendor : StaffKind::own;
  if (const auto left = row.maybe_integer("left_on")) {
    person.left_on = Date{static_cast<std::int32_t>(*left)};
  }
  person.version = row.integer("version");
  return person;
}

/// A ciphertext opens only in its own column and beside its own ID number.
std::string place_of(std::string_view column, const Blind& id_number) {
  return fmt::format("person_identity.{}|{}", column, id_number.bytes);
}

tl::unexpected<Error> no_person(PersonId person) {
  return fail(ErrorKind::not_found, "access.no_person", word_of(person));
}

Status check_name(const std::string& name) {
  constexpr std::size_t longest = 100;
  if (!trim(name).empty() && trim(name).size() == name.size() && name.size() <= longest) return {};
  return fail(ErrorKind::invalid_input, "access.name");
}

/// Nobody else here has this ID number.
Status check_new(store::Transaction& transaction, const Actor& actor, const Blind& id_number) {
  const auto known = person_of(transaction, id_number);
  if (!known) return fail(known.error());
  if (!*known) return {};
  const auto seen = find_person(transaction, actor, **known);
  return fail(ErrorKind::conflict, "access.person_exists", seen ? word_of(**known) : std::string());
}

Status keep_identity(store::Transaction& transaction, const IdentityKey& key, PersonId id,
                     const Blind& blind, const NewPerson& person) {
  const auto phone = person.phone.empty()
                         ? store::Value()
                         : store::Value(key.seal(person.phone, place_of("phone", blind)));
  const auto bank_account = person.bank_account.empty()
                                ? store::Value()
                                : key.of_bank_account(person.bank_account).value();
  const auto done = transaction.run(
      "INSERT INTO person_identity (person_id, id_no_blind, id_no_sealed, phone_sealed,"
      " bank_account_blind) VALUES (?, ?, ?, ?, ?)",
      {id.value, blind.value(), key.seal(person.id_number.reveal(), place_of("id_no", blind)),
       phone, bank_account});
  if (!done) return fail(done.error());
  return {};
}

/// The plain text of a sealed column, "id_no" or "phone".
Result<std::string> open_field(store::Transaction& transaction, const IdentityKey& key,
                               PersonId person, const std::string& column) {
  const auto row = transaction.query_one(
      fmt::format("SELECT id_no_blind, {}_sealed AS sealed FROM person_identity"
                  " WHERE person_id = ?",
                  column),
      {person.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::conflict, "access.identity_missing", word_of(person));
  if ((*row)->is_null("sealed")) return fail(ErrorKind::not_found, "access.field_empty", column);
  return key.open((*row)->bytes("sealed"), place_of(column, Blind{(*row)->bytes("id_no_blind")}));
}

}  // namespace

Result<PersonId> add_person(store::Transaction& transaction, const Actor& actor,
                            const IdentityKey& key, const NewPerson& person, Instant at) {
  if (auto right = check_right_in(transaction, actor, "account_manage", person.organisation);
      !right) {
    return fail(right.error());
  }
  if (auto sound = check_name(person.name); !sound) return fail(sound.error());
  if (auto bound = key.bind(transaction); !bound) return fail(bound.error());
  const auto blind = key.of_id_number(person.id_number);
  if (auto fresh = check_new(transaction, actor, blind); !fresh) return fail(fresh.error());
  const auto id = store::insert_numbered(transaction, "person", "person_id",
                                         {{"organisation_id", person.organisation},
                                          {"name", person.name},
                                          {"staff_kind", kind_word(person.kind)}},
                                         actor.stamp(at));
  if (!id) return fail(id.error());
  if (auto kept = keep_identity(transaction, key, PersonId{*id}, blind, person); !kept) {
    return fail(kept.error());
  }
  const auto said =
      told(transaction, actor, at,
           {.act = "person.added",
            .subject = word_of(PersonId{*id}),
            .refs = {{"organisation", person.organisation}, {"kind", kind_word(person.kind)}},
            .personal = {{"name", person.name}}});
  if (!said) return fail(said.error());
  return PersonId{*id};
}

Status set_identity(store::Transaction& transaction, const Actor& actor, const IdentityKey& key,
                    PersonId person, const fund::IdNumber& id_number, const std::string& phone,
                    Instant at) {
  const auto there = find_person(transaction, actor, person);
  if (!there) return fail(there.error());
  if (auto right = actor.check("account_manage", there->organisation); !right) return right;
  if (const auto known = blind_of(transaction, person); known) {
    return fail(ErrorKind::conflict, "access.identity_known", word_of(person));
  }
  if (auto bound = key.bind(transaction); !bound) return bound;
  const auto blind = key.of_id_number(id_number);
  if (auto fresh = check_new(transaction, actor, blind); !fresh) return fresh;
  const NewPerson known{there->organisation, there->name, id_number, there->kind, phone, ""};
  if (auto kept = keep_identity(transaction, key, person, blind, known); !kept) return kept;
  return told(transaction, actor, at, {.act = "person.identified", .subject = word_of(person)});
}

Status change_person(store::Transaction& transaction, const Actor& actor, const Person& person,
                     Instant at) {
  const auto there = find_person(transaction, actor, person.id);
  if (!there) return fail(there.error());
  for (const auto& organisation : {there->organisation, person.organisation}) {
    if (auto right = check_right_in(transaction, actor, "account_manage", organisation); !right)
      return right;
  }
  if (auto sound = check_name(person.name); !sound) return sound;
  if (person.kind == StaffKind::vendor && there->kind == StaffKind::own) {
    // What outside staff may hold is looked at when a post is given.
    const auto held = posts_of_person_during(transaction, person.id, at, {});
    if (!held) return fail(held.error());
    if (!held->empty()) return fail(ErrorKind::conflict, "access.posts_held", word_of(person.id));
  }
  const auto left = person.left_on ? store::Value(person.left_on->days) : store::Value();
  const auto changed =
      store::update_record(transaction, {"person", "person_id", person.id.value}, person.version,
                           {{"organisation_id", person.organisation},
                            {"name", person.name},
                            {"staff_kind", kind_word(person.kind)},
                            {"left_on", left}},
                           actor.stamp(at));
  if (!changed) return changed;
  journal::Act act{
      .act = "person.changed",
      .subject = word_of(person.id),
      .refs = {{"organisation", person.organisation}, {"kind", kind_word(person.kind)}},
      .counts = {{"version", person.version + 1}},
      .personal = {{"name", person.name}}};
  if (person.left_on) act.refs["left_on"] = format_date(*person.left_on);
  return told(transaction, actor, at, std::move(act));
}

Result<Person> find_person(store::Transaction& transaction, const Actor& actor, PersonId person) {
  const auto seen = actor.scope().condition("organisation_id");
  auto values = seen.values;
  values.emplace_back(person.value);
  const auto row = transaction.query_one(
      fmt::format("SELECT {} FROM person WHERE {} AND person_id = ?", columns, seen.sql), values);
  if (!row) return fail(row.error());
  if (!*row) return no_person(person);
  return person_of_row(**row);
}

Result<std::vector<Person>> list_persons(store::Transaction& transaction, const Actor& actor) {
  if (auto right = actor.check("organisation_read"); !right) return fail(right.error());
  const auto seen = actor.scope_of("organisation_read").condition("organisation_id");
  const auto rows = transaction.query(
      fmt::format("SELECT {} FROM person WHERE {} ORDER BY person_id", columns, seen.sql),
      seen.values);
  if (!rows) return fail(rows.error());
  std::vector<Person> persons;
  for (const auto& row : *rows) persons.push_back(person_of_row(row));
  return persons;
}

Result<std::optional<PersonId>> person_of(store::Transaction& transaction, const Blind& id_number) {
  const auto row = transaction.query_one(
      "SELECT person_id FROM person_identity WHERE id_no_blind = ?", {id_number.value()});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<PersonId>();
  return std::optional(PersonId{(*row)->integer("person_id")});
}

Result<Blind> blind_of(store::Transaction& transaction, PersonId person) {
  const auto row = transaction.query_one(
      "SELECT i.id_no_blind FROM person p LEFT JOIN person_identity i ON i.person_id = p.person_id"
      " WHERE p.person_id = ?",
      {person.value});
  if (!row) return fail(row.error());
  if (!*row) return no_person(person);
  if ((*row)->is_null("id_no_blind")) {
    return fail(ErrorKind::conflict, "access.identity_missing", word_of(person));
  }
  return Blind{(*row)->bytes("id_no_blind")};
}

Status declare_kin(store::Transaction& transaction, const Actor& actor, PersonId person,
                   const Blind& kin, const std::string& relation, Instant at) {
  const auto there = find_person(transaction, actor, person);
  if (!there) return fail(there.error());
  if (auto right = actor.check("kin_declare", there->organisation); !right) return right;
  const std::set<std::string> relations = {"spouse",  "parent", "child",
                                           "sibling", "in_law", "other"};
  if (!relations.contains(relation)) {
    return fail(ErrorKind::invalid_input, "access.relation",
                "expected spouse, parent, child, sibling, in_law or other");
  }
  const auto own = blind_of(transaction, person);
  if (!own) return fail(own.error());
  if (*own == kin) return fail(ErrorKind::invalid_input, "access.relation", "to themselves");
  const auto done = transaction.run(
      "INSERT INTO kinship (person_id, kin_id_no_blind, relation, declared_at, declared_by)"
      " VALUES (?, ?, ?, ?, ?) ON CONFLICT (person_id, kin_id_no_blind) DO UPDATE SET"
      " relation = excluded.relation, declared_at = excluded.declared_at,"
      " declared_by = excluded.declared_by",
      {person.value, kin.value(), relation, at.ms, actor.who()});
  if (!done) return fail(done.error());
  return told(
      transaction, actor, at,
      {.act = "kin.declared", .subject = word_of(person), .refs = {{"relation", relation}}});
}

Result<std::string> relation_to(store::Transaction& transaction, PersonId person,
                                const Blind& subject) {
  const auto own = blind_of(transaction, person);
  if (!own) return fail(own.error());
  if (*own == subject) return std::string("self");
  const auto row = transaction.query_one(
      "SELECT relation FROM kinship WHERE person_id = ? AND kin_id_no_blind = ?"
      " UNION ALL "
      "SELECT k.relation FROM kinship k JOIN person_identity i ON i.person_id = k.person_id"
      " WHERE i.id_no_blind = ? AND k.kin_id_no_blind = ?",
      {person.value, subject.value(), subject.value(), own->value()});
  if (!row) return fail(row.error());
  return *row ? (*row)->text("relation") : std::string();
}

Result<std::string> masked_id_number(store::Transaction& transaction, const Actor& actor,
                                     const IdentityKey& key, PersonId person) {
  const auto there = find_person(transaction, actor, person);
  if (!there) return fail(there.error());
  const auto number = open_field(transaction, key, person, "id_no");
  if (!number) {
    if (number.error().code == "access.identity_missing") return std::string();
    return fail(number.error());
  }
  const auto parsed = fund::IdNumber::parse(*number);
  if (!parsed) return fail(ErrorKind::corrupted, "access.sealed");
  return parsed->masked();
}

Result<std::string> reveal(store::Transaction& transaction, const Actor& actor,
                           const IdentityKey& key, PersonId person, IdentityField field,
                           const std::string& reason, Instant at) {
  const auto there = find_person(transaction, actor, person);
  if (!there) return fail(there.error());
  if (auto right = actor.check("person_reveal", there->organisation); !right) {
    return fail(right.error());
  }
  if (trim(reason).empty()) return fail(ErrorKind::invalid_input, "access.reason");

  std::string value = there->name;
  std::string name = "name";
  if (field != IdentityField::name) {
    name = field == IdentityField::id_no ? "id_no" : "phone";
    auto opened = open_field(transaction, key, person, name);
    if (!opened) return fail(opened.error());
    value = std::move(*opened);
  }
  const auto said = told(transaction, actor, at,
                         {.act = "person.revealed",
                          .subject = word_of(person),
                          .refs = {{"field", name}},
                          .personal = {{"reason", reason}}});
  if (!said) return fail(said.error());
  return value;
}

}  // namespace anlan::access
