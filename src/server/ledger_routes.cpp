#include "ledger/form_reader.hpp"
#include "ledger/ledger.hpp"
#include "server/desk.hpp"
#include "server/present.hpp"
#include "server/upload.hpp"

namespace anlan::server {
namespace {

Json head_json(const ledger::LedgerHead& head) {
  return {{"ledger_id", head.id},
          {"organisation", head.organisation},
          {"unit", head.unit},
          {"year", head.year},
          {"state", ledger::word_of(head.state)},
          {"content_version", head.content_version},
          {"sha256", head.sha256},
          {"in_force_version", head.in_force_version ? Json(*head.in_force_version) : Json()},
          {"in_force_on", day_json(head.in_force_on)},
          {"version", head.version}};
}

Json owner_json(const ledger::Owner& owner) {
  return {{"person_id", owner.person == 0 ? Json() : Json(owner.person)}, {"name", owner.name}};
}

Json point_json(const ledger::RiskPoint& point) {
  Json measures = Json::array();
  for (const auto& one : point.measures) {
    measures.push_back({{"measure", one.measure}, {"text", one.text}});
  }
  return {{"node", point.node},
          {"department", point.department},
          {"risk", point.risk},
          {"stage", point.stage},
          {"phase", point.phase},
          {"origin", point.origin},
          {"domain", point.domain},
          {"subject", point.subject},
          {"likelihood", point.likelihood},
          {"impact", point.impact},
          {"measures", std::move(measures)},
          {"direct", owner_json(point.direct)},
          {"department_head", owner_json(point.department_head)},
          {"unit_head", owner_json(point.unit_head)}};
}

ledger::Owner owner_of(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end()) return {};
  return {number_in(*found, "person_id"), text_in(*found, "name")};
}

ledger::RiskPoint point_of(const Json& body) {
  ledger::RiskPoint point;
  point.node = text_in(body, "node");
  point.department = text_in(body, "department");
  point.risk = text_in(body, "risk");
  point.stage = text_in(body, "stage");
  point.phase = text_in(body, "phase");
  point.origin = text_in(body, "origin");
  point.domain = text_in(body, "domain");
  point.subject = text_in(body, "subject");
  point.likelihood = static_cast<int>(number_in(body, "likelihood"));
  point.impact = static_cast<int>(number_in(body, "impact"));
  for (const auto& one : body["measures"]) {
    point.measures.push_back({text_in(one, "measure"), text_in(one, "text")});
  }
  point.direct = owner_of(body, "direct");
  point.department_head = owner_of(body, "department_head");
  point.unit_head = owner_of(body, "unit_head");
  return point;
}

/// Who has to sign, and who has.
Json signatures_json(const ledger::Ledger& found) {
  Json signatures = Json::array();
  for (const auto& one : ledger::needed_signatures(found.content, found.signatures)) {
    signatures.push_back(
        {{"level", ledger::word_of(one.level)},
         {"person_id", one.person == 0 ? Json() : Json(one.person)},
         {"name", one.name},
         {"signed_at", one.signature ? Json(format_instant(one.signature->at)) : Json()},
         {"signed_version", one.signature ? Json(one.signature->version) : Json()}});
  }
  return signatures;
}

Json ledger_json(const ledger::Ledger& found) {
  auto json = head_json(found.head);
  json["made_at"] = format_instant(found.made_at);
  json["points"] = Json::array();
  for (const auto& point : found.content.points) json["points"].push_back(point_json(point));
  json["signatures"] = signatures_json(found);
  json["submissions"] = Json::array();
  for (const auto& one : found.submissions) {
    json["submissions"].push_back({{"content_version", one.content_version},
                                   {"sha256", one.sha256},
                                   {"submitted_by", one.by},
                                   {"submitted_at", format_instant(one.at)},
                                   {"due_on", format_date(one.due)},
                                   {"outcome", text_or_null(one.outcome)},
                                   {"reason", one.reason},
                                   {"decided_by", text_or_null(one.decided_by)},
                                   {"decided_at", moment_json(one.decided_at)},
                                   {"matter_id", one.matter ? Json(*one.matter) : Json()}});
  }
  return json;
}

Result<Answer> ledger_answer(store::Transaction& transaction, const Call& call, std::int64_t id,
                             int status = 200) {
  const auto found = ledger::find(transaction, call.actor(), id);
  if (!found) return fail(found.error());
  Answer answer{
      .status = status, .body = ledger_json(*found), .etag = version_tag(found->head.version)};
  if (status == 201) answer.location = "/api/ledgers/" + std::to_string(id);
  return answer;
}

Result<Answer> list_ledgers(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto heads =
        ledger::list(transaction, call.actor(), static_cast<int>(call.number("year")));
    if (!heads) return fail(heads.error());
    Json rows = Json::array();
    for (const auto& head : *heads) rows.push_back(head_json(head));
    return Answer{.body = {{"ledgers", std::move(rows)}}};
  });
}

