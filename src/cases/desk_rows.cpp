#include "cases/desk_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace anlan::cases {
namespace {

constexpr std::array<std::pair<LeadResult, std::string_view>, 4> result_names = {
    {{LeadResult::confirmed, "confirmed"},
     {LeadResult::partly, "partly"},
     {LeadResult::unfounded, "unfounded"},
     {LeadResult::unverifiable, "unverifiable"}}};

template <class Id>
std::optional<Id> id_of(const store::Row& row, std::string_view column) {
  const auto value = row.maybe_integer(column);
  return value ? std::optional<Id>(Id{*value}) : std::nullopt;
}

std::optional<Instant> instant_of(const store::Row& row, std::string_view column) {
  return id_of<Instant>(row, column);
}

template <class Id>
store::Value value_of(const std::optional<Id>& id) {
  return id ? store::Value(id->value) : store::Value();
}
store::Value value_of(const std::optional<Instant>& at) {
  return at ? store::Value(at->ms) : store::Value();
}

Due due_of(const store::Row& row) {
  return {Date{static_cast<std::int32_t>(row.integer("due_on"))}, row.flag("due_weekends_only")};
}

/// What people and the program change of a lead.
store::Fields fields_of(const DeskLead& lead) {
  return {{"severity", lead.severity},
          {"score_tenths", lead.score_tenths},
          {"verify_within_days", lead.verify_within_days},
          {"month_from", lead.month_from},
          {"month_to", lead.month_to},
          {"amount_kind", lead.amount_kind},
          {"amount_fen", lead.amount_fen},
          {"n_hits", lead.n_hits},
          {"expected_fen", lead.expected_fen},
          {"last_run", lead.last_run},
          {"change", lead.change},
          {"present", lead.present},
          {"state", lead.state},
          {"organisation_id", lead.organisation},
          {"case_id", value_of(lead.case_id)},
          {"due_on", lead.due.on.days},
          {"due_weekends_only", lead.due.weekends_only},
          {"matter_id", value_of(lead.matter)},
          {"result", lead.result ? store::Value(name_of(*lead.result)) : store::Value()},
          {"confirmed_fen", lead.confirmed_fen},
          {"ended_at", value_of(lead.ended_at)},
          {"reopened_times", lead.reopened_times},
          {"queue_key", queue_key(lead)}};
}

store::Fields fields_of(const CaseFile& file) {
  return {
      {"organisation_id", file.organisation},
      {"state", file.state},
      {"state_before",
       file.state_before.empty() ? store::Value() : store::Value(file.state_before)},
      {"verifier_person", value_of(file.verifier)},
      {"dispatched_at", value_of(file.dispatched_at)},
      {"concluded_at", value_of(file.concluded_at)},
      {"closed_at", value_of(file.closed_at)},
      {"due_on", file.due.on.days},
      {"due_weekends_only", file.due.weekends_only},
      {"suspended_at", value_of(file.suspended_at)},
      {"suspended_until_on",
       file.suspended_until ? store::Value(file.suspended_until->days) : store::Value()},
      {"days_left", file.days_left},
      {"matter_id", value_of(file.matter)},
      {"reopened_times", file.reopened_times},
  };
}

store::Fields differing(const store::Fields& before, store::Fields after) {
  store::Fields fields;
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i].second != before[i].second) fields.push_back(std::move(after[i]));
  }
  return fields;
}

}  // namespace

std::string name_of(LeadResult result) {
  for (const auto& [known, name] : result_names) {
    if (known == result) return std::string(name);
  }
  CHECK(false);
  return {};
}

std::optional<LeadResult> result_named(std::string_view name) {
  for (const auto& [result, known] : result_names) {
    if (known == name) return result;
  }
  return std::nullopt;
}

Due due_after(const fund::WorkCalendar& calendar, Date from, int working_days) {
  Due due{calendar.working_days_after(from, working_days), false};
  // Every year has holidays: one without any is one whose announcement is not known.
  for (int year = from.month().year(); year <= due.on.month().year(); ++year) {
    const auto first = calendar.closed.lower_bound(Date::of(year, 1, 1));
    due.weekends_only =
        due.weekends_only || first == calendar.closed.end() || first->month().year() != year;
  }
  return due;
}

