#include <charconv>

#include "cases/case_file.hpp"
#include "cases/closing.hpp"
#include "cases/decide.hpp"
#include "cases/open_items.hpp"
#include "files/files.hpp"
#include "server/case_present.hpp"
#include "server/desk.hpp"
#include "server/given.hpp"
#include "server/page.hpp"
#include "server/present.hpp"
#include "server/upload.hpp"

namespace anlan::server {
namespace {

using cases::CaseFile;
using cases::CaseId;

CaseId case_of(const Call& call) {
  return {call.number("case_id")};
}

Json document_json(const cases::CaseDocument& document) {
  return {{"document_id", document.id},
          {"kind", document.kind},
          {"number", document.number},
          {"sha256", document.sha256},
          {"made_here", !document.text.empty()},
          {"made_by", document.made_by},
          {"made_at", format_instant(document.made_at)}};
}

Json recusal_json(const cases::Recusal& recusal) {
  return {{"person_id", recusal.person.value},
          {"ground", recusal.ground},
          {"found", recusal.found},
          {"reason", recusal.reason},
          {"entered_by", recusal.entered_by},
          {"entered_at", format_instant(recusal.entered_at)}};
}

/// All of a case: its leads, papers, who stands aside, and what stands between it and its closing.
Result<Answer> case_answer(store::Transaction& transaction, const Call& call, const Desk& desk,
                           CaseId id, int status = 200) {
  const auto file = cases::find_case(transaction, call.actor(), id);
  if (!file) return fail(file.error());
  const auto leads = cases::leads_of_case(transaction, call.actor(), id);
  if (!leads) return fail(leads.error());
  const auto documents = cases::case_documents(transaction, call.actor(), id);
  if (!documents) return fail(documents.error());
  const auto aside = cases::recusals(transaction, call.actor(), id);
  if (!aside) return fail(aside.error());
  const auto open =
      cases::open_items(transaction, id, desk.parts.catalog.recovery_terms, call.at.day());
  if (!open) return fail(open.error());
  auto json = case_json(*file);
  json["leads"] = Json::array();
  for (const auto& one : *leads) json["leads"].push_back(desk_lead_json(one, desk));
  json["documents"] = Json::array();
  for (const auto& one : *documents) json["documents"].push_back(document_json(one));
  json["recusals"] = Json::array();
  for (const auto& one : *aside) json["recusals"].push_back(recusal_json(one));
  json["open_items"] = Json::array();
  for (const auto& one : *open) {
    json["open_items"].push_back(
        {{"code", one.code}, {"about", one.about}, {"title", text_json(one.title)}});
  }
  Answer answer{.status = status, .body = std::move(json), .etag = version_tag(file->version)};
  if (status == 201) answer.location = "/api/cases/" + std::to_string(id.value);
  return answer;
}

/// What a write gives back, and those who listen hear of it.
template <class Work>
Result<Answer> written(Call& call, Desk& desk, Work&& work) {
  auto done = call.write(std::forward<Work>(work));
  if (done) {
    desk.tell("cases");
    desk.tell("desk_leads");
  }
  return done;
}

/// One act on a case whose version the caller saw.
template <class Act>
Result<Answer> act_on(Call& call, Desk& desk, Act&& act) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  return written(call, desk, [&](store::Transaction& transaction) -> Result<Answer> {
    const auto done = act(transaction, case_of(call), *seen);
    if (!done) return fail(done.error());
    return case_answer(transaction, call, desk, case_of(call));
  });
}

Result<Answer> list_cases(Call& call, Desk&) {
  const auto parts = cursor_parts(call, 2);
  if (!parts) return fail(parts.error());
  std::optional<cases::CasePlace> after;
  if (!parts->empty()) {
    after.emplace();
    const auto read = [](const std::string& text, std::int64_t& to) {
      std::from_chars(text.data(), text.data() + text.size(), to);
    };
    read((*parts)[0], after->due_days);
    read((*parts)[1], after->case_id);
  }
  cases::CaseFilter filter{.organisations = call.texts("organisation"),
                           .states = call.texts("state")};
  if (call.flag("mine")) filter.verifier = call.actor().person();
  if (call.flag("overdue")) filter.overdue_on = call.at.day();
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto page = cases::list_cases(transaction, call.actor(), filter, after,
                                        static_cast<std::size_t>(call.number("limit", page_usual)));
    if (!page) return fail(page.error());
    Json rows = Json::array();
    for (const auto& one : page->cases) rows.push_back(case_json(one));
    Json next;
    if (page->next) {
      next =
          cursor_text({std::to_string(page->next->due_days), std::to_string(page->next->case_id)},
                      question_of(call));
    }
    return Answer{
        .body = {{"cases", std::move(rows)}, {"total", page->total}, {"next", std::move(next)}}};
  });
}

