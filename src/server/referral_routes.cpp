#include "referral/pack.hpp"
#include "referral/referral.hpp"
#include "server/desk.hpp"
#include "server/given.hpp"
#include "server/present.hpp"
#include "server/upload.hpp"

// Referral to the police and to the supervision of officials.

namespace anlan::server {
namespace {

using referral::Referral;
using referral::ReferralId;

Json test_json(const referral::Answer& answer) {
  Json levels = Json::array();
  for (const auto& one : answer.levels) {
    const auto& level = *one.level;
    levels.push_back({{"level", level.name},
                      {"title", text_json(level.title)},
                      {"from_fen", level.from.value},
                      {"to_fen", level.to ? Json(level.to->value) : Json()},
                      {"local_fen", level.local ? Json(level.local->value) : Json()},
                      {"assessment", referral::name_of(one.assessment)},
                      {"basis", level.basis},
                      {"sure", level.sure}});
  }
  return {{"assessment", referral::name_of(answer.assessment)},
          {"reached", answer.reached != nullptr ? Json(answer.reached->name) : Json()},
          {"local_not_set", answer.local_not_set},
          {"joint", answer.joint},
          {"levels", std::move(levels)}};
}

Json head_json(const Referral& one) {
  return {{"referral_id", one.id.value},
          {"number", one.number},
          {"case_id", one.made.of.value},
          {"case_number", one.case_number},
          {"organisation", one.organisation},
          {"offence", one.made.offence},
          {"amount_fen", one.made.amount.value},
          {"persons", one.made.persons},
          {"assessment", referral::name_of(one.assessment)},
          {"state", one.state},
          {"over", one.over},
          {"matter_id", one.matter.value},
          {"version", one.version}};
}

Result<Json> whole_json(const Call& call, const Desk& desk, const Referral& one) {
  const auto& terms = desk.parts.catalog.referral_terms;
  const auto answer = referral::referral_test(
      terms,
      {one.made.offence, one.made.amount, one.made.persons, one.made.subject, one.made.aggravated});
  if (!answer) return fail(answer.error());
  auto json = head_json(one);
  json["subject"] = referral::name_of(one.made.subject);
  json["aggravated"] = one.made.aggravated;
  json["addressee"] = one.made.addressee;
  json["facts"] = one.made.facts;
  json["first_officer"] = one.first_officer.value;
  json["second_officer"] = one.made.second_officer.value;
  json["content_hash"] = one.content_hash;
  json["test"] = test_json(*answer);
  json["items"] = Json::array();
  for (const auto& item : one.made.items) {
    json["items"].push_back({{"name", item.name},
                             {"quantity", item.quantity},
                             {"features", item.features},
                             {"kept_at", item.kept_at}});
  }
  json["events"] = Json::array();
  for (const auto& event : one.events) {
    json["events"].push_back({{"event", event.event},
                              {"at", format_instant(event.at)},
                              {"document", text_or_null(event.document)},
                              {"file_sha256", text_or_null(event.file_sha256)},
                              {"note", text_or_null(event.note)}});
  }
  json["timers"] = Json::array();
  for (const auto& timer : referral::timers_of(one, terms, desk.parts.catalog.calendar, call.at)) {
    json["timers"].push_back({{"clock", timer.clock->name},
                              {"title", text_json(timer.clock->title)},
                              {"by", timer.clock->by},
                              {"from", format_instant(timer.from)},
                              {"due_at", moment_json(timer.due)},
                              {"done_at", moment_json(timer.done)},
                              {"state", referral::name_of(timer.state)},
                              {"sure", timer.clock->sure}});
  }
  json["next"] = Json::array();
  for (const auto* event : referral::next_events(one, terms)) {
    json["next"].push_back({{"event", event->name},
                            {"title", text_json(event->title)},
                            {"document", event->document},
                            {"pack", event->pack}});
  }
  return json;
}

Result<Answer> referral_answer(store::Transaction& transaction, const Call& call, const Desk& desk,
                               ReferralId id, int status = 200) {
  const auto found = referral::find(transaction, call.actor(), id);
  if (!found) return fail(found.error());
  auto json = whole_json(call, desk, *found);
  if (!json) return fail(json.error());
  Answer answer{.status = status, .body = std::move(*json), .etag = version_tag(found->version)};
  if (status == 201) answer.location = "/api/referrals/" + std::to_string(id.value);
  return answer;
}

Result<Answer> test_referral(Call& call, Desk& desk) {
  const auto answer = referral::referral_test(
      desk.parts.catalog.referral_terms,
      {call.text("offence"), Fen{call.number("amount_fen")},
       static_cast<int>(call.number("persons", 1)),
       *referral::subject_kind_named(call.text("subject", "individual")), call.flag("aggravated")});
  if (!answer) return fail(answer.error());
  return Answer{.body = test_json(*answer)};
}

Result<Answer> list_referrals(Call& call) {
  referral::Filter filter;
  if (call.has("case_id")) filter.of = cases::CaseId{call.number("case_id")};
  filter.open_only = call.flag("open_only");
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = referral::list(transaction, call.actor(), filter);
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) rows.push_back(head_json(one));
    return Answer{.body = {{"referrals", std::move(rows)}}};
  });
}

