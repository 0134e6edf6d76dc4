#include "cases/accountability.hpp"

#include <array>

#include "access/person.hpp"
#include "base/check.hpp"
#include "cases/follow_case.hpp"
#include "store/record.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using store::Transaction;

constexpr std::array<std::pair<AccountableRole, std::string_view>, 3> roles = {
    {{AccountableRole::unit_head, "unit_head"},
     {AccountableRole::department_head, "department_head"},
     {AccountableRole::direct, "direct"}}};

std::string word_of_accountability(std::int64_t id) {
  return "accountability:" + std::to_string(id);
}

Accountability accountability_from(const store::Row& row) {
  Accountability one;
  one.id = {row.integer("accountability_id")};
  one.made = {{row.integer("case_id")},
              {row.integer("person_id")},
              *accountable_role_named(row.text("role")),
              row.text("ground"),
              Fen{row.integer("loss_fen")}};
  one.proposed_by_person = row.integer("proposed_by_person");
  one.proposed_at = {row.integer("proposed_at")};
  if (const auto on = row.maybe_integer("decided_on")) {
    one.decided = AccountabilityDecision{row.text("measure"), row.text("document"),
                                         row.maybe_text("file_sha256").value_or(""),
                                         Date{static_cast<std::int32_t>(*on)}};
  }
  one.version = row.integer("version");
  return one;
}

}  // namespace

std::string_view name_of(AccountableRole role) {
  for (const auto& [known, name] : roles) {
    if (known == role) return name;
  }
  CHECK(false);
  return {};
}
std::optional<AccountableRole> accountable_role_named(std::string_view name) {
  for (const auto& [role, known] : roles) {
    if (known == name) return role;
  }
  return std::nullopt;
}

Result<AccountabilityId> propose_accountability(Transaction& transaction, const Actor& actor,
                                                const NewAccountability& given, Instant now) {
  const auto of = case_to_act_on(transaction, actor, given.of, "case_work");
  if (!of) return fail(of.error());
  auto accountability = given;
  accountability.ground = kept_prose(given.ground);

  if (auto right = check_text("accountability.text", "ground", accountability.ground); !right)
    return fail(right.error());
  if (accountability.loss.value < 0)
    return fail(ErrorKind::invalid_input, "accountability.amount", "below zero");
  const auto person = access::find_person(transaction, actor, accountability.person);
  if (!person) return fail(person.error());
  if (accountability.person == *actor.person())
    return fail(ErrorKind::forbidden, "accountability.own", access::word_of(*actor.person()));
  const auto id = store::insert_numbered(transaction, "accountability", "accountability_id",
                                         {{"case_id", accountability.of.value},
                                          {"person_id", accountability.person.value},
                                          {"role", name_of(accountability.role)},
                                          {"ground", accountability.ground},
                                          {"loss_fen", accountability.loss.value},
                                          {"proposed_by_person", actor.person()->value},
                                          {"proposed_at", now.ms}},
                                         actor.stamp(now));
  if (!id) return fail(id.error());
  const auto told = tell_of(transaction, actor, *of,
                            {"accountability.proposed",
                             word_of_accountability(*id),
                             {{"of", access::word_of(accountability.person)},
                              {"role", std::string(name_of(accountability.role))}},
                             {{"loss_fen", accountability.loss.value}},
                             {{"ground", accountability.ground}}},
                            now);
  if (!told) return fail(told.error());
  return AccountabilityId{*id};
}

Status record_accountability(Transaction& transaction, const Actor& actor, AccountabilityId id,
                             std::int64_t version, const AccountabilityDecision& given,
                             Instant now) {
  auto decision = given;
  decision.measure = kept_prose(given.measure);
  decision.document = kept_reference(given.document);

  const auto row =
      transaction.query_one("SELECT * FROM accountability WHERE accountability_id = ?", {id.value});
  if (!row) return fail(row.error());
  const auto missing =
      fail(ErrorKind::not_found, "accountability.not_found", word_of_accountability(id.value));
  if (!*row) return missing;
  const auto proposed = accountability_from(**row);
  const auto of = case_to_act_on(transaction, actor, proposed.made.of, "case_work");
  if (!of) return of.error().code == "case.not_found" ? missing : fail(of.error());
  if (proposed.made.person == *actor.person())
    return fail(ErrorKind::forbidden, "accountability.own", access::word_of(*actor.person()));
  if (proposed.proposed_by_person == actor.person()->value)
    return fail(ErrorKind::forbidden, "accountability.maker", access::word_of(*actor.person()));
  if (proposed.decided)
    return fail(ErrorKind::conflict, "accountability.decided", word_of_accountability(id.value));
  for (const auto& [field, text] :
       {std::pair<const char*, const std::string&>{"measure", decision.measure},
        {"document", decision.document}}) {
    if (auto right = check_text("accountability.text", field, text, true, 600); !right)
      return right;
  }
  if (!decision.file_sha256.empty() && !is_sha256(decision.file_sha256))
    return fail(ErrorKind::invalid_input, "accountability.file", "no SHA-256");
  if (decision.on > now.day())
    return fail(ErrorKind::invalid_input, "accountability.day", format_date(decision.on));
  const auto file = decision.file_sha256.empty()
                        ? store::Value()
                        : store::Value(std::string_view(decision.file_sha256));
  const auto updated =
      store::update_record(transaction, {"accountability", "accountability_id", id.value}, version,
                           {{"measure", decision.measure},
                            {"document", decision.document},
                            {"file_sha256", file},
                            {"decided_on", decision.on.days},
                            {"recorded_by_person", actor.person()->value}},
                           actor.stamp(now));
  if (!updated) return updated;
  return tell_of(transaction, actor, *of,
                 {"accountability.decided",
                  word_of_accountability(id.value),
                  {{"of", access::word_of(proposed.made.person)}, {"on", format_date(decision.on)}},
                  {},
                  {{"measure", decision.measure}, {"document", decision.document}}},
                 now);
}

Result<std::vector<Accountability>> list_accountabilities(Transaction& transaction,
                                                          const Actor& actor, CaseId id) {
  if (const auto of = case_to_read(transaction, actor, id, "case_read"); !of)
    return fail(of.error());
  const auto rows = transaction.query(
      "SELECT * FROM accountability WHERE case_id = ? ORDER BY accountability_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<Accountability> all;
  for (const auto& row : *rows) all.push_back(accountability_from(row));
  return all;
}

}  // namespace anlan::cases