Result<Answer> get_case(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) {
    return case_answer(transaction, call, desk, case_of(call));
  });
}

Result<Answer> list_case_events(Call& call, Desk&) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto events = cases::case_events(transaction, call.actor(), case_of(call));
    if (!events) return fail(events.error());
    Json rows = Json::array();
    for (const auto& event : *events) rows.push_back(case_event_json(event));
    return Answer{.body = {{"events", std::move(rows)}}};
  });
}

Result<Answer> list_case_proposals(Call& call, Desk&) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = cases::proposals_of_case(transaction, call.actor(), case_of(call));
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) {
      rows.push_back({{"matter_id", one.matter.value},
                      {"kind", one.kind},
                      {"content", Json::parse(one.content)},
                      {"content_hash", one.content_hash},
                      {"made_by", one.made_by.value},
                      {"made_at", format_instant(one.made_at)},
                      {"outcome", text_or_null(one.outcome)}});
    }
    return Answer{.body = {{"proposals", std::move(rows)}}};
  });
}

Result<Answer> merge_leads(Call& call, Desk& desk) {
  std::vector<cases::SeenLead> leads;
  for (const auto& one : call.body["leads"]) {
    leads.push_back({one["lead_id"].get<std::string>(), one["version"].get<std::int64_t>()});
  }
  return written(call, desk, [&](store::Transaction& transaction) -> Result<Answer> {
    const auto file = cases::merge(transaction, call.actor(), desk.parts.catalog, leads, call.at);
    if (!file) return fail(file.error());
    return case_answer(transaction, call, desk, file->id, 201);
  });
}

Result<Answer> dispatch_case(Call& call, Desk& desk) {
  cases::Dispatch to{.organisation = text_in(call.body, "organisation")};
  if (const auto verifier = number_in(call.body, "verifier"); verifier != 0) {
    to.verifier = access::PersonId{verifier};
  }
  return act_on(call, desk, [&](auto& transaction, CaseId id, std::int64_t seen) {
    return cases::dispatch(transaction, call.actor(), desk.parts.catalog, id, seen, to, call.at);
  });
}

Result<Answer> name_verifier(Call& call, Desk& desk) {
  return act_on(call, desk, [&](auto& transaction, CaseId id, std::int64_t seen) {
    return cases::name_verifier(transaction, call.actor(), desk.parts.catalog, id, seen,
                                {number_in(call.body, "person_id")}, call.at);
  });
}

Result<Answer> accept_case(Call& call, Desk& desk) {
  return act_on(call, desk, [&](auto& transaction, CaseId id, std::int64_t seen) {
    return cases::accept(transaction, call.actor(), desk.parts.catalog, id, seen, call.at);
  });
}

/// Acts that take a reason and nothing else.
using ReasonedAct = Result<CaseFile> (*)(store::Transaction&, const access::Actor&,
                                         const catalog::Catalog&, CaseId, std::int64_t,
                                         const std::string&, Instant);
Handler with_reason(Desk& desk, ReasonedAct act) {
  return [&desk, act](Call& call) {
    return act_on(call, desk, [&](auto& transaction, CaseId id, std::int64_t seen) {
      return act(transaction, call.actor(), desk.parts.catalog, id, seen,
                 text_in(call.body, "reason"), call.at);
    });
  };
}

Result<Answer> suspend_case(Call& call, Desk& desk) {
  return act_on(call, desk, [&](auto& transaction, CaseId id, std::int64_t seen) {
    return cases::suspend(transaction, call.actor(), desk.parts.catalog, id, seen,
                          text_in(call.body, "reason"), *day_in(call.body, "until"), call.at);
  });
}

Result<Answer> recuse(Call& call, Desk& desk) {
  const cases::NewRecusal recusal{{number_in(call.body, "person_id")},
                                  text_in(call.body, "ground"),
                                  text_in(call.body, "reason")};
  return act_on(call, desk, [&](auto& transaction, CaseId id, std::int64_t seen) {
    return cases::recuse(transaction, call.actor(), desk.parts.catalog, id, seen, recusal, call.at);
  });
}

Result<Answer> conclude_case(Call& call, Desk& desk) {
  std::vector<cases::LeadConclusion> conclusions;
  for (const auto& one : call.body["conclusions"]) {
    conclusions.push_back({text_in(one, "lead_id"), *cases::result_named(text_in(one, "result")),
                           number_in(one, "confirmed_fen"), text_in(one, "grounds")});
  }
  return act_on(call, desk, [&](auto& transaction, CaseId id, std::int64_t seen) {
    return cases::propose_conclusion(transaction, call.actor(), desk.parts.catalog, id, seen,
                                     conclusions, call.at);
  });
}

