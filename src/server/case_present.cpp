#include "server/case_present.hpp"

#include "server/lead_present.hpp"
#include "server/present.hpp"

namespace anlan::server {
namespace {

Json due_json(const cases::Due& due) {
  return due.is_never() ? Json() : Json(format_date(due.on));
}

}  // namespace

Json month_number_json(std::int32_t month) {
  return month == 0 ? Json() : Json(format_month(Month{month}));
}

Json desk_lead_json(const cases::DeskLead& lead, const Desk& desk) {
  return {{"lead_id", lead.lead_id},
          {"code", lead.code},
          {"title", text_json(title_of(desk.titles, lead.code, lead.detection))},
          {"severity", lead.severity},
          {"score_tenths", lead.score_tenths},
          {"subject_kind", lead.subject_kind},
          {"subject_shown", lead.subject_shown},
          {"month_from", month_number_json(lead.month_from)},
          {"month_to", month_number_json(lead.month_to)},
          {"amount_kind", lead.amount_kind},
          {"amount_fen", lead.amount_fen},
          {"expected_fen", lead.expected_fen},
          {"n_hits", lead.n_hits},
          {"found_at", format_instant(lead.found_at)},
          {"change", lead.change},
          {"present", lead.present},
          {"state", lead.state},
          {"organisation", lead.organisation},
          {"case_id", lead.case_id ? Json(lead.case_id->value) : Json()},
          {"due_on", due_json(lead.due)},
          {"due_weekends_only", lead.due.weekends_only},
          {"matter_id", lead.matter ? Json(lead.matter->value) : Json()},
          {"result", lead.result ? Json(cases::name_of(*lead.result)) : Json()},
          {"confirmed_fen", lead.confirmed_fen ? Json(*lead.confirmed_fen) : Json()},
          {"ended_at", moment_json(lead.ended_at)},
          {"reopened_times", lead.reopened_times},
          {"version", lead.version}};
}

Json case_json(const cases::CaseFile& file) {
  return {{"case_id", file.id.value},
          {"number", file.number},
          {"subject_kind", file.subject_kind},
          {"subject_shown", file.subject_shown},
          {"organisation", file.organisation},
          {"state", file.state},
          {"state_before", text_or_null(file.state_before)},
          {"verifier", file.verifier ? Json(file.verifier->value) : Json()},
          {"opened_at", format_instant(file.opened_at)},
          {"dispatched_at", moment_json(file.dispatched_at)},
          {"concluded_at", moment_json(file.concluded_at)},
          {"closed_at", moment_json(file.closed_at)},
          {"due_on", due_json(file.due)},
          {"due_weekends_only", file.due.weekends_only},
          {"suspended_at", moment_json(file.suspended_at)},
          {"suspended_until", day_json(file.suspended_until)},
          {"days_left", file.days_left ? Json(*file.days_left) : Json()},
          {"matter_id", file.matter ? Json(file.matter->value) : Json()},
          {"reopened_times", file.reopened_times},
          {"version", file.version}};
}

Json case_event_json(const cases::CaseEvent& event) {
  return {{"event_id", event.id},
          {"case_id", event.case_id ? Json(event.case_id->value) : Json()},
          {"lead_id", text_or_null(event.lead_id)},
          {"act", event.act},
          {"from", text_or_null(event.from)},
          {"to", text_or_null(event.to)},
          {"person_id", event.person ? Json(event.person->value) : Json()},
          {"by", event.by},
          {"post", text_or_null(event.post)},
          {"reason", event.reason},
          {"document_id", event.document ? Json(*event.document) : Json()},
          {"at", format_instant(event.at)}};
}

}  // namespace anlan::server
