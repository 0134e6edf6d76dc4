#include "jobs/schedule.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "journal/outbox.hpp"
#include "store/record.hpp"

namespace anlan::jobs {
namespace {

constexpr std::size_t name_bytes_max = 40;

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= name_bytes_max && name.front() >= 'a' &&
         name.front() <= 'z' && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

Result<Schedule> schedule_from(const store::Row& row) {
  Schedule schedule;
  schedule.id = row.integer("schedule_id");
  schedule.name = row.text("name");
  const auto kind = kind_named(row.text("kind"));
  CHECK(kind);
  auto work = work_of(*kind, row.text("work"));
  const auto rule = fund::parse_recurrence(row.text("rule"));
  if (!work || !rule) return fail(ErrorKind::corrupted, "schedule.damaged", schedule.name);
  schedule.work = std::move(*work);
  schedule.rule = *rule;
  schedule.catch_up = row.flag("catch_up");
  schedule.next_due = {row.integer("next_due_at")};
  schedule.set_by = row.text("set_by");
  schedule.set_at = {row.integer("set_at")};
  schedule.version = row.integer("version");
  return schedule;
}

Result<std::vector<Schedule>> load_all(store::Transaction& transaction, const std::string& where,
                                       const std::vector<store::Value>& values) {
  const auto rows = transaction.query(
      "SELECT * FROM schedule WHERE ended_at IS NULL" + where + " ORDER BY name", values);
  if (!rows) return fail(rows.error());
  std::vector<Schedule> all;
  for (const auto& row : *rows) {
    auto one = schedule_from(row);
    if (!one) return fail(one.error());
    all.push_back(std::move(*one));
  }
  return all;
}

Result<std::optional<Schedule>> load(store::Transaction& transaction, const std::string& name) {
  auto found = load_all(transaction, " AND name = ?", {name});
  if (!found) return fail(found.error());
  if (found->empty()) return std::optional<Schedule>();
  return std::optional(std::move(found->front()));
}

store::RecordKey key_of(const Schedule& schedule) {
  return {"schedule", "schedule_id", schedule.id};
}

journal::Act act_of(const access::Actor& actor, const std::string& act, const std::string& name,
                    const Work& work, const fund::Recurrence& rule) {
  journal::Act told{.act = act,
                    .who = actor.who(),
                    .subject = "schedule:" + name,
                    .refs = {{"kind", std::string(name_of(work.kind))}}};
  auto words = fund::text_of(rule);
  std::replace(words.begin(), words.end(), ' ', '/');  // the journal's words have no blanks
  told.refs["rule"] = words;
  if (actor.person()) told.refs["person"] = access::word_of(*actor.person());
  return told;
}

/// Whether a job of this schedule waits already: it will see what this one would.
Result<bool> waits_already(store::Transaction& transaction, const Schedule& schedule) {
  const auto row = transaction.query_one(
      "SELECT job_id FROM job WHERE schedule_id = ? AND state = 'waiting'", {schedule.id});
  if (!row) return fail(row.error());
  return row->has_value();
}

struct Passed {
  Instant latest;
  int count = 0;
  Instant next;
};

/// The times of a schedule up to `now`, of which the first is its next_due.
Passed passed_of(const Schedule& schedule, const fund::WorkCalendar& calendar, Instant now) {
  Passed passed{schedule.next_due, 1, {}};
  for (;;) {
    passed.next = fund::next_after(schedule.rule, calendar, passed.latest);
    if (passed.next > now) return passed;
    passed.latest = passed.next;
    ++passed.count;
  }
}

Result<JobId> insert_due(store::Transaction& transaction, const access::Actor& who,
                         const Schedule& schedule, const Passed& passed, Instant now) {
  const auto id = store::insert_numbered(transaction, "job", "job_id",
                                         {{"kind", name_of(schedule.work.kind)},
                                          {"work", text_of(schedule.work)},
                                          {"state", name_of(State::waiting)},
                                          {"asked_by", schedule.set_by},
                                          {"asked_at", now.ms},
                                          {"schedule_id", schedule.id},
                                          {"due_at", passed.latest.ms},
                                          {"missed", passed.count - 1}},
                                         who.stamp(now));
  if (!id) return fail(id.error());
  auto act = act_of(who, "schedule.due", schedule.name, schedule.work, schedule.rule);
  act.refs["job"] = word_of(JobId{*id});
  act.refs["due"] = format_instant(passed.latest);
  if (passed.count > 1) act.counts["missed"] = passed.count - 1;
  if (auto told = journal::tell(transaction, act, now); !told) return fail(told.error());
  return JobId{*id};
}

/// Whether its next time is later than a clock that was always right would have made it.
bool is_far_ahead(const Schedule& schedule, const fund::WorkCalendar& calendar, Instant now) {
  const auto next = fund::next_after(schedule.rule, calendar, now);
  return schedule.next_due > fund::next_after(schedule.rule, calendar, next);
}

/// A clock that stood far ahead has moved schedules on to days that are years away. Brings one back
/// to the first time after `now` for which it has no job yet.
Status bring_back(store::Transaction& transaction, const access::Actor& who,
                  const Schedule& schedule, const fund::WorkCalendar& calendar, Instant now) {
  if (!is_far_ahead(schedule, calendar, now)) return {};
  auto next = fund::next_after(schedule.rule, calendar, now);
  for (;;) {
    const auto had = transaction.query_one(
        "SELECT job_id FROM job WHERE schedule_id = ? AND due_at = ?", {schedule.id, next.ms});
    if (!had) return fail(had.error());
    if (!*had) break;
    next = fund::next_after(schedule.rule, calendar, next);
  }
  if (next >= schedule.next_due) return {};
  auto act = act_of(who, "schedule.brought_back", schedule.name, schedule.work, schedule.rule);
  act.refs["due"] = format_instant(next);
  if (auto told = journal::tell(transaction, act, now); !told) return told;
  return store::update_record(transaction, key_of(schedule), schedule.version,
                              {{"next_due_at", next.ms}}, who.stamp(now));
}

}  // namespace

Result<std::vector<Schedule>> list_schedules(store::Transaction& transaction,
                                             const access::Actor& actor) {
  if (auto allowed = check_over_all(transaction, actor, right_read); !allowed) {
    if (allowed.error().kind == ErrorKind::forbidden) return std::vector<Schedule>{};
    return fail(allowed.error());
  }
  return load_all(transaction, "", {});
}

Result<Schedule> find_schedule(store::Transaction& transaction, const access::Actor& actor,
                               const std::string& name) {
  const auto missing = fail(ErrorKind::not_found, "schedule.not_found", name);
  if (auto allowed = check_over_all(transaction, actor, right_read); !allowed)
    return allowed.error().kind == ErrorKind::forbidden ? missing : fail(allowed.error());
  auto found = load(transaction, name);
  if (!found) return fail(found.error());
  if (!*found) return missing;
  return std::move(**found);
}

Status set_schedule(store::Transaction& transaction, const access::Actor& actor,
                    const catalog::Catalog& catalog, const lake::Workspace& workspace,
                    const NewSchedule& schedule, std::int64_t version, Instant at) {
  for (const auto right : {right_schedule, right_of(schedule.work.kind)}) {
    if (auto allowed = check_over_all(transaction, actor, right); !allowed) return allowed;
  }
  if (!is_name(schedule.name))
    return fail(ErrorKind::invalid_input, "schedule.name", "a-z, 0-9 and _, at most 40");
  const bool anywhere = actor.how() == access::Authenticated::console;
  if (auto sound = check(schedule.work, catalog, workspace, anywhere); !sound) return sound;
  const auto there = load(transaction, schedule.name);
  if (!there) return fail(there.error());
  store::Fields fields = {{"kind", name_of(schedule.work.kind)},
                          {"work", text_of(schedule.work)},
                          {"rule", fund::text_of(schedule.rule)},
                          {"catch_up", schedule.catch_up},
                          {"next_due_at", fund::next_after(schedule.rule, catalog.calendar, at).ms},
                          {"set_by", actor.who()},
                          {"set_at", at.ms}};
  if (!*there) {
    if (version != 0) return fail(ErrorKind::not_found, "schedule.not_found", schedule.name);
    fields.emplace_back("name", schedule.name);
    const auto made =
        store::insert_numbered(transaction, "schedule", "schedule_id", fields, actor.stamp(at));
    if (!made) return fail(made.error());
  } else {
    if (version == 0) return fail(ErrorKind::conflict, "schedule.exists", schedule.name);
    if (auto changed =
            store::update_record(transaction, key_of(**there), version, fields, actor.stamp(at));
        !changed)
      return changed;
  }
  auto act = act_of(actor, "schedule.set", schedule.name, schedule.work, schedule.rule);
  act.refs["late"] = schedule.catch_up ? "run" : "skip";
  return journal::tell(transaction, act, at);
}

Status remove_schedule(store::Transaction& transaction, const access::Actor& actor,
                       const std::string& name, std::int64_t version, Instant at) {
  const auto found = find_schedule(transaction, actor, name);
  if (!found) return fail(found.error());
  if (auto allowed = check_over_all(transaction, actor, right_schedule); !allowed) return allowed;
  if (auto changed = store::update_record(transaction, key_of(*found), version,
                                          {{"ended_at", at.ms}}, actor.stamp(at));
      !changed)
    return changed;
  return journal::tell(transaction,
                       act_of(actor, "schedule.removed", name, found->work, found->rule), at);
}

Result<std::vector<JobId>> ask_due(store::Transaction& transaction, const access::Actor& who,
                                   const fund::WorkCalendar& calendar, Instant now) {
  const auto all = load_all(transaction, "", {});
  if (!all) return fail(all.error());
  std::vector<JobId> asked;
  for (const auto& schedule : *all) {
    if (schedule.next_due > now) {
      if (auto back = bring_back(transaction, who, schedule, calendar, now); !back)
        return fail(back.error());
      continue;
    }
    const auto passed = passed_of(schedule, calendar, now);
    const auto waits = waits_already(transaction, schedule);
    if (!waits) return fail(waits.error());
    const bool too_late = !schedule.catch_up && now > passed.latest.plus(late_at_most);
    if (*waits || too_late) {
      auto act = act_of(who, "schedule.skipped", schedule.name, schedule.work, schedule.rule);
      act.outcome = *waits ? "waits_already" : "too_late";
      act.refs["due"] = format_instant(passed.latest);
      act.counts["missed"] = passed.count;
      if (auto told = journal::tell(transaction, act, now); !told) return fail(told.error());
    } else {
      const auto job = insert_due(transaction, who, schedule, passed, now);
      if (!job) return fail(job.error());
      asked.push_back(*job);
    }
    if (auto moved = store::update_record(transaction, key_of(schedule), schedule.version,
                                          {{"next_due_at", passed.next.ms}}, who.stamp(now));
        !moved)
      return fail(moved.error());
  }
  return asked;
}

Result<bool> has_work(store::Transaction& transaction, const fund::WorkCalendar& calendar,
                      Instant now) {
  const auto waiting = transaction.query_one("SELECT job_id FROM job WHERE state = 'waiting'");
  if (!waiting) return fail(waiting.error());
  if (*waiting) return true;
  const auto all = load_all(transaction, "", {});
  if (!all) return fail(all.error());
  return std::any_of(all->begin(), all->end(), [&](const Schedule& one) {
    return one.next_due <= now || is_far_ahead(one, calendar, now);
  });
}

}  // namespace anlan::jobs