Result<Answer> get_referral(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) {
    return referral_answer(transaction, call, desk, {call.number("referral_id")});
  });
}

referral::NewReferral referral_of(const Call& call, cases::CaseId of) {
  referral::NewReferral made;
  made.of = of;
  made.offence = text_in(call.body, "offence");
  made.subject = *referral::subject_kind_named(text_in(call.body, "subject"));
  made.persons = static_cast<int>(number_in(call.body, "persons", 1));
  made.amount = Fen{number_in(call.body, "amount_fen")};
  made.aggravated = flag_in(call.body, "aggravated");
  made.addressee = text_in(call.body, "addressee");
  made.facts = text_in(call.body, "facts");
  made.second_officer = {number_in(call.body, "second_officer")};
  if (const auto items = call.body.find("items"); items != call.body.end()) {
    for (const auto& one : *items) {
      made.items.push_back({text_in(one, "name"), text_in(one, "quantity"),
                            text_in(one, "features"), text_in(one, "kept_at")});
    }
  }
  return made;
}

/// Referrals, and cases with them, are told to those who listen.
Result<Answer> told(Result<Answer> done, Desk& desk) {
  if (done) desk.tell("referrals");
  return done;
}

Result<Answer> propose_referral(Call& call, Desk& desk) {
  const auto made = referral_of(call, {call.number("case_id")});
  return told(call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = referral::propose(transaction, duties::rules_of(desk.parts.catalog),
                                      call.actor(), desk.parts.catalog.referral_terms, made,
                                      text_in(call.body, "post"), call.at);
    if (!id) return fail(id.error());
    return referral_answer(transaction, call, desk, *id, 201);
  }),
              desk);
}

/// An act on the referral the caller saw at a version.
template <class Act>
Result<Answer> act_on(Call& call, Desk& desk, Act&& act) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  const ReferralId id{call.number("referral_id")};
  return told(call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = act(transaction, id, *seen); !done) return fail(done.error());
    return referral_answer(transaction, call, desk, id);
  }),
              desk);
}

Result<Answer> change_referral(Call& call, Desk& desk) {
  return act_on(call, desk,
                [&](store::Transaction& transaction, ReferralId id, std::int64_t seen) -> Status {
                  const auto found = referral::find(transaction, call.actor(), id);
                  if (!found) return fail(found.error());
                  return referral::change(transaction, duties::rules_of(desk.parts.catalog),
                                          call.actor(), desk.parts.catalog.referral_terms, id, seen,
                                          referral_of(call, found->made.of),
                                          text_in(call.body, "post"), call.at);
                });
}

