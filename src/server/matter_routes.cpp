#include <charconv>

#include "duties/decide.hpp"
#include "server/desk.hpp"
#include "server/page.hpp"
#include "server/present.hpp"

namespace anlan::server {
namespace {

/// A matter, its chain as the catalog has it now, and how the one who asks stands to it.
Result<Json> matter_json(store::Transaction& transaction, const Call& call, const Desk& desk,
                         const duties::Matter& matter) {
  const auto* chain = desk.parts.catalog.duties.chain(matter.chain);
  const bool open = matter.state == duties::MatterState::open;
  const auto* step = open && chain != nullptr && matter.step < chain->steps.size()
                         ? &chain->steps[matter.step]
                         : nullptr;
  Json json = {{"matter_id", matter.id.value},
               {"chain", matter.chain},
               {"title", chain != nullptr ? text_json(chain->title)
                                          : text_json({matter.chain, matter.chain})},
               {"organisation", matter.organisation},
               {"about", matter.about},
               {"content_hash", matter.content_hash},
               {"round", matter.round},
               {"state", duties::name_of(matter.state)},
               {"step", Json()},
               {"step_title", Json()},
               {"step_posts", Json::array()},
               {"still_needed", 0},
               {"reached_at", format_instant(matter.reached)},
               {"due_at", Json()},
               {"my_posts", Json::array()},
               {"version", matter.version}};
  if (step == nullptr) return json;
  json["step"] = step->name;
  json["step_title"] = text_json(step->title);
  json["step_posts"] = step->posts;
  json["still_needed"] = step->quorum - matter.seats_taken;
  json["due_at"] =
      moment_json(duties::due_at(step->within, desk.parts.catalog.calendar, matter.reached));
  auto posts = duties::posts_to_decide(transaction, duties::rules_of(desk.parts.catalog),
                                       call.actor(), matter, call.at);
  if (!posts) return fail(posts.error());
  json["my_posts"] = std::move(*posts);
  return json;
}

Result<Answer> list_matters(Call& call, Desk& desk) {
  const auto parts = cursor_parts(call, 1);
  if (!parts) return fail(parts.error());
  std::int64_t after = 0;
  if (!parts->empty()) {
    std::from_chars((*parts)[0].data(), (*parts)[0].data() + (*parts)[0].size(), after);
  }
  const bool mine = call.flag("mine");
  const auto state =
      mine ? std::optional(duties::MatterState::open) : duties::state_named(call.text("state"));
  const std::string about = call.text("about");
  const auto limit = static_cast<std::size_t>(call.number("limit", page_usual));
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = duties::list_matters(transaction, call.actor(), state);
    if (!all) return fail(all.error());
    Json rows = Json::array();
    Json next;
    for (const auto& matter : *all) {
      if (matter.id.value <= after) continue;
      if (!about.empty() && matter.about != about && !matter.about.starts_with(about + "/")) {
        continue;
      }
      if (rows.size() == limit) {
        next = cursor_text({std::to_string(after)}, question_of(call));
        break;
      }
      auto json = matter_json(transaction, call, desk, matter);
      if (!json) return fail(json.error());
      if (mine && (*json)["my_posts"].empty()) continue;
      after = matter.id.value;
      rows.push_back(std::move(*json));
    }
    return Answer{.body = {{"matters", std::move(rows)}, {"next", std::move(next)}}};
  });
}

Result<Answer> matter_answer(store::Transaction& transaction, const Call& call, const Desk& desk,
                             duties::MatterId id) {
  const auto matter = duties::find_matter(transaction, call.actor(), id);
  if (!matter) return fail(matter.error());
  auto json = matter_json(transaction, call, desk, *matter);
  if (!json) return fail(json.error());
  const auto decisions = duties::decisions_on(transaction, call.actor(), id);
  if (!decisions) return fail(decisions.error());
  Json decided = Json::array();
  for (const auto& one : *decisions) {
    decided.push_back({{"round", one.round},
                       {"step", one.step_name},
                       {"seat", one.seat},
                       {"person_id", one.person.value},
                       {"account", one.account.value},
                       {"post", one.post},
                       {"organisation", one.organisation},
                       {"under_cover", one.under_cover},
                       {"verdict", duties::name_of(one.verdict)},
                       {"opinion", one.opinion},
                       {"late", one.late},
                       {"void", one.round != matter->round},
                       {"decided_at", format_instant(one.at)}});
  }
  (*json)["decisions"] = std::move(decided);
  return Answer{.body = std::move(*json), .etag = version_tag(matter->version)};
}

Result<Answer> get_matter(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) {
    return matter_answer(transaction, call, desk, {call.number("matter_id")});
  });
}

Result<Answer> decide_matter(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  const duties::Decision decision{{call.number("matter_id")},
                                  *seen,
                                  call.body["step"].get<std::string>(),
                                  *duties::verdict_named(call.body["verdict"].get<std::string>()),
                                  text_in(call.body, "post"),
                                  text_in(call.body, "opinion")};
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto outcome = duties::decide(transaction, duties::rules_of(desk.parts.catalog),
                                        desk.parts.follows, call.actor(), decision, call.at);
    if (!outcome) return fail(outcome.error());
    return matter_answer(transaction, call, desk, decision.matter);
  });
  if (done) desk.tell("matters");
  if (done || done.error().kind != ErrorKind::forbidden) return done;
  // That somebody tried is worth an entry of its own: the transaction they failed in left nothing.
  const auto told = call.database->write([&](store::Transaction& transaction) {
    return duties::tell_refused(transaction, call.actor(), decision, done.error(), call.at);
  });
  if (!told) return fail(told.error());
  return done;
}

Result<Answer> withdraw_matter(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  const duties::MatterId id{call.number("matter_id")};
  auto withdrawn = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = duties::withdraw(transaction, duties::rules_of(desk.parts.catalog),
                                     desk.parts.follows, call.actor(), id, *seen, call.at);
        !done) {
      return fail(done.error());
    }
    return matter_answer(transaction, call, desk, id);
  });
  if (withdrawn) desk.tell("matters");
  return withdrawn;
}

}  // namespace

void add_matter_routes(Handlers& handlers, Desk& desk) {
  handlers["list_matters"] = [&desk](Call& call) { return list_matters(call, desk); };
  handlers["get_matter"] = [&desk](Call& call) { return get_matter(call, desk); };
  handlers["decide_matter"] = [&desk](Call& call) { return decide_matter(call, desk); };
  handlers["withdraw_matter"] = [&desk](Call& call) { return withdraw_matter(call, desk); };
}

}  // namespace anlan::server
