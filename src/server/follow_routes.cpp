#include "cases/accountability.hpp"
#include "cases/disposal.hpp"
#include "cases/recovery.hpp"
#include "cases/remedy.hpp"
#include "cases/request.hpp"
#include "files/files.hpp"
#include "server/desk.hpp"
#include "server/given.hpp"
#include "server/page.hpp"
#include "server/present.hpp"

namespace anlan::server {
namespace {

cases::CaseId case_of(const Call& call) {
  return {call.number("case_id")};
}

Json number_or_null(std::int64_t number) {
  return number == 0 ? Json() : Json(number);
}

template <class Work>
Result<Answer> written(Call& call, Desk& desk, Work&& work) {
  auto done = call.write(std::forward<Work>(work));
  if (done) desk.tell("cases");
  return done;
}

/// One act on something whose version the caller saw; `answer` shows it as it is then.
template <class Act, class Show>
Result<Answer> act_on(Call& call, Desk& desk, Act&& act, Show&& show) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  return written(call, desk, [&](store::Transaction& transaction) -> Result<Answer> {
    const auto done = act(transaction, *seen);
    if (!done) return fail(done.error());
    return show(transaction);
  });
}

template <class Things, class Present>
Json list_json(const Things& things, Present&& present) {
  Json rows = Json::array();
  for (const auto& one : things) rows.push_back(present(one));
  return rows;
}

// Disposals.

Json disposal_json(const cases::Disposal& one) {
  return {{"disposal_id", one.id.value},
          {"case_id", one.made.of.value},
          {"lead_id", text_or_null(one.made.lead_id)},
          {"kind", cases::name_of(one.made.kind)},
          {"document", text_or_null(one.made.document)},
          {"file_sha256", text_or_null(one.made.file_sha256)},
          {"amount_fen", one.made.amount.value},
          {"grounds", one.made.grounds},
          {"made_by", one.made_by},
          {"post", text_or_null(one.post)},
          {"made_at", format_instant(one.made_at)},
          {"withdrawn_at", moment_json(one.withdrawn_at)},
          {"withdrawn_reason", text_or_null(one.withdrawn_reason)},
          {"version", one.version}};
}

/// One of a case, looked for in its list.
Result<Answer> disposal_answer(store::Transaction& transaction, const Call& call, cases::CaseId of,
                               cases::DisposalId id, int status = 200) {
  const auto all = cases::list_disposals(transaction, call.actor(), of);
  if (!all) return fail(all.error());
  for (const auto& one : *all) {
    if (one.id == id) {
      return Answer{.status = status, .body = disposal_json(one), .etag = version_tag(one.version)};
    }
  }
  return fail(ErrorKind::not_found, "disposal.not_found", std::to_string(id.value));
}

Result<Answer> list_disposals(Call& call, Desk&) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = cases::list_disposals(transaction, call.actor(), case_of(call));
    if (!all) return fail(all.error());
    return Answer{.body = {{"disposals", list_json(*all, disposal_json)}}};
  });
}

Result<Answer> add_disposal(Call& call, Desk& desk) {
  const cases::NewDisposal disposal{case_of(call),
                                    text_in(call.body, "lead_id"),
                                    *cases::disposal_kind_named(text_in(call.body, "kind")),
                                    text_in(call.body, "document"),
                                    text_in(call.body, "file_sha256"),
                                    Fen{number_in(call.body, "amount_fen")},
                                    text_in(call.body, "grounds")};
  return written(call, desk, [&](store::Transaction& transaction) -> Result<Answer> {
    const auto id =
        cases::add_disposal(transaction, call.actor(), desk.parts.catalog, disposal, call.at);
    if (!id) return fail(id.error());
    if (auto given = check_given(transaction, call, "/file_sha256", disposal.file_sha256); !given) {
      return fail(given.error());
    }
    return disposal_answer(transaction, call, case_of(call), *id, 201);
  });
}