Result<Answer> get_ledger(Call& call) {
  return call.read([&](store::Transaction& transaction) {
    return ledger_answer(transaction, call, call.number("ledger_id"));
  });
}

Result<Answer> create_ledger(Call& call, Desk& desk) {
  const auto organisation = call.body["organisation"].get<std::string>();
  const auto year = static_cast<int>(number_in(call.body, "year"));
  const auto content = flag_in(call.body, "blank")
                           ? ledger::Content{organisation, "", year, {}}
                           : ledger::draft_from(desk.parts.catalog, organisation, "", year);
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = ledger::create(transaction, call.actor(), desk.parts.catalog, content, call.at);
    if (!id) return fail(id.error());
    return ledger_answer(transaction, call, *id, 201);
  });
  if (done) desk.tell("ledgers");
  return done;
}

/// One act on a ledger whose version the caller saw.
template <class Act>
Result<Answer> act_on(Call& call, Desk& desk, Act&& act) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  const auto id = call.number("ledger_id");
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto acted = act(transaction, id, *seen); !acted) return fail(acted.error());
    return ledger_answer(transaction, call, id);
  });
  if (done) desk.tell("ledgers");
  return done;
}

Result<Answer> change_ledger(Call& call, Desk& desk) {
  return act_on(call, desk,
                [&](store::Transaction& transaction, std::int64_t id, std::int64_t seen) -> Status {
                  const auto found = ledger::find(transaction, call.actor(), id);
                  if (!found) return fail(found.error());
                  ledger::Content content{
                      found->content.organisation, found->content.unit, found->content.year, {}};
                  for (const auto& point : call.body["points"]) {
                    content.points.push_back(point_of(point));
                  }
                  const auto changed = ledger::change(transaction, call.actor(), desk.parts.catalog,
                                                      id, seen, std::move(content), call.at);
                  if (!changed) return fail(changed.error());
                  return {};
                });
}

Result<Answer> sign_ledger(Call& call, Desk& desk) {
  const auto level = *ledger::level_of(call.body["level"].get<std::string>());
  return act_on(call, desk, [&](store::Transaction& transaction, auto id, auto seen) {
    return ledger::sign(transaction, call.actor(), desk.parts.catalog, id, seen, level, call.at);
  });
}

Result<Answer> submit_ledger(Call& call, Desk& desk) {
  return act_on(call, desk, [&](store::Transaction& transaction, auto id, auto seen) {
    return ledger::submit(transaction, duties::rules_of(desk.parts.catalog), call.actor(), id, seen,
                          call.at);
  });
}

Result<Answer> list_ledger_versions(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto kept = ledger::versions(transaction, call.actor(), call.number("ledger_id"));
    if (!kept) return fail(kept.error());
    Json rows = Json::array();
    for (const auto& one : *kept) {
      rows.push_back({{"content_version", one.version},
                      {"sha256", one.sha256},
                      {"made_by", one.made_by},
                      {"made_at", format_instant(one.made_at)}});
    }
    return Answer{.body = {{"versions", std::move(rows)}}};
  });
}

Result<Answer> get_ledger_coverage(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto found = ledger::find(transaction, call.actor(), call.number("ledger_id"));
    if (!found) return fail(found.error());
    Json rows = Json::array();
    bool stops = false;
    for (const auto& gap : ledger::gaps_of(found->content, desk.parts.catalog)) {
      stops = stops || gap.stops;
      rows.push_back({{"kind", gap.kind},
                      {"row", gap.row},
                      {"code", text_or_null(gap.code)},
                      {"stops", gap.stops}});
    }
    return Answer{.body = {{"stops", stops}, {"gaps", std::move(rows)}}};
  });
}

Result<Answer> list_late_ledgers(Call& call) {
  const auto year = static_cast<int>(call.number("year"));
  auto as_of = call.at.day();
  if (call.has("as_of")) {
    const auto day = parse_date(call.text("as_of"));
    if (!day) return call.wrong("query", "/as_of", day.error());
    as_of = *day;
  }
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto units = ledger::late(transaction, call.actor(), year, as_of);
    if (!units) return fail(units.error());
    Json rows = Json::array();
    for (const auto& unit : *units) {
      rows.push_back({{"organisation", unit.organisation},
                      {"unit", unit.unit},
                      {"ledger_id", unit.ledger ? Json(*unit.ledger) : Json()},
                      {"state", unit.state},
                      {"late", unit.lateness.kind},
                      {"days", unit.lateness.days},
                      {"submitted_on", day_json(unit.submitted_on)},
                      {"in_force_on", day_json(unit.in_force_on)}});
    }
    const auto due = ledger::deadlines_of(year);
    return Answer{.body = {{"submit_by", format_date(due.submit_by)},
                           {"in_force_by", format_date(due.in_force_by)},
                           {"as_of", format_date(as_of)},
                           {"units", std::move(rows)}}};
  });
}

