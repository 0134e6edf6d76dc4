#include "jobs/job_json.hpp"

namespace anlan::jobs {
namespace {

using Json = nlohmann::ordered_json;

Json moment(const std::optional<Instant>& at) {
  return at ? Json(format_instant(*at)) : Json();
}

Json day(const std::optional<Date>& on) {
  return on ? Json(format_date(*on)) : Json();
}

Json words(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

/// Whole, also what is not set: a reader needs no second list of defaults.
Json json_of(const Work& work) {
  if (work.kind == Kind::import) {
    return {{"paths", work.paths},
            {"table", words(work.table)},
            {"period", words(work.period)},
            {"map", words(work.map)},
            {"replace_period", work.replace_period}};
  }
  return {{"only", work.only}, {"as_of", words(work.as_of)}, {"force", work.force}};
}

}  // namespace

Json json_of(const Job& job) {
  Json progress;
  if (job.progress) {
    progress = {
        {"step", job.progress->step}, {"done", job.progress->done}, {"total", job.progress->total}};
  }
  const auto result =
      job.result.empty() ? Json() : Json::parse(job.result, nullptr, /*allow_exceptions=*/false);
  return {{"job_id", job.id.value},
          {"kind", name_of(job.work.kind)},
          {"work", json_of(job.work)},
          {"state", name_of(job.state)},
          {"complete", job.state == State::done ? Json(job.exit_code == 0) : Json()},
          {"exit_code", job.exit_code ? Json(*job.exit_code) : Json()},
          {"error", words(job.error)},
          {"progress", std::move(progress)},
          {"result", result.is_object() ? result : Json()},
          {"asked_by", job.asked_by},
          {"asked_at", format_instant(job.asked_at)},
          {"started_at", moment(job.started_at)},
          {"ended_at", moment(job.ended_at)},
          {"schedule", words(job.schedule)},
          {"due_at", moment(job.due_at)},
          {"missed", job.missed},
          {"again_of", job.again_of ? Json(job.again_of->value) : Json()},
          {"cancel_by", words(job.cancel_by)},
          {"cancel_at", moment(job.cancel_at)},
          {"version", job.version}};
}

Json json_of(const Schedule& schedule) {
  return {{"name", schedule.name},
          {"kind", name_of(schedule.work.kind)},
          {"work", json_of(schedule.work)},
          {"rule", fund::text_of(schedule.rule)},
          {"late", schedule.catch_up ? "run" : "skip"},
          {"next_due_at", format_instant(schedule.next_due)},
          {"set_by", schedule.set_by},
          {"set_at", format_instant(schedule.set_at)},
          {"version", schedule.version}};
}

Json json_of(const Source& source) {
  const auto& agreement = source.agreement;
  return {{"table", agreement.table},
          {"departments", {{"zh", source.departments.zh}, {"en", source.departments.en}}},
          {"frequency", agreement.frequency},
          {"grace_days", agreement.grace_days},
          {"sure", agreement.sure},
          {"document", words(agreement.document)},
          {"agreed_on", day(agreement.agreed_on)},
          {"state", name_of(source.freshness)},
          {"received_on", day(source.received_on)},
          {"delivery", words(source.delivery)},
          {"period", words(source.period)},
          {"rows_loaded", source.rows_loaded},
          {"rows_rejected", source.rows_rejected},
          {"due_on", day(source.due_on)},
          {"days_late", source.days_late},
          {"version", agreement.version}};
}

}  // namespace anlan::jobs