Result<Answer> withdraw_disposal(Call& call, Desk& desk) {
  const cases::DisposalId id{call.number("disposal_id")};
  return act_on(
      call, desk,
      [&](auto& transaction, std::int64_t seen) -> Status {
        // Its place in the address is right, or it is not there.
        const auto there = disposal_answer(transaction, call, case_of(call), id);
        if (!there) return fail(there.error());
        return cases::withdraw_disposal(transaction, call.actor(), id, seen,
                                        text_in(call.body, "reason"), call.at);
      },
      [&](auto& transaction) { return disposal_answer(transaction, call, case_of(call), id); });
}

// Recovery.

Json line_json(const cases::RecoveryLine& line) {
  return {{"line_id", line.id.value},
          {"kind", cases::name_of(line.kind)},
          {"part", cases::name_of(line.part)},
          {"amount_fen", line.amount.value},
          {"on", format_date(line.on)},
          {"document", line.document},
          {"matter_id", line.matter ? Json(line.matter->value) : Json()},
          {"by", line.by},
          {"at", format_instant(line.at)},
          {"reversed_at", moment_json(line.reversed_at)},
          {"reversed_reason", text_or_null(line.reversed_reason)}};
}

Result<Json> recovery_json(const cases::Recovery& one, const Desk& desk, Date today) {
  const auto balance = cases::balance_of(one, desk.parts.catalog.recovery_terms, today);
  if (!balance) return fail(balance.error());
  Json plan = Json::array();
  for (const auto& part : balance->instalments) {
    plan.push_back({{"due_on", format_date(part.agreed.due_on)},
                    {"amount_fen", part.agreed.amount.value},
                    {"paid_fen", part.paid.value},
                    {"overdue", part.overdue}});
  }
  return Json{{"recovery_id", one.id.value},
              {"case_id", one.made.of.value},
              {"case_number", one.case_number},
              {"organisation", one.organisation},
              {"debtor", cases::name_of(one.made.debtor)},
              {"debtor_shown", one.made.debtor_shown},
              {"basis", one.made.basis},
              {"due_on", format_date(one.made.due_on)},
              {"interest", one.made.interest},
              {"due_fen", balance->due.value},
              {"received_fen", balance->received.value},
              {"offset_fen", balance->offset.value},
              {"written_off_fen", balance->written_off.value},
              {"open_fen", balance->open.value},
              {"interest_fen", balance->interest.value},
              {"interest_settled_fen", balance->interest_settled.value},
              {"interest_open_fen", balance->interest_open.value},
              {"overdue", balance->overdue},
              {"settled", balance->settled},
              {"running", balance->running},
              {"lines", list_json(one.lines, line_json)},
              {"instalments", std::move(plan)},
              {"plan_document", text_or_null(one.plan_document)},
              {"version", one.version}};
}

Result<Answer> recovery_answer(store::Transaction& transaction, const Call& call, const Desk& desk,
                               cases::RecoveryId id, int status = 200) {
  const auto one = cases::find_recovery(transaction, call.actor(), id);
  if (!one) return fail(one.error());
  auto json = recovery_json(*one, desk, call.at.day());
  if (!json) return fail(json.error());
  Answer answer{.status = status, .body = std::move(*json), .etag = version_tag(one->version)};
  if (status == 201) answer.location = "/api/recoveries/" + std::to_string(id.value);
  return answer;
}

cases::RecoveryId recovery_of(const Call& call) {
  return {call.number("recovery_id")};
}

Result<Answer> list_recoveries(Call& call, Desk& desk) {
  const auto parts = cursor_parts(call, 1);
  if (!parts) return fail(parts.error());
  cases::RecoveryFilter filter{.open_only = call.flag("open"),
                               .limit = call.number("limit", page_usual) + 1};
  if (call.has("case_id")) filter.of = case_of(call);
  if (!parts->empty()) filter.after = std::stoll((*parts)[0]);
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = cases::list_recoveries(transaction, call.actor(), filter);
    if (!all) return fail(all.error());
    Json rows = Json::array();
    Json next;
    for (const auto& one : *all) {
      if (rows.size() + 1 == static_cast<std::size_t>(filter.limit)) {
        next = cursor_text({std::to_string(rows.back()["recovery_id"].get<std::int64_t>())},
                           question_of(call));
        break;
      }
      auto json = recovery_json(one, desk, call.at.day());
      if (!json) return fail(json.error());
      rows.push_back(std::move(*json));
    }
    return Answer{.body = {{"recoveries", std::move(rows)}, {"next", std::move(next)}}};
  });
}