Result<Answer> export_ledger(Call& call) {
  const auto id = call.number("ledger_id");
  const std::string format = call.text("format", "xlsx");
  std::optional<ledger::Form> form;
  const auto found = call.read([&](store::Transaction& transaction) -> Result<Answer> {
    auto made = ledger::form_of(transaction, call.actor(), id, call.number("content_version"));
    if (!made) return fail(made.error());
    form = std::move(*made);
    return Answer{};
  });
  if (!found) return fail(found.error());
  // An export is an act: it is told before anything leaves.
  const auto told = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = ledger::exported(transaction, call.actor(), id, *form, format, call.at);
        !done) {
      return fail(done.error());
    }
    return Answer{};
  });
  if (!told) return fail(told.error());
  const auto path = temporary_file();
  if (!path) return fail(path.error());
  const auto media = *files::media_named(format == "pdf" ? "pdf" : format);
  const Status written = format == "xlsx"   ? ledger::write_xlsx(*form, *path)
                         : format == "docx" ? ledger::write_docx(*form, *path)
                                            : ledger::write_pdf(*form, *path);
  auto answer =
      attachment(*path, files::mime_of(media),
                 "台账-" + form->content.organisation + "-" + std::to_string(form->content.year) +
                     "-v" + std::to_string(form->version) + "." + format,
                 true);
  if (!written) return fail(written.error());
  return answer;
}

/// A filled form becomes the unit's ledger of the year, or a new version of it.
Result<Answer> import_ledger(Call& call, Desk& desk) {
  auto& incoming = upload_of(call);
  const auto organisation = call.text("organisation");
  const auto year = static_cast<int>(call.number("year"));
  auto form =
      ledger::read_form(incoming.path(), desk.parts.catalog, {.fill_down = call.flag("fill_down")});
  if (!form) {
    // The file lies under a name of the server's own, which is nobody's business.
    auto error = form.error();
    const auto name = incoming.path().filename().string();
    for (auto at = error.detail.find(name); at != std::string::npos; at = error.detail.find(name)) {
      error.detail.replace(at, name.size(), "form.xlsx");
    }
    return fail(std::move(error));
  }
  form->content.organisation = organisation;
  form->content.year = year;
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto heads = ledger::list(transaction, call.actor(), year);
    if (!heads) return fail(heads.error());
    for (const auto& head : *heads) {
      if (head.organisation != organisation) continue;
      if (!call.has("if-match")) {
        return fail(ErrorKind::invalid_input, "request.if_match_missing",
                    version_tag(head.version));
      }
      const auto seen = call.if_match();
      if (!seen) return fail(seen.error());
      const auto changed = ledger::change(transaction, call.actor(), desk.parts.catalog, head.id,
                                          *seen, form->content, call.at);
      if (!changed) return fail(changed.error());
      return ledger_answer(transaction, call, head.id);
    }
    const auto id =
        ledger::create(transaction, call.actor(), desk.parts.catalog, form->content, call.at);
    if (!id) return fail(id.error());
    return ledger_answer(transaction, call, *id, 201);
  });
  if (done) desk.tell("ledgers");
  return done;
}

}  // namespace

void add_ledger_routes(Handlers& handlers, Desk& desk) {
  handlers["list_ledgers"] = [](Call& call) { return list_ledgers(call); };
  handlers["get_ledger"] = [](Call& call) { return get_ledger(call); };
  handlers["create_ledger"] = [&desk](Call& call) { return create_ledger(call, desk); };
  handlers["change_ledger"] = [&desk](Call& call) { return change_ledger(call, desk); };
  handlers["sign_ledger"] = [&desk](Call& call) { return sign_ledger(call, desk); };
  handlers["submit_ledger"] = [&desk](Call& call) { return submit_ledger(call, desk); };
  handlers["list_ledger_versions"] = [](Call& call) { return list_ledger_versions(call); };
  handlers["get_ledger_coverage"] = [&desk](Call& call) { return get_ledger_coverage(call, desk); };
  handlers["list_late_ledgers"] = [](Call& call) { return list_late_ledgers(call); };
  handlers["export_ledger"] = [](Call& call) { return export_ledger(call); };
  handlers["import_ledger"] = [&desk](Call& call) { return import_ledger(call, desk); };
}

}  // namespace anlan::server
