#include "access/grant.hpp"
#include "access/person.hpp"
#include "server/desk.hpp"
#include "server/present.hpp"

namespace anlan::server {
namespace {

std::string_view word_of(access::StaffKind kind) {
  return kind == access::StaffKind::vendor ? "vendor" : "own";
}
access::StaffKind kind_in(const Json& body) {
  return text_in(body, "kind") == "vendor" ? access::StaffKind::vendor : access::StaffKind::own;
}

Json person_json(const access::Person& person) {
  return {{"person_id", person.id.value},
          {"organisation", person.organisation},
          {"name", person.name},
          {"kind", word_of(person.kind)},
          {"last_day", day_json(person.left_on)},
          {"version", person.version}};
}

Json held_json(const access::HeldPost& held) {
  return {{"holding_id", held.id},
          {"cover", held.cover},
          {"account", held.account ? Json(held.account->value) : Json()},
          {"organisation", held.organisation},
          {"post", held.post},
          {"from_at", format_instant(held.from)},
          {"to_at", moment_json(held.to)},
          {"granted_by", held.granted_by},
          {"approved_by", held.approved_by},
          {"control", text_or_null(held.control)},
          {"covers_of", held.covers_of ? Json(held.covers_of->value) : Json()}};
}

/// With the masked number, and the posts held where the actor sees.
Result<Answer> person_answer(store::Transaction& transaction, const Call& call, const Desk& desk,
                             access::PersonId id, int status = 200) {
  const auto person = access::find_person(transaction, call.actor(), id);
  if (!person) return fail(person.error());
  auto json = person_json(*person);
  const auto masked = access::masked_id_number(transaction, call.actor(), desk.parts.key, id);
  if (!masked) return fail(masked.error());
  json["id_no"] = text_or_null(*masked);
  const auto held = access::posts_of_person(transaction, id, call.at);
  if (!held) return fail(held.error());
  json["posts"] = Json::array();
  for (const auto& one : *held) {
    if (call.actor().sees(one.organisation)) json["posts"].push_back(held_json(one));
  }
  Answer answer{.status = status, .body = std::move(json), .etag = version_tag(person->version)};
  if (status == 201) answer.location = "/api/persons/" + std::to_string(id.value);
  return answer;
}

/// An ID number of the body. Errors: invalid_input "value.id_number", at its place.
Result<fund::IdNumber> id_number_in(Call& call) {
  const auto number = fund::IdNumber::parse(text_in(call.body, "id_no"));
  if (!number) return call.wrong("body", "/id_no", {number.error().kind, number.error().code, ""});
  return *number;
}

access::PersonId person_of(const Call& call) {
  return {call.number("person_id")};
}

Result<Answer> list_persons(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = access::list_persons(transaction, call.actor());
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) rows.push_back(person_json(one));
    return Answer{.body = {{"persons", std::move(rows)}}};
  });
}

Result<Answer> get_person(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) {
    return person_answer(transaction, call, desk, person_of(call));
  });
}

Result<Answer> add_person(Call& call, Desk& desk) {
  const auto number = id_number_in(call);
  if (!number) return fail(number.error());
  const access::NewPerson person{text_in(call.body, "organisation"),
                                 text_in(call.body, "name"),
                                 *number,
                                 kind_in(call.body),
                                 text_in(call.body, "phone"),
                                 text_in(call.body, "bank_account")};
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = access::add_person(transaction, call.actor(), desk.parts.key, person, call.at);
    if (!id) return fail(id.error());
    return person_answer(transaction, call, desk, *id, 201);
  });
}

Result<Answer> change_person(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    auto person = access::find_person(transaction, call.actor(), person_of(call));
    if (!person) return fail(person.error());
    person->organisation = text_in(call.body, "organisation");
    person->name = text_in(call.body, "name");
    person->kind = kind_in(call.body);
    person->left_on = day_in(call.body, "last_day");
    person->version = *seen;
    if (auto done = access::change_person(transaction, call.actor(), *person, call.at); !done) {
      return fail(done.error());
    }
    return person_answer(transaction, call, desk, person->id);
  });
}

Result<Answer> identify_person(Call& call, Desk& desk) {
  const auto number = id_number_in(call);
  if (!number) return fail(number.error());
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = person_of(call);
    if (auto done = access::set_identity(transaction, call.actor(), desk.parts.key, id, *number,
                                         text_in(call.body, "phone"), call.at);
        !done) {
      return fail(done.error());
    }
    return person_answer(transaction, call, desk, id);
  });
}

Result<Answer> reveal_person(Call& call, Desk& desk) {
  const auto field = text_in(call.body, "field");
  const auto which = field == "name"    ? access::IdentityField::name
                     : field == "id_no" ? access::IdentityField::id_no
                                        : access::IdentityField::phone;
  // The value leaves only when what tells of it is durable.
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto whole = access::reveal(transaction, call.actor(), desk.parts.key, person_of(call),
                                      which, text_in(call.body, "reason"), call.at);
    if (!whole) return fail(whole.error());
    return Answer{.body = {{"field", field}, {"value", *whole}}};
  });
}

Result<Answer> declare_kin(Call& call, Desk& desk) {
  const auto number = id_number_in(call);
  if (!number) return fail(number.error());
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = access::declare_kin(transaction, call.actor(), person_of(call),
                                        desk.parts.key.of_id_number(*number),
                                        text_in(call.body, "relation"), call.at);
        !done) {
      return fail(done.error());
    }
    return Answer{.status = 204};
  });
}

Result<Answer> revoke_post(Call& call) {
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done =
            access::revoke_post(transaction, call.actor(), call.number("holding_id"), call.at);
        !done) {
      return fail(done.error());
    }
    return Answer{.status = 204};
  });
}

Result<Answer> end_cover(Call& call) {
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = access::end_cover(transaction, call.actor(), call.number("cover_id"), call.at);
        !done) {
      return fail(done.error());
    }
    return Answer{.status = 204};
  });
}

}  // namespace

void add_person_routes(Handlers& handlers, Desk& desk) {
  handlers["list_persons"] = list_persons;
  handlers["get_person"] = [&desk](Call& call) { return get_person(call, desk); };
  handlers["add_person"] = [&desk](Call& call) { return add_person(call, desk); };
  handlers["change_person"] = [&desk](Call& call) { return change_person(call, desk); };
  handlers["identify_person"] = [&desk](Call& call) { return identify_person(call, desk); };
  handlers["reveal_person"] = [&desk](Call& call) { return reveal_person(call, desk); };
  handlers["declare_kin"] = [&desk](Call& call) { return declare_kin(call, desk); };
  handlers["revoke_post"] = revoke_post;
  handlers["end_cover"] = end_cover;
}

}  // namespace anlan::server