int working_days_between(const fund::WorkCalendar& calendar, Date from, Date to) {
  int days = 0;
  for (Date day{from.days + 1}; day <= to; ++day.days) days += calendar.works_on(day) ? 1 : 0;
  return days;
}

std::string queue_key(const DeskLead& lead) {
  constexpr std::int64_t fen_max = 999'999'999'999'999;
  return fmt::format("{:015}{:04}{:07}{}",
                     fen_max - std::clamp<std::int64_t>(lead.expected_fen, 0, fen_max),
                     1000 - std::clamp(lead.score_tenths, 0, 1000), lead.due.on.days, lead.lead_id);
}

DeskLead lead_from(const store::Row& row) {
  DeskLead lead;
  lead.lead_id = row.text("lead_id");
  lead.code = row.text("code");
  lead.detection = row.text("detection");
  lead.severity = row.text("severity");
  lead.score_tenths = static_cast<int>(row.integer("score_tenths"));
  lead.verify_within_days = static_cast<int>(row.integer("verify_within_days"));
  lead.subject_kind = row.text("subject_kind");
  lead.subject_shown = row.text("subject_shown");
  lead.subject_blind = {row.bytes("subject_blind")};
  lead.month_from = static_cast<std::int32_t>(row.integer("month_from"));
  lead.month_to = static_cast<std::int32_t>(row.integer("month_to"));
  lead.amount_kind = row.text("amount_kind");
  lead.amount_fen = row.integer("amount_fen");
  lead.n_hits = row.integer("n_hits");
  lead.expected_fen = row.integer("expected_fen");
  lead.first_run = row.text("first_run");
  lead.last_run = row.text("last_run");
  lead.found_at = {row.integer("found_at")};
  lead.change = row.text("change");
  lead.present = row.flag("present");
  lead.state = row.text("state");
  lead.organisation = row.text("organisation_id");
  lead.case_id = id_of<CaseId>(row, "case_id");
  lead.due = due_of(row);
  lead.matter = id_of<duties::MatterId>(row, "matter_id");
  if (const auto result = row.maybe_text("result")) lead.result = result_named(*result);
  lead.confirmed_fen = row.maybe_integer("confirmed_fen");
  lead.ended_at = instant_of(row, "ended_at");
  lead.reopened_times = row.integer("reopened_times");
  lead.version = row.integer("version");
  return lead;
}

CaseFile case_from(const store::Row& row) {
  CaseFile file;
  file.id = {row.integer("case_id")};
  file.number = row.text("number");
  file.subject_kind = row.text("subject_kind");
  file.subject_shown = row.text("subject_shown");
  file.subject_blind = {row.bytes("subject_blind")};
  file.organisation = row.text("organisation_id");
  file.state = row.text("state");
  file.state_before = row.maybe_text("state_before").value_or("");
  file.verifier = id_of<access::PersonId>(row, "verifier_person");
  file.opened_at = {row.integer("opened_at")};
  file.dispatched_at = instant_of(row, "dispatched_at");
  file.concluded_at = instant_of(row, "concluded_at");
  file.closed_at = instant_of(row, "closed_at");
  file.due = due_of(row);
  file.suspended_at = instant_of(row, "suspended_at");
  if (const auto until = row.maybe_integer("suspended_until_on"))
    file.suspended_until = Date{static_cast<std::int32_t>(*until)};
  if (const auto days = row.maybe_integer("days_left")) file.days_left = static_cast<int>(*days);
  file.matter = id_of<duties::MatterId>(row, "matter_id");
  file.reopened_times = row.integer("reopened_times");
  file.version = row.integer("version");
  return file;
}