Result<Answer> get_recovery(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) {
    return recovery_answer(transaction, call, desk, recovery_of(call));
  });
}

Result<Answer> add_recovery(Call& call, Desk& desk) {
  const cases::NewRecovery recovery{case_of(call),
                                    *cases::debtor_named(text_in(call.body, "debtor")),
                                    text_in(call.body, "debtor_shown"),
                                    text_in(call.body, "basis"),
                                    Fen{number_in(call.body, "due_fen")},
                                    *day_in(call.body, "due_on"),
                                    text_in(call.body, "interest")};
  return written(call, desk, [&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = cases::add_recovery(transaction, call.actor(),
                                        desk.parts.catalog.recovery_terms, recovery, call.at);
    if (!id) return fail(id.error());
    return recovery_answer(transaction, call, desk, *id, 201);
  });
}

/// One act on a recovery; it is shown as it is then.
template <class Act>
Result<Answer> on_recovery(Call& call, Desk& desk, Act&& act) {
  return act_on(call, desk, std::forward<Act>(act), [&](auto& transaction) {
    return recovery_answer(transaction, call, desk, recovery_of(call));
  });
}

Result<Answer> add_recovery_line(Call& call, Desk& desk) {
  const cases::NewLine line{*cases::line_kind_named(text_in(call.body, "kind")),
                            *cases::part_named(text_in(call.body, "part")),
                            Fen{number_in(call.body, "amount_fen")}, *day_in(call.body, "on"),
                            text_in(call.body, "document")};
  return on_recovery(call, desk, [&](auto& transaction, std::int64_t seen) {
    return cases::add_line(transaction, call.actor(), desk.parts.catalog.recovery_terms,
                           recovery_of(call), seen, line, call.at);
  });
}

Result<Answer> reverse_recovery_line(Call& call, Desk& desk) {
  return on_recovery(call, desk, [&](auto& transaction, std::int64_t seen) {
    return cases::reverse_line(transaction, call.actor(), recovery_of(call), seen,
                               {call.number("line_id")}, text_in(call.body, "reason"), call.at);
  });
}

Result<Answer> agree_instalments(Call& call, Desk& desk) {
  std::vector<cases::Instalment> plan;
  for (const auto& one : call.body["instalments"]) {
    plan.push_back({*day_in(one, "due_on"), Fen{number_in(one, "amount_fen")}});
  }
  return on_recovery(call, desk, [&](auto& transaction, std::int64_t seen) {
    return cases::agree_instalments(transaction, call.actor(), recovery_of(call), seen, plan,
                                    text_in(call.body, "document"), call.at);
  });
}

Json write_off_json(const cases::WriteOff& one) {
  return {{"write_off_id", one.id.value},
          {"recovery_id", one.recovery.value},
          {"matter_id", one.matter.value},
          {"part", cases::name_of(one.part)},
          {"amount_fen", one.amount.value},
          {"grounds", one.grounds},
          {"state", one.state}};
}

Result<Answer> list_write_offs(Call& call, Desk&) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = cases::list_write_offs(transaction, call.actor(), recovery_of(call));
    if (!all) return fail(all.error());
    return Answer{.body = {{"write_offs", list_json(*all, write_off_json)}}};
  });
}

Result<Answer> ask_write_off(Call& call, Desk& desk) {
  return on_recovery(call, desk, [&](auto& transaction, std::int64_t seen) {
    return cases::ask_write_off(transaction, duties::rules_of(desk.parts.catalog), call.actor(),
                                desk.parts.catalog.recovery_terms, recovery_of(call), seen,
                                *cases::part_named(text_in(call.body, "part")),
                                Fen{number_in(call.body, "amount_fen")},
                                text_in(call.body, "grounds"), text_in(call.body, "post"), call.at);
  });
}

/// If-Match is the version of its matter: that is what a change makes void.
Result<Answer> change_write_off(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  auto done = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto changed = cases::change_write_off(
            transaction, duties::rules_of(desk.parts.catalog), call.actor(),
            desk.parts.catalog.recovery_terms, {call.number("write_off_id")}, *seen,
            Fen{number_in(call.body, "amount_fen")}, text_in(call.body, "grounds"),
            text_in(call.body, "post"), call.at);
        !changed)
      return fail(changed.error());
    return Answer{.status = 204};
  });
  if (done) desk.tell("matters");
  return done;
}

