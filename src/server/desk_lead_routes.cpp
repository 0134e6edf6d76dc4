#include <charconv>

#include "cases/bulk.hpp"
#include "cases/numbers.hpp"
#include "journal/outbox.hpp"
#include "server/case_present.hpp"
#include "server/desk.hpp"
#include "server/lead_present.hpp"
#include "server/page.hpp"
#include "server/present.hpp"

namespace anlan::server {
namespace {

Result<cases::LeadFilter> filter_of(store::Transaction& transaction, const Call& call) {
  cases::LeadFilter filter{.organisations = call.texts("organisation"),
                           .states = call.texts("state"),
                           .codes = call.texts("detection"),
                           .severities = call.texts("severity")};
  if (call.has("case_id")) filter.case_id = cases::CaseId{call.number("case_id")};
  // Nobody's number stands in an address: a subject is named by one of its leads.
  if (call.has("subject_of")) {
    const auto lead = cases::find_lead(transaction, call.actor(), call.text("subject_of"));
    if (!lead) return fail(lead.error());
    filter.subject = lead->subject_blind;
  }
  return filter;
}

cases::LeadOrder order_of(const Call& call) {
  const std::string sort = call.text("sort", "queue");
  if (sort == "-score") return cases::LeadOrder::score_down;
  if (sort == "-amount") return cases::LeadOrder::amount_down;
  if (sort == "due") return cases::LeadOrder::due;
  return cases::LeadOrder::queue;
}

Json totals_json(const cases::LeadTotals& totals) {
  return {{"leads", totals.leads},
          {"amount_fen", totals.amount_fen},
          {"expected_fen", totals.expected_fen}};
}

Result<Answer> list_desk_leads(Call& call, Desk& desk) {
  const auto parts = cursor_parts(call, 2);
  if (!parts) return fail(parts.error());
  std::optional<cases::LeadPlace> after;
  if (!parts->empty()) after = cases::LeadPlace{(*parts)[0], (*parts)[1]};
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto filter = filter_of(transaction, call);
    if (!filter) return fail(filter.error());
    const auto page = cases::list_leads(transaction, call.actor(), *filter, order_of(call), after,
                                        static_cast<std::size_t>(call.number("limit", page_usual)));
    if (!page) return fail(page.error());
    Json rows = Json::array();
    for (const auto& lead : page->leads) rows.push_back(desk_lead_json(lead, desk));
    Json next;
    if (page->next) {
      next = cursor_text({page->next->key, page->next->lead_id}, question_of(call));
    }
    return Answer{.body = {{"leads", std::move(rows)},
                           {"totals", totals_json(page->totals)},
                           {"next", std::move(next)}}};
  });
}

Result<Answer> count_desk_leads(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto filter = filter_of(transaction, call);
    if (!filter) return fail(filter.error());
    const auto totals = cases::count_leads(transaction, call.actor(), *filter);
    if (!totals) return fail(totals.error());
    return Answer{.body = totals_json(*totals)};
  });
}

/// The lead, what its run wrote of it, and nothing of that if the newest run no longer has it.
Result<Answer> lead_answer(store::Transaction& transaction, const Call& call, Desk& desk,
                           const std::string& lead_id, bool revealed) {
  const auto lead = cases::find_lead(transaction, call.actor(), lead_id);
  if (!lead) return fail(lead.error());
  auto json = desk_lead_json(*lead, desk);
  json["evidence"] = Json();
  const auto book = desk.leads.book();
  if (!book) return fail(book.error());
  const auto line = (*book)->line(lead_id);
  if (line) {
    json["evidence"] = lead_json(*line, desk.titles, revealed);
  } else if (line.error().kind != ErrorKind::not_found) {
    return fail(line.error());
  }
  return Answer{.body = std::move(json), .etag = version_tag(lead->version)};
}

Result<Answer> get_desk_lead(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) {
    return lead_answer(transaction, call, desk, call.text("lead_id"), false);
  });
}

Result<Answer> reveal_desk_lead(Call& call, Desk& desk) {
  const std::string lead_id = call.text("lead_id");
  // Nothing is shown before what tells of it is durable.
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    auto answer = lead_answer(transaction, call, desk, lead_id, true);
    if (!answer) return answer;
    const auto organisation = answer->body["organisation"].get<std::string>();
    if (auto may = call.actor().check(call.operation.right, organisation); !may) {
      return fail(may.error());
    }
    journal::Act act{.act = "lead.reveal", .who = call.actor().who(), .subject = "lead:" + lead_id};
    act.personal["reason"] = call.body["reason"].get<std::string>();
    if (auto told = journal::tell(transaction, act, call.at); !told) return fail(told.error());
    return answer;
  });
}

