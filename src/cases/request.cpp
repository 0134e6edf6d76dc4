#include "cases/request.hpp"

#include <array>

#include "base/check.hpp"
#include "cases/follow_case.hpp"
#include "store/record.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using store::Transaction;

constexpr std::array<std::pair<RequestState, std::string_view>, 3> states = {
    {{RequestState::waiting, "waiting"},
     {RequestState::answered, "answered"},
     {RequestState::withdrawn, "withdrawn"}}};
constexpr int days_max = 250;  // working days of a year

std::string word_of_request(RequestId id) {
  return "request:" + std::to_string(id.value);
}

auto missing(RequestId id) {
  return fail(ErrorKind::not_found, "request.not_found", word_of_request(id));
}

Request request_from(const store::Row& row, Date today) {
  Request request;
  request.id = {row.integer("request_id")};
  request.made = {{row.integer("case_id")},
                  row.maybe_text("to_organisation_id").value_or(""),
                  row.maybe_text("to_department").value_or(""),
                  row.text("number"),
                  row.text("question"),
                  static_cast<int>(row.integer("working_days"))};
  for (const auto& [state, name] : states) {
    if (name == row.text("state")) request.state = state;
  }
  request.due_on = Date{static_cast<std::int32_t>(row.integer("due_on"))};
  request.sent_at = {row.integer("sent_at")};
  request.sent_by_person = row.integer("sent_by_person");
  request.answer = row.text("answer");
  request.answer_document = row.text("answer_document");
  request.file_sha256 = row.maybe_text("file_sha256").value_or("");
  if (const auto at = row.maybe_integer("answered_at")) request.answered_at = Instant{*at};
  request.answered_by_person = row.maybe_integer("answered_by_person").value_or(0);
  request.withdrawn_reason = row.maybe_text("withdrawn_reason").value_or("");
  request.overdue = request.state == RequestState::waiting && today > request.due_on;
  request.late = request.answered_at && request.answered_at->day() > request.due_on;
  request.version = row.integer("version");
  return request;
}

struct RequestSeen {
  Request request;
  FollowCase of;
};
/// One that the actor's organisation asked, or is to answer.
Result<RequestSeen> request_seen(Transaction& transaction, const Actor& actor, RequestId id,
                                 Date today) {
  const auto row =
      transaction.query_one("SELECT * FROM case_request WHERE request_id = ?", {id.value});
  if (!row) return fail(row.error());
  if (!*row) return missing(id);
  auto request = request_from(**row, today);
  auto of = case_itself(transaction, request.made.of);
  if (!of) return fail(of.error());
  const auto& asked = request.made.to_organisation;
  const bool may = actor.how() == access::Authenticated::console ||
                   actor.may("case_read", of->organisation) ||
                   (!asked.empty() && actor.may("request_answer", asked));
  if (!may) return missing(id);
  return RequestSeen{std::move(request), std::move(*of)};
}

Status check_new(const NewRequest& request) {
  if (request.to_organisation.empty() == request.to_department.empty())
    return fail(ErrorKind::invalid_input, "request.to", "one of organisation and department");
  if (request.working_days < 1 || request.working_days > days_max)
    return fail(ErrorKind::invalid_input, "request.days", std::to_string(request.working_days));
  if (auto right = check_text("request.text", "number", request.number, true, 300); !right)
    return right;
  if (auto right = check_text("request.text", "to_department", request.to_department, false, 300);
      !right)
    return right;
  return check_text("request.text", "question", request.question);
}

/// Errors: conflict "request.state".
Status check_waiting(const Request& request) {
  if (request.state == RequestState::waiting) return {};
  return fail(ErrorKind::conflict, "request.state", std::string(name_of(request.state)));
}

}  // namespace

std::string_view name_of(RequestState state) {
  for (const auto& [known, name] : states) {
    if (known == state) return name;
  }
  CHECK(false);
  return {};
}

Result<RequestId> send_request(Transaction& transaction, const Actor& actor,
                               const fund::WorkCalendar& calendar, const NewRequest& given,
                               Instant now) {
  const auto of = case_to_act_on(transaction, actor, given.of, "case_work");
  if (!of) return fail(of.error());
  auto request = given;
  request.number = kept_reference(given.number);
  request.question = kept_prose(given.question);

  if (auto right = check_new(request); !right) return fail(right.error());
  // Any organisation of the tree may be asked, also one the actor does not see.
  store::Value to_organisation;
  if (!request.to_organisation.empty()) {
    const auto there =
        transaction.query_one("SELECT organisation_id FROM organisation WHERE organisation_id = ?",
                              {request.to_organisation});
    if (!there) return fail(there.error());
    if (!*there)
      return fail(ErrorKind::not_found, "access.no_organisation", request.to_organisation);
    to_organisation = store::Value(std::string_view(request.to_organisation));
  }
  const auto due_on = calendar.working_days_after(now.day(), request.working_days);
  const auto department = request.to_department.empty()
                              ? store::Value()
                              : store::Value(std::string_view(request.to_department));
  const auto id = store::insert_numbered(transaction, "case_request", "request_id",
                                         {{"case_id", request.of.value},
                                          {"organisation_id", of->organisation},
                                          {"to_organisation_id", to_organisation},
                                          {"to_department", department},
                                          {"number", request.number},
                                          {"question", request.question},
                                          {"working_days", request.working_days},
                                          {"due_on", due_on.days},
                                          {"state", name_of(RequestState::waiting)},
                                          {"sent_by_person", actor.person()->value},
                                          {"sent_at", now.ms},
                                          {"answer", ""},
                                          {"answer_document", ""}},
                                         actor.stamp(now));
  if (!id) return fail(id.error());
  Told told{"request.sent",
            word_of_request({*id}),
            {{"due_on", format_date(due_on)}},
            {{"working_days", request.working_days}},
            {{"number", request.number}, {"question", request.question}}};
  if (!request.to_organisation.empty()) told.refs["to"] = request.to_organisation;
  if (!request.to_department.empty()) told.personal["to"] = request.to_department;
  if (auto done = tell_of(transaction, actor, *of, std::move(told), now); !done)
    return fail(done.error());
  return RequestId{*id};
}