// Rectification and mechanism.

Json remedy_json(const cases::Remedy& one) {
  return {{"remedy_id", one.id.value},
          {"case_id", one.made.of.value},
          {"kind", cases::name_of(one.made.kind)},
          {"means", text_or_null(std::string(cases::name_of(one.made.means)))},
          {"organisation", one.made.organisation},
          {"owner", one.made.owner.value},
          {"what", one.made.what},
          {"document", text_or_null(one.made.document)},
          {"due_on", format_date(one.made.due_on)},
          {"state", cases::name_of(one.state)},
          {"report", text_or_null(one.report)},
          {"evidence", one.evidence},
          {"reference", text_or_null(one.reference)},
          {"matter_id", one.matter ? Json(one.matter->value) : Json()},
          {"ordered_by", number_or_null(one.ordered_by_person)},
          {"reported_by", number_or_null(one.reported_by_person)},
          {"reported_at", moment_json(one.reported_at)},
          {"checked_at", moment_json(one.checked_at)},
          {"overdue", one.overdue},
          {"version", one.version}};
}

Result<Answer> remedy_answer(store::Transaction& transaction, const Call& call, cases::RemedyId id,
                             int status = 200) {
  const auto one = cases::find_remedy(transaction, call.actor(), id, call.at.day());
  if (!one) return fail(one.error());
  Answer answer{.status = status, .body = remedy_json(*one), .etag = version_tag(one->version)};
  if (status == 201) answer.location = "/api/remedies/" + std::to_string(id.value);
  return answer;
}

cases::RemedyId remedy_of(const Call& call) {
  return {call.number("remedy_id")};
}

Result<Answer> list_remedies(Call& call, Desk&) {
  std::optional<cases::CaseId> of;
  if (call.has("case_id")) of = case_of(call);
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = cases::list_remedies(transaction, call.actor(), of, call.at.day());
    if (!all) return fail(all.error());
    return Answer{.body = {{"remedies", list_json(*all, remedy_json)}}};
  });
}

Result<Answer> get_remedy(Call& call, Desk&) {
  return call.read([&](store::Transaction& transaction) {
    return remedy_answer(transaction, call, remedy_of(call));
  });
}

Result<Answer> order_remedy(Call& call, Desk& desk) {
  const auto means = text_in(call.body, "means");
  const cases::NewRemedy remedy{
      case_of(call),
      *cases::remedy_kind_named(text_in(call.body, "kind")),
      means.empty() ? cases::RemedyMeans::none : *cases::remedy_means_named(means),
      text_in(call.body, "organisation"),
      {number_in(call.body, "owner")},
      text_in(call.body, "what"),
      text_in(call.body, "document"),
      *day_in(call.body, "due_on")};
  return written(call, desk, [&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = cases::order_remedy(transaction, call.actor(), remedy, call.at);
    if (!id) return fail(id.error());
    return remedy_answer(transaction, call, *id, 201);
  });
}

Result<Answer> report_remedy(Call& call, Desk& desk) {
  return act_on(
      call, desk,
      [&](auto& transaction, std::int64_t seen) -> Result<duties::MatterId> {
        const auto evidence = call.body["evidence"].get<std::vector<std::string>>();
        auto reported = cases::report_remedy(
            transaction, duties::rules_of(desk.parts.catalog), call.actor(), remedy_of(call), seen,
            text_in(call.body, "report"), evidence, text_in(call.body, "reference"),
            text_in(call.body, "post"), call.at);
        for (std::size_t i = 0; reported && i < evidence.size(); ++i) {
          const auto pointer = "/evidence/" + std::to_string(i);
          if (auto given = check_given(transaction, call, pointer, evidence[i]); !given) {
            return fail(given.error());
          }
        }
        return reported;
      },
      [&](auto& transaction) { return remedy_answer(transaction, call, remedy_of(call)); });
}