Result<Answer> close_case(Call& call, Desk& desk) {
  return act_on(call, desk, [&](auto& transaction, CaseId id, std::int64_t seen) {
    return cases::propose_closing(transaction, call.actor(), desk.parts.catalog, id, seen,
                                  text_in(call.body, "summary"), call.at);
  });
}

/// A paper that its giver holds: nobody hangs what they have never seen on a case.
Result<Answer> add_case_document(Call& call, Desk& desk) {
  const cases::NewDocument document{text_in(call.body, "kind"), text_in(call.body, "sha256"),
                                    text_in(call.body, "note")};
  return act_on(call, desk,
                [&](store::Transaction& transaction, CaseId id,
                    std::int64_t seen) -> Result<cases::CaseDocument> {
                  auto added = cases::add_document(transaction, call.actor(), desk.parts.catalog,
                                                   id, seen, document, call.at);
                  if (!added) return added;
                  if (auto given = check_given(transaction, call, "/sha256", document.sha256);
                      !given)
                    return fail(given.error());
                  return added;
                });
}

/// For those who may read the case: whatever file hangs on it, under the name its giver gave it.
Result<Answer> download_case_file(Call& call, Desk& desk) {
  const std::string sha256 = call.text("sha256");
  std::optional<files::KeptFile> kept;
  std::string name;
  const auto found = call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto named = cases::names_file(transaction, call.actor(), case_of(call), sha256);
    if (!named) return fail(named.error());
    if (!*named) return fail(ErrorKind::not_found, "file.not_kept", sha256);
    auto file = files::find(transaction, sha256);
    if (!file) return fail(file.error());
    auto first = files::first_name(transaction, sha256);
    if (!first) return fail(first.error());
    kept = std::move(*file);
    name = std::move(*first);
    return Answer{};
  });
  if (!found) return fail(found.error());
  return attachment(files::path_of(desk.parts.workspace.files(), sha256),
                    files::mime_of(kept->media), name, false);
}

/// For those who may read the case.
Result<Answer> download_case_document(Call& call, Desk& desk) {
  const auto wanted = call.number("document_id");
  std::optional<cases::CaseDocument> document;
  std::optional<files::KeptFile> kept;
  const auto found = call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = cases::case_documents(transaction, call.actor(), case_of(call));
    if (!all) return fail(all.error());
    for (const auto& one : *all) {
      if (one.id == wanted) document = one;
    }
    if (!document) return fail(ErrorKind::not_found, "file.not_kept", std::to_string(wanted));
    if (!document->text.empty()) return Answer{};
    auto file = files::find(transaction, document->sha256);
    if (!file) return fail(file.error());
    kept = std::move(*file);
    return Answer{};
  });
  if (!found) return fail(found.error());
  if (kept) {
    return attachment(files::path_of(desk.parts.workspace.files(), kept->sha256),
                      files::mime_of(kept->media),
                      document->number + std::string(files::extension_of(kept->media)), false);
  }
  Answer answer{.media = "text/plain; charset=utf-8", .text = document->text};
  answer.fields.emplace_back("content-disposition",
                             "attachment; filename=\"" + document->number + ".txt\"");
  return answer;
}

}  // namespace

void add_case_routes(Handlers& handlers, Desk& desk) {
  const auto add = [&](const char* id, auto route) {
    handlers[id] = [&desk, route](Call& call) { return route(call, desk); };
  };
  add("list_cases", list_cases);
  add("get_case", get_case);
  add("list_case_events", list_case_events);
  add("list_case_proposals", list_case_proposals);
  add("merge_leads", merge_leads);
  add("dispatch_case", dispatch_case);
  add("name_verifier", name_verifier);
  add("accept_case", accept_case);
  handlers["go_onsite"] = with_reason(desk, cases::go_onsite);
  handlers["leave_site"] = with_reason(desk, cases::leave_site);
  handlers["resume_case"] = with_reason(desk, cases::resume);
  handlers["verify_case_again"] = with_reason(desk, cases::verify_again);
  add("suspend_case", suspend_case);
  add("recuse", recuse);
  add("conclude_case", conclude_case);
  add("close_case", close_case);
  handlers["reopen_case"] = with_reason(desk, cases::reopen);
  add("add_case_document", add_case_document);
  add("download_case_document", download_case_document);
  add("download_case_file", download_case_file);
}

}  // namespace anlan::server