Status answer_request(Transaction& transaction, const Actor& actor, RequestId id,
                      std::int64_t version, const Answer& given, Instant now) {
  auto answer = given;
  answer.text = kept_prose(given.text);
  answer.document = kept_reference(given.document);

  const auto seen = request_seen(transaction, actor, id, now.day());
  if (!seen) return fail(seen.error());
  const auto person = person_of(actor);
  if (!person) return fail(person.error());
  const auto& asked = seen->request.made.to_organisation;
  const auto right = asked.empty() ? "case_work" : "request_answer";
  const auto& where = asked.empty() ? seen->of.organisation : asked;
  if (!actor.may(right, where)) return fail(ErrorKind::forbidden, "access.no_right", right);
  if (auto waits = check_waiting(seen->request); !waits) return waits;
  if (auto fine = check_text("request.text", "answer", answer.text); !fine) return fine;
  if (auto fine = check_text("request.text", "document", answer.document, false, 300); !fine)
    return fine;
  if (!answer.file_sha256.empty() && !is_sha256(answer.file_sha256))
    return fail(ErrorKind::invalid_input, "request.file", "no SHA-256");
  const auto file = answer.file_sha256.empty() ? store::Value()
                                               : store::Value(std::string_view(answer.file_sha256));
  const auto updated =
      store::update_record(transaction, {"case_request", "request_id", id.value}, version,
                           {{"state", name_of(RequestState::answered)},
                            {"answer", answer.text},
                            {"answer_document", answer.document},
                            {"file_sha256", file},
                            {"answered_at", now.ms},
                            {"answered_by_person", *person}},
                           actor.stamp(now));
  if (!updated) return updated;
  Told told{"request.answered",
            word_of_request(id),
            {{"late", now.day() > seen->request.due_on ? "yes" : "no"}},
            {},
            {{"answer", answer.text}, {"document", answer.document}}};
  if (!answer.file_sha256.empty()) told.refs["file"] = answer.file_sha256;
  return tell_of(transaction, actor, seen->of, std::move(told), now);
}

Status withdraw_request(Transaction& transaction, const Actor& actor, RequestId id,
                        std::int64_t version, const std::string& reason, Instant now) {
  const auto seen = request_seen(transaction, actor, id, now.day());
  if (!seen) return fail(seen.error());
  const auto of = case_to_act_on(transaction, actor, seen->of.id, "case_work");
  if (!of) return of.error().code == "case.not_found" ? missing(id) : fail(of.error());
  if (auto waits = check_waiting(seen->request); !waits) return waits;
  if (auto right = check_text("request.text", "reason", reason); !right) return right;
  const auto updated = store::update_record(
      transaction, {"case_request", "request_id", id.value}, version,
      {{"state", name_of(RequestState::withdrawn)}, {"withdrawn_reason", kept_prose(reason)}},
      actor.stamp(now));
  if (!updated) return updated;
  return tell_of(
      transaction, actor, *of,
      {"request.withdrawn", word_of_request(id), {}, {}, {{"reason", kept_prose(reason)}}}, now);
}

Result<Request> find_request(Transaction& transaction, const Actor& actor, RequestId id,
                             Date today) {
  auto seen = request_seen(transaction, actor, id, today);
  if (!seen) return fail(seen.error());
  return std::move(seen->request);
}

Result<std::vector<Request>> list_requests(Transaction& transaction, const Actor& actor,
                                           std::optional<CaseId> of, Date today) {
  if (of) {
    if (const auto seen = case_to_read(transaction, actor, *of, "case_read"); !seen)
      return fail(seen.error());
  }
  auto where = reading_scope(actor, "case_read").condition("q.organisation_id");
  const auto asked = reading_scope(actor, "request_answer").condition("q.to_organisation_id");
  where.sql = "(" + where.sql + " OR " + asked.sql + ")";
  where.values.insert(where.values.end(), asked.values.begin(), asked.values.end());
  if (of) {
    where.sql += " AND q.case_id = ?";
    where.values.emplace_back(of->value);
  }
  const auto rows = transaction.query(
      "SELECT q.* FROM case_request q WHERE " + where.sql + " ORDER BY q.due_on, q.request_id",
      where.values);
  if (!rows) return fail(rows.error());
  std::vector<Request> requests;
  for (const auto& row : *rows) requests.push_back(request_from(row, today));
  return requests;
}

}  // namespace anlan::cases