Result<Answer> list_lead_events(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto events = cases::lead_events(transaction, call.actor(), call.text("lead_id"));
    if (!events) return fail(events.error());
    Json rows = Json::array();
    for (const auto& event : *events) rows.push_back(case_event_json(event));
    return Answer{.body = {{"events", std::move(rows)}}};
  });
}

Result<Answer> screen_lead(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  const std::string lead_id = call.text("lead_id");
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto lead =
        cases::screen(transaction, call.actor(), desk.parts.catalog, lead_id, *seen, call.at);
    if (!lead) return fail(lead.error());
    return lead_answer(transaction, call, desk, lead_id, false);
  });
  if (done) desk.tell("desk_leads");
  return done;
}

Result<Answer> dismiss_lead(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  const std::string lead_id = call.text("lead_id");
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto matter =
        cases::propose_dismissal(transaction, call.actor(), desk.parts.catalog, lead_id, *seen,
                                 call.body["reason"].get<std::string>(), call.at);
    if (!matter) return fail(matter.error());
    return lead_answer(transaction, call, desk, lead_id, false);
  });
  if (done) desk.tell("desk_leads");
  return done;
}

std::vector<cases::SeenLead> seen_leads(const Json& body) {
  std::vector<cases::SeenLead> leads;
  for (const auto& one : body["leads"]) {
    leads.push_back({one["lead_id"].get<std::string>(), one["version"].get<std::int64_t>()});
  }
  return leads;
}

/// What became of each, in the order asked. Each is a transaction of its own, so there is no
/// idempotency key: doing it again is refused item by item, by their versions.
Result<Answer> bulk_answer(Call& call, Desk& desk,
                           const Result<std::vector<cases::BulkAnswer>>& items) {
  if (desk.parts.on_written) desk.parts.on_written();
  if (!items) return fail(items.error());
  desk.tell("desk_leads");
  desk.tell("cases");
  Json rows = Json::array();
  for (const auto& item : *items) {
    rows.push_back({{"item", item.item},
                    {"done", item.done()},
                    {"code", item.done() ? Json() : Json(item.error.code)},
                    {"words", item.done() ? Json() : Json(desk.words(item.error.code, call.lang))},
                    {"version", item.done() ? Json(item.version) : Json()},
                    {"case_id", item.case_id ? Json(item.case_id->value) : Json()},
                    {"matter_id", item.matter ? Json(item.matter->value) : Json()}});
  }
  return Answer{.body = {{"items", std::move(rows)}}};
}

Result<Answer> screen_leads(Call& call, Desk& desk) {
  return bulk_answer(call, desk,
                     cases::screen_all(*call.database, call.actor(), desk.parts.catalog,
                                       seen_leads(call.body), call.at));
}

Result<Answer> dismiss_leads(Call& call, Desk& desk) {
  return bulk_answer(call, desk,
                     cases::propose_dismissal_of_all(
                         *call.database, call.actor(), desk.parts.catalog, seen_leads(call.body),
                         call.body["reason"].get<std::string>(), call.at));
}

Result<Answer> merge_leads_each(Call& call, Desk& desk) {
  return bulk_answer(call, desk,
                     cases::merge_all(*call.database, call.actor(), desk.parts.catalog,
                                      seen_leads(call.body), call.at));
}

Result<Answer> dispatch_cases(Call& call, Desk& desk) {
  std::vector<cases::SeenCase> seen;
  for (const auto& one : call.body["cases"]) {
    seen.push_back({{one["case_id"].get<std::int64_t>()}, one["version"].get<std::int64_t>()});
  }
  cases::Dispatch to{.organisation = text_in(call.body, "organisation")};
  if (const auto verifier = number_in(call.body, "verifier"); verifier != 0) {
    to.verifier = access::PersonId{verifier};
  }
  return bulk_answer(
      call, desk,
      cases::dispatch_all(*call.database, call.actor(), desk.parts.catalog, seen, to, call.at));
}

Result<Answer> get_ageing(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto rows = cases::ageing(transaction, call.actor(), desk.parts.catalog, call.at.day());
    if (!rows) return fail(rows.error());
    Json states = Json::array();
    for (const auto& row : *rows) {
      states.push_back({{"state", row.state}, {"leads", row.leads}, {"overdue", row.overdue}});
    }
    return Answer{.body = {{"bucket_days", cases::age_bucket_days}, {"states", std::move(states)}}};
  });
}