Result<Answer> withdraw_remedy(Call& call, Desk& desk) {
  return act_on(
      call, desk,
      [&](auto& transaction, std::int64_t seen) {
        return cases::withdraw_remedy(transaction, call.actor(), remedy_of(call), seen,
                                      text_in(call.body, "reason"), call.at);
      },
      [&](auto& transaction) { return remedy_answer(transaction, call, remedy_of(call)); });
}

// Accountability.

Json accountability_json(const cases::Accountability& one) {
  Json decided;
  if (one.decided) {
    decided = {{"measure", one.decided->measure},
               {"document", one.decided->document},
               {"file_sha256", text_or_null(one.decided->file_sha256)},
               {"on", format_date(one.decided->on)}};
  }
  return {{"accountability_id", one.id.value},
          {"case_id", one.made.of.value},
          {"person_id", one.made.person.value},
          {"role", cases::name_of(one.made.role)},
          {"ground", one.made.ground},
          {"loss_fen", one.made.loss.value},
          {"proposed_by", one.proposed_by_person},
          {"proposed_at", format_instant(one.proposed_at)},
          {"decided", std::move(decided)},
          {"version", one.version}};
}

Result<Answer> accountability_answer(store::Transaction& transaction, const Call& call,
                                     cases::AccountabilityId id, int status = 200) {
  const auto all = cases::list_accountabilities(transaction, call.actor(), case_of(call));
  if (!all) return fail(all.error());
  for (const auto& one : *all) {
    if (one.id == id) {
      return Answer{
          .status = status, .body = accountability_json(one), .etag = version_tag(one.version)};
    }
  }
  return fail(ErrorKind::not_found, "accountability.not_found", std::to_string(id.value));
}

Result<Answer> list_accountabilities(Call& call, Desk&) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = cases::list_accountabilities(transaction, call.actor(), case_of(call));
    if (!all) return fail(all.error());
    return Answer{.body = {{"accountabilities", list_json(*all, accountability_json)}}};
  });
}

Result<Answer> propose_accountability(Call& call, Desk& desk) {
  const cases::NewAccountability accountability{
      case_of(call),
      {number_in(call.body, "person_id")},
      *cases::accountable_role_named(text_in(call.body, "role")),
      text_in(call.body, "ground"),
      Fen{number_in(call.body, "loss_fen")}};
  return written(call, desk, [&](store::Transaction& transaction) -> Result<Answer> {
    const auto id =
        cases::propose_accountability(transaction, call.actor(), accountability, call.at);
    if (!id) return fail(id.error());
    return accountability_answer(transaction, call, *id, 201);
  });
}

Result<Answer> record_accountability(Call& call, Desk& desk) {
  const cases::AccountabilityId id{call.number("accountability_id")};
  const cases::AccountabilityDecision decision{
      text_in(call.body, "measure"), text_in(call.body, "document"),
      text_in(call.body, "file_sha256"), *day_in(call.body, "on")};
  return act_on(
      call, desk,
      [&](auto& transaction, std::int64_t seen) -> Status {
        const auto there = accountability_answer(transaction, call, id);
        if (!there) return fail(there.error());
        if (auto given = check_given(transaction, call, "/file_sha256", decision.file_sha256);
            !given) {
          return given;
        }
        return cases::record_accountability(transaction, call.actor(), id, seen, decision, call.at);
      },
      [&](auto& transaction) { return accountability_answer(transaction, call, id); });
}

// Requests.

Json request_json(const cases::Request& one) {
  return {{"request_id", one.id.value},
          {"case_id", one.made.of.value},
          {"to_organisation", text_or_null(one.made.to_organisation)},
          {"to_department", text_or_null(one.made.to_department)},
          {"number", one.made.number},
          {"question", one.made.question},
          {"state", cases::name_of(one.state)},
          {"due_on", format_date(one.due_on)},
          {"sent_at", format_instant(one.sent_at)},
          {"sent_by", number_or_null(one.sent_by_person)},
          {"answer", text_or_null(one.answer)},
          {"answer_document", text_or_null(one.answer_document)},
          {"file_sha256", text_or_null(one.file_sha256)},
          {"answered_at", moment_json(one.answered_at)},
          {"answered_by", number_or_null(one.answered_by_person)},
          {"withdrawn_reason", text_or_null(one.withdrawn_reason)},
          {"overdue", one.overdue},
          {"late", one.late},
          {"version", one.version}};
}