Result<Answer> enter_referral_event(Call& call, Desk& desk) {
  auto at = call.at;
  if (const auto given = text_in(call.body, "at"); !given.empty()) {
    const auto read = parse_instant(given);
    if (!read) return call.wrong("body", "/at", read.error());
    at = *read;
  }
  const referral::NewEvent event{text_in(call.body, "event"), at, text_in(call.body, "document"),
                                 text_in(call.body, "file_sha256"), text_in(call.body, "note")};
  return act_on(
      call, desk, [&](store::Transaction& transaction, ReferralId id, std::int64_t seen) -> Status {
        if (auto done =
                referral::enter(transaction, call.actor(), desk.parts.catalog.referral_terms, id,
                                seen, event, call.at);
            !done)
          return done;
        return check_given(transaction, call, "/file_sha256", event.file_sha256);
      });
}

/// The number of the subject stands in no table of the desk: it is read from the run that found the
/// lead, once the journal has why.
Status reveal(Call& call, Desk& desk, ReferralId id, const std::string& reason,
              referral::PackContent& content) {
  const auto noted = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = referral::revealed(transaction, call.actor(), id, reason, call.at); !done)
      return fail(done.error());
    return Answer{};
  });
  if (!noted) return fail(noted.error());
  if (content.leads.empty()) return {};
  const auto book = desk.leads.book();
  if (!book) return fail(book.error());
  const auto line = (*book)->line(content.leads.front().lead_id);
  if (!line) return fail(line.error());
  content.party.id_no = text_in(Json::parse(*line), "subject_id");
  return {};
}

Result<Answer> pack_referral(Call& call, Desk& desk) {
  const ReferralId id{call.number("referral_id")};
  const auto reason = text_in(call.body, "reveal_reason");
  std::map<std::string, std::string> titles;
  for (const auto& one : desk.parts.catalog.models) titles[one.code] = one.title.zh;
  for (const auto& one : desk.parts.catalog.rules) titles[one.code] = one.title.zh;
  std::optional<referral::PackContent> content;
  const auto gathered = call.read([&](store::Transaction& transaction) -> Result<Answer> {
    auto found = referral::gather(transaction, call.actor(), desk.parts.catalog.referral_terms,
                                  desk.parts.catalog.recovery_terms, titles, id, call.at);
    if (!found) return fail(found.error());
    content = std::move(*found);
    return Answer{};
  });
  if (!gathered) return fail(gathered.error());
  if (!reason.empty()) {
    if (auto revealed = reveal(call, desk, id, reason, *content); !revealed)
      return fail(revealed.error());
  }
  const auto proofs = referral::proofs_of(desk.parts.journal, content->referral.made.of);
  if (!proofs) return fail(proofs.error());
  const auto path = temporary_file();
  if (!path) return fail(path.error());
  const auto folder = desk.parts.workspace.files();
  const auto summary = referral::write_pack(
      *content,
      [&](const std::string& sha256) -> Result<referral::KeptFile> {
        const auto name = desk.parts.database.read([&](store::Transaction& transaction) {
          return files::first_name(transaction, sha256);
        });
        if (!name) return fail(name.error());
        return referral::KeptFile{files::path_of(folder, sha256), *name};
      },
      *proofs, *path);
  auto answer = attachment(*path, files::mime_of(files::Media::zip),
                           "移送-" + content->referral.number + ".zip", true);
  if (!summary) return fail(summary.error());
  // It leaves only once the journal knows of it.
  const auto noted = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done =
            referral::packed(transaction, call.actor(), id, *summary, !reason.empty(), call.at);
        !done)
      return fail(done.error());
    return Answer{};
  });
  if (!noted) return fail(noted.error());
  return answer;
}

}  // namespace

void add_referral_routes(Handlers& handlers, Desk& desk) {
  const auto with_desk = [&](const char* name, Result<Answer> (*work)(Call&, Desk&)) {
    handlers[name] = [work, &desk](Call& call) { return work(call, desk); };
  };
  handlers["list_referrals"] = [](Call& call) { return list_referrals(call); };
  with_desk("test_referral", test_referral);
  with_desk("get_referral", get_referral);
  with_desk("propose_referral", propose_referral);
  with_desk("change_referral", change_referral);
  with_desk("enter_referral_event", enter_referral_event);
  with_desk("pack_referral", pack_referral);
}

}  // namespace anlan::server