Result<Answer> get_flow(Call& call) {
  const auto from = parse_month(call.text("from"));
  const auto to = parse_month(call.text("to"));
  if (!from) return call.wrong("query", "/from", from.error());
  if (!to) return call.wrong("query", "/to", to.error());
  constexpr int months_max = 120;
  if (*to < *from || months_between(*from, *to) >= months_max) {
    return call.wrong("query", "/to", {ErrorKind::invalid_input, "case.months", "1 to 120 months"});
  }
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto rows = cases::stock_and_flow(transaction, call.actor(), *from, *to);
    if (!rows) return fail(rows.error());
    const auto figure = [](const cases::FlowRow::Figure& one) {
      return Json{{"leads", one.leads}, {"amount_fen", one.amount_fen}};
    };
    Json months = Json::array();
    for (const auto& row : *rows) {
      months.push_back({{"month", format_month(row.month)},
                        {"opening", figure(row.opening)},
                        {"found", figure(row.found)},
                        {"reopened", figure(row.reopened)},
                        {"regrown", figure(row.regrown)},
                        {"moved_in", figure(row.moved_in)},
                        {"moved_out", figure(row.moved_out)},
                        {"closed", figure(row.closed)},
                        {"dismissed", figure(row.dismissed)},
                        {"closing", figure(row.closing)}});
    }
    return Answer{.body = {{"months", std::move(months)}}};
  });
}

Result<Answer> get_precision(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto rows = cases::precision(transaction, call.actor());
    if (!rows) return fail(rows.error());
    Json detections = Json::array();
    for (const auto& row : *rows) {
      const auto mille = row.precision_mille();
      detections.push_back({{"code", row.code},
                            {"confirmed", row.confirmed},
                            {"partly", row.partly},
                            {"unfounded", row.unfounded},
                            {"unverifiable", row.unverifiable},
                            {"precision_mille", mille ? Json(*mille) : Json()}});
    }
    return Answer{.body = {{"known_from", cases::precision_known_from},
                           {"detections", std::move(detections)}}};
  });
}

Json procedure_json(const catalog::Procedure& procedure) {
  Json states = Json::array();
  constexpr const char* kinds[] = {"start", "open", "aside", "end"};
  for (const auto& one : procedure.states) {
    states.push_back({{"name", one.name},
                      {"title", text_json(one.title)},
                      {"kind", kinds[static_cast<int>(one.kind)]}});
  }
  Json documents = Json::array();
  for (const auto& one : procedure.documents) {
    documents.push_back({{"name", one.name}, {"title", text_json(one.title)}});
  }
  Json transitions = Json::array();
  for (const auto& one : procedure.transitions) {
    transitions.push_back({{"act", one.act},
                           {"title", text_json(one.title)},
                           {"of", one.of_case ? "case" : "lead"},
                           {"from", one.from},
                           {"to", one.to},
                           {"right", text_or_null(one.right)},
                           {"chain", text_or_null(one.chain)},
                           {"document", text_or_null(one.document)},
                           {"reason", one.reason}});
  }
  return {{"title", text_json(procedure.title)},
          {"sure", procedure.sure},
          {"basis", procedure.basis},
          {"states", std::move(states)},
          {"documents", std::move(documents)},
          {"transitions", std::move(transitions)}};
}

}  // namespace

void add_desk_lead_routes(Handlers& handlers, Desk& desk) {
  handlers["list_desk_leads"] = [&desk](Call& call) { return list_desk_leads(call, desk); };
  handlers["count_desk_leads"] = count_desk_leads;
  handlers["get_desk_lead"] = [&desk](Call& call) { return get_desk_lead(call, desk); };
  handlers["reveal_desk_lead"] = [&desk](Call& call) { return reveal_desk_lead(call, desk); };
  handlers["list_lead_events"] = list_lead_events;
  handlers["screen_lead"] = [&desk](Call& call) { return screen_lead(call, desk); };
  handlers["dismiss_lead"] = [&desk](Call& call) { return dismiss_lead(call, desk); };
  handlers["screen_leads"] = [&desk](Call& call) { return screen_leads(call, desk); };
  handlers["dismiss_leads"] = [&desk](Call& call) { return dismiss_leads(call, desk); };
  handlers["merge_leads_each"] = [&desk](Call& call) { return merge_leads_each(call, desk); };
  handlers["dispatch_cases"] = [&desk](Call& call) { return dispatch_cases(call, desk); };
  handlers["get_ageing"] = [&desk](Call& call) { return get_ageing(call, desk); };
  handlers["get_flow"] = get_flow;
  handlers["get_precision"] = get_precision;
  handlers["get_procedure"] = [&desk](Call&) -> Result<Answer> {
    return Answer{.body = procedure_json(desk.parts.catalog.procedure)};
  };
}

}  // namespace anlan::server