CaseEvent event_from(const store::Row& row) {
  CaseEvent event;
  event.id = row.integer("event_id");
  event.case_id = id_of<CaseId>(row, "case_id");
  event.lead_id = row.maybe_text("lead_id").value_or("");
  event.act = row.text("act");
  event.from = row.maybe_text("from_state").value_or("");
  event.to = row.maybe_text("to_state").value_or("");
  event.person = id_of<access::PersonId>(row, "person_id");
  event.by = row.text("done_by");
  event.post = row.text("post");
  event.reason = row.text("reason");
  event.document = row.maybe_integer("document_id");
  event.at = {row.integer("at")};
  return event;
}

Result<std::optional<DeskLead>> load_lead(store::Transaction& transaction,
                                          const std::string& lead_id) {
  const auto row = transaction.query_one("SELECT * FROM lead WHERE lead_id = ?", {lead_id});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<DeskLead>();
  return std::optional<DeskLead>(lead_from(**row));
}

Result<std::optional<CaseFile>> load_case(store::Transaction& transaction, CaseId id) {
  const auto row = transaction.query_one("SELECT * FROM case_file WHERE case_id = ?", {id.value});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<CaseFile>();
  return std::optional<CaseFile>(case_from(**row));
}

Result<std::vector<DeskLead>> load_leads_of(store::Transaction& transaction, CaseId id) {
  const auto rows =
      transaction.query("SELECT * FROM lead WHERE case_id = ? ORDER BY lead_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<DeskLead> leads;
  for (const auto& row : *rows) leads.push_back(lead_from(row));
  return leads;
}

Status save_lead(store::Transaction& transaction, const DeskLead& before, DeskLead& after,
                 const store::Stamp& stamp, Tally& tally) {
  const auto fields = differing(fields_of(before), fields_of(after));
  if (fields.empty()) return {};
  auto updated = store::update_record(transaction, {"lead", "lead_id", before.lead_id},
                                      before.version, fields, stamp);
  if (!updated) return updated;
  after.version = before.version + 1;
  tally.changed(before, after);
  return {};
}

Status save_case(store::Transaction& transaction, const CaseFile& before, CaseFile& after,
                 const store::Stamp& stamp) {
  auto fields = differing(fields_of(before), fields_of(after));
  // An act that changes nothing of the case is one of it all the same: who looked before, looks
  // anew.
  if (fields.empty()) fields = {{"state", after.state}};
  auto updated = store::update_record(transaction, {"case_file", "case_id", before.id.value},
                                      before.version, fields, stamp);
  if (!updated) return updated;
  after.version = before.version + 1;
  return {};
}

store::Fields new_lead_fields(const DeskLead& lead) {
  store::Fields fields = {{"lead_id", lead.lead_id},
                          {"code", lead.code},
                          {"detection", lead.detection},
                          {"subject_kind", lead.subject_kind},
                          {"subject_shown", lead.subject_shown},
                          {"subject_blind", lead.subject_blind.value()},
                          {"first_run", lead.first_run},
                          {"found_at", lead.found_at.ms},
                          {"version", lead.version}};
  for (auto& field : fields_of(lead)) {
    if (!field.second.is_null()) fields.push_back(std::move(field));
  }
  return fields;
}

Status add_event(store::Transaction& transaction, const CaseEvent& event) {
  const auto text = [](const std::string& words) {
    return words.empty() ? store::Value() : store::Value(words);
  };
  const auto added = transaction.run(
      "INSERT INTO case_event (case_id, lead_id, act, from_state, to_state, person_id, done_by,"
      " post, reason, document_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {value_of(event.case_id), text(event.lead_id), event.act, text(event.from), text(event.to),
       value_of(event.person), event.by, event.post, event.reason, event.document, event.at.ms});
  if (!added) return fail(added.error());
  return {};
}

Result<std::string> top_organisation(store::Transaction& transaction) {
  const auto row = transaction.query_one(
      "SELECT organisation_id FROM organisation WHERE parent_id IS NULL ORDER BY organisation_id");
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::conflict, "case.no_organisation");
  return (*row)->text("organisation_id");
}

}  // namespace anlan::cases
