#include <algorithm>

#include "duties/grants.hpp"
#include "server/desk.hpp"
#include "server/page.hpp"

namespace anlan::server {
namespace {

Json moment(const std::optional<Instant>& at) {
  return at ? Json(format_instant(*at)) : Json();
}

Json words(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json json_of(const duties::Grant& grant) {
  return {{"grant_id", grant.id.value},
          {"kind", grant.cover ? "cover" : "post"},
          {"person_id", grant.person.value},
          {"account", grant.account ? Json(grant.account->value) : Json()},
          {"organisation", grant.organisation},
          {"post", grant.post},
          {"from_at", format_instant(grant.from)},
          {"to_at", moment(grant.to)},
          {"instead_of", grant.instead_of ? Json(grant.instead_of->value) : Json()},
          {"control", words(grant.control)},
          {"granted", words(grant.granted)},
          {"matter_id", grant.matter.id.value},
          {"chain", grant.matter.chain},
          {"state", duties::name_of(grant.matter.state)},
          {"version", grant.matter.version}};
}

std::string text_of(const Json& body, const char* name) {
  const auto found = body.find(name);
  return found == body.end() || found->is_null() ? std::string() : found->get<std::string>();
}

std::optional<std::int64_t> number_of(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return std::nullopt;
  return found->get<std::int64_t>();
}

/// The moment at which a day begins in China; `later` days behind it.
Instant day_begins(const std::string& text, int later) {
  return Instant::start_of({parse_date(text)->days + later});
}

duties::NewGrant grant_in(const Call& call) {
  const auto& body = call.body;
  duties::NewGrant grant;
  grant.cover = body["kind"] == "cover";
  grant.person = {body["person_id"].get<std::int64_t>()};
  if (const auto account = number_of(body, "account")) grant.account = access::AccountId{*account};
  grant.organisation = body["organisation"].get<std::string>();
  grant.post = body["post"].get<std::string>();
  const auto from = text_of(body, "from_on");
  grant.from = from.empty() ? call.at : day_begins(from, 0);
  const auto to = text_of(body, "to_on");
  if (!to.empty()) grant.to = day_begins(to, 1);
  if (const auto other = number_of(body, "instead_of")) grant.instead_of = access::PersonId{*other};
  grant.control = text_of(body, "control");
  return grant;
}

Result<Answer> grant_answer(store::Transaction& transaction, const Call& call, duties::GrantId id) {
  const auto grant = duties::find_grant(transaction, call.actor(), id);
  if (!grant) return fail(grant.error());
  return Answer{.body = json_of(*grant), .etag = version_tag(grant->matter.version)};
}

Result<Answer> list_grants(Call& call, Desk&) {
  const auto parts = cursor_parts(call, 1);
  if (!parts) return fail(parts.error());
  const auto state = duties::state_named(call.text("state"));
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = duties::list_grants(transaction, call.actor(), state);
    if (!all) return fail(all.error());
    std::size_t from = 0;
    while (!parts->empty() && from < all->size() &&
           std::to_string((*all)[from].id.value) != parts->front())
      ++from;
    if (!parts->empty()) ++from;
    const auto slice =
        slice_of(std::min(from, all->size()), all->size(), call.number("limit", page_usual));
    Json rows = Json::array();
    for (std::size_t i = slice.from; i < slice.to; ++i) rows.push_back(json_of((*all)[i]));
    Json next;
    if (slice.more)
      next = cursor_text({std::to_string((*all)[slice.to - 1].id.value)}, question_of(call));
    return Answer{.body = {{"grants", std::move(rows)}, {"next", std::move(next)}}};
  });
}

Result<Answer> get_grant(Call& call, Desk&) {
  return call.read([&](store::Transaction& transaction) {
    return grant_answer(transaction, call, {call.number("grant_id")});
  });
}

Result<Answer> ask_grant(Call& call, Desk& desk) {
  const auto grant = grant_in(call);
  auto answer = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto id =
        duties::ask_grant(transaction, duties::rules_of(desk.parts.catalog), call.actor(), grant,
                          text_of(call.body, "under_post"), call.at);
    if (!id) return fail(id.error());
    auto made = grant_answer(transaction, call, *id);
    if (!made) return made;
    made->status = 201;
    made->location = "/api/grants/" + std::to_string(id->value);
    return made;
  });
  if (answer) desk.live.tell("matters", Json::object());
  return answer;
}

Result<Answer> change_grant(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  const duties::GrantId id{call.number("grant_id")};
  const auto grant = grant_in(call);
  auto answer = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto changed =
        duties::change_grant(transaction, duties::rules_of(desk.parts.catalog), call.actor(), id,
                             *seen, grant, text_of(call.body, "under_post"), call.at);
    if (!changed) return fail(changed.error());
    return grant_answer(transaction, call, id);
  });
  if (answer) desk.live.tell("matters", Json::object());
  return answer;
}

}  // namespace

void add_grant_routes(Handlers& handlers, Desk& desk) {
  const auto add = [&](const char* id, auto route) {
    handlers[id] = [&desk, route](Call& call) { return route(call, desk); };
  };
  add("list_grants", list_grants);
  add("get_grant", get_grant);
  add("ask_grant", ask_grant);
  add("change_grant", change_grant);
}

}  // namespace anlan::server
