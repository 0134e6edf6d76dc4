#include "access/organisation.hpp"
#include "server/desk.hpp"
#include "server/present.hpp"

namespace anlan::server {
namespace {

Json organisation_json(const access::Organisation& one) {
  return {{"organisation", one.id},
          {"parent", text_or_null(one.parent)},
          {"name", text_json(one.name)},
          {"kind", one.kind},
          {"side", one.side},
          {"region_code", one.region_code},
          {"first_day", format_date(one.valid_from)},
          {"last_day", day_json(one.valid_to)},
          {"version", one.version}};
}

Result<Answer> organisation_answer(store::Transaction& transaction, const Call& call,
                                   const std::string& id) {
  const auto found = access::find_organisation(transaction, call.actor(), id);
  if (!found) return fail(found.error());
  return Answer{.body = organisation_json(*found), .etag = version_tag(found->version)};
}

Title name_in(const Json& body) {
  return {body["name"]["zh"].get<std::string>(), body["name"]["en"].get<std::string>()};
}

Result<Answer> list_organisations(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = access::list_organisations(transaction, call.actor());
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) rows.push_back(organisation_json(one));
    return Answer{.body = {{"organisations", std::move(rows)}}};
  });
}

Result<Answer> get_organisation(Call& call) {
  return call.read([&](store::Transaction& transaction) {
    return organisation_answer(transaction, call, call.text("organisation"));
  });
}

Result<Answer> add_organisation(Call& call) {
  const access::Organisation one{.id = text_in(call.body, "organisation"),
                                 .parent = text_in(call.body, "parent"),
                                 .name = name_in(call.body),
                                 .kind = text_in(call.body, "kind"),
                                 .side = text_in(call.body, "side"),
                                 .region_code = text_in(call.body, "region_code"),
                                 .valid_from = *day_in(call.body, "first_day"),
                                 .valid_to = day_in(call.body, "last_day")};
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = access::add_organisation(transaction, call.actor(), one, call.at); !done) {
      return fail(done.error());
    }
    // Who asks was loaded before it was there, and does not see it yet.
    auto added = one;
    added.version = 1;
    return Answer{.status = 201,
                  .body = organisation_json(added),
                  .etag = version_tag(added.version),
                  .location = "/api/organisations/" + one.id};
  });
}

Result<Answer> change_organisation(Call& call) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    auto one = access::find_organisation(transaction, call.actor(), call.text("organisation"));
    if (!one) return fail(one.error());
    one->name = name_in(call.body);
    one->side = text_in(call.body, "side");
    one->region_code = text_in(call.body, "region_code");
    one->valid_from = *day_in(call.body, "first_day");
    one->valid_to = day_in(call.body, "last_day");
    one->version = *seen;
    if (auto done = access::change_organisation(transaction, call.actor(), *one, call.at); !done) {
      return fail(done.error());
    }
    return organisation_answer(transaction, call, one->id);
  });
}

}  // namespace

void add_organisation_routes(Handlers& handlers, Desk&) {
  handlers["list_organisations"] = list_organisations;
  handlers["get_organisation"] = get_organisation;
  handlers["add_organisation"] = add_organisation;
  handlers["change_organisation"] = change_organisation;
}

}  // namespace anlan::server