Result<Answer> request_answer(store::Transaction& transaction, const Call& call,
                              cases::RequestId id, int status = 200) {
  const auto one = cases::find_request(transaction, call.actor(), id, call.at.day());
  if (!one) return fail(one.error());
  Answer answer{.status = status, .body = request_json(*one), .etag = version_tag(one->version)};
  if (status == 201) answer.location = "/api/requests/" + std::to_string(id.value);
  return answer;
}

cases::RequestId request_of(const Call& call) {
  return {call.number("request_id")};
}

Result<Answer> list_requests(Call& call, Desk&) {
  std::optional<cases::CaseId> of;
  if (call.has("case_id")) of = case_of(call);
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = cases::list_requests(transaction, call.actor(), of, call.at.day());
    if (!all) return fail(all.error());
    return Answer{.body = {{"requests", list_json(*all, request_json)}}};
  });
}

Result<Answer> get_request(Call& call, Desk&) {
  return call.read([&](store::Transaction& transaction) {
    return request_answer(transaction, call, request_of(call));
  });
}

Result<Answer> send_request(Call& call, Desk& desk) {
  const cases::NewRequest request{case_of(call),
                                  text_in(call.body, "to_organisation"),
                                  text_in(call.body, "to_department"),
                                  text_in(call.body, "number"),
                                  text_in(call.body, "question"),
                                  static_cast<int>(number_in(call.body, "working_days"))};
  return written(call, desk, [&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = cases::send_request(transaction, call.actor(), desk.parts.catalog.calendar,
                                        request, call.at);
    if (!id) return fail(id.error());
    return request_answer(transaction, call, *id, 201);
  });
}

Result<Answer> answer_request(Call& call, Desk& desk) {
  const cases::Answer answer{text_in(call.body, "text"), text_in(call.body, "document"),
                             text_in(call.body, "file_sha256")};
  return act_on(
      call, desk,
      [&](auto& transaction, std::int64_t seen) -> Status {
        if (auto given = check_given(transaction, call, "/file_sha256", answer.file_sha256);
            !given) {
          return given;
        }
        return cases::answer_request(transaction, call.actor(), request_of(call), seen, answer,
                                     call.at);
      },
      [&](auto& transaction) { return request_answer(transaction, call, request_of(call)); });
}

Result<Answer> withdraw_request(Call& call, Desk& desk) {
  return act_on(
      call, desk,
      [&](auto& transaction, std::int64_t seen) {
        return cases::withdraw_request(transaction, call.actor(), request_of(call), seen,
                                       text_in(call.body, "reason"), call.at);
      },
      [&](auto& transaction) { return request_answer(transaction, call, request_of(call)); });
}

}  // namespace

void add_follow_routes(Handlers& handlers, Desk& desk) {
  const auto add = [&](const char* id, auto route) {
    handlers[id] = [&desk, route](Call& call) { return route(call, desk); };
  };
  add("list_disposals", list_disposals);
  add("add_disposal", add_disposal);
  add("withdraw_disposal", withdraw_disposal);
  add("list_recoveries", list_recoveries);
  add("get_recovery", get_recovery);
  add("add_recovery", add_recovery);
  add("add_recovery_line", add_recovery_line);
  add("reverse_recovery_line", reverse_recovery_line);
  add("agree_instalments", agree_instalments);
  add("list_write_offs", list_write_offs);
  add("ask_write_off", ask_write_off);
  add("change_write_off", change_write_off);
  add("list_remedies", list_remedies);
  add("get_remedy", get_remedy);
  add("order_remedy", order_remedy);
  add("report_remedy", report_remedy);
  add("withdraw_remedy", withdraw_remedy);
  add("list_accountabilities", list_accountabilities);
  add("propose_accountability", propose_accountability);
  add("record_accountability", record_accountability);
  add("list_requests", list_requests);
  add("get_request", get_request);
  add("send_request", send_request);
  add("answer_request", answer_request);
  add("withdraw_request", withdraw_request);
}

}  // namespace anlan::server
