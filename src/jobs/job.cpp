#include "jobs/job.hpp"

#include <array>
#include <utility>

#include "base/check.hpp"
#include "journal/outbox.hpp"
#include "store/record.hpp"

namespace anlan::jobs {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 6> state_names = {
    {{State::waiting, "waiting"},
     {State::running, "running"},
     {State::done, "done"},
     {State::failed, "failed"},
     {State::cancelled, "cancelled"},
     {State::lost, "lost"}}};

constexpr const char* columns =
    "SELECT j.*, s.name AS schedule_name, p.step, p.done AS step_done, p.total AS step_total"
    " FROM job j LEFT JOIN schedule s ON s.schedule_id = j.schedule_id"
    " LEFT JOIN job_progress p ON p.job_id = j.job_id";

std::optional<Instant> moment(const store::Row& row, std::string_view column) {
  const auto ms = row.maybe_integer(column);
  return ms ? std::optional(Instant{*ms}) : std::nullopt;
}

Result<Job> job_from(const store::Row& row) {
  Job job;
  job.id = {row.integer("job_id")};
  const auto kind = kind_named(row.text("kind"));
  const auto state = state_named(row.text("state"));
  CHECK(kind && state);  // the table takes nothing else
  auto work = work_of(*kind, row.text("work"));
  if (!work) return fail(ErrorKind::corrupted, "job.damaged", word_of(job.id));
  job.work = std::move(*work);
  job.state = *state;
  job.asked_by = row.text("asked_by");
  job.asked_at = {row.integer("asked_at")};
  job.schedule = row.maybe_text("schedule_name").value_or("");
  job.due_at = moment(row, "due_at");
  job.missed = static_cast<int>(row.integer("missed"));
  if (const auto again = row.maybe_integer("again_of")) job.again_of = JobId{*again};
  job.started_at = moment(row, "started_at");
  job.ended_at = moment(row, "ended_at");
  if (const auto code = row.maybe_integer("exit_code")) job.exit_code = static_cast<int>(*code);
  job.error = row.maybe_text("error").value_or("");
  job.cancel_by = row.maybe_text("cancel_by").value_or("");
  job.cancel_at = moment(row, "cancel_at");
  job.result = row.maybe_text("result").value_or("");
  if (const auto step = row.maybe_text("step"))
    job.progress = Progress{*step, row.integer("step_done"), row.integer("step_total")};
  job.version = row.integer("version");
  return job;
}

Result<Job> load(store::Transaction& transaction, JobId id) {
  const auto row = transaction.query_one(std::string(columns) + " WHERE j.job_id = ?", {id.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "job.not_found", std::to_string(id.value));
  return job_from(**row);
}

Status tell(store::Transaction& transaction, const access::Actor& who, const Job& job,
            const std::string& act, Instant at, const std::string& outcome = "done",
            std::map<std::string, std::string> refs = {}) {
  refs["kind"] = name_of(job.work.kind);
  if (!job.schedule.empty()) refs["schedule"] = job.schedule;
  if (job.due_at) refs["due"] = format_instant(*job.due_at);
  journal::Act told{.act = act,
                    .who = who.who(),
                    .subject = word_of(job.id),
                    .outcome = outcome,
                    .refs = std::move(refs)};
  if (who.person()) told.refs["person"] = access::word_of(*who.person());
  if (job.missed > 0) told.counts["missed"] = job.missed;
  return journal::tell(transaction, told, at);
}

Result<bool> is_over_all(store::Transaction& transaction, const access::Actor& actor,
                         std::string_view right) {
  if (!actor.may(right)) return false;
  const auto tops =
      transaction.query("SELECT organisation_id FROM organisation WHERE parent_id IS NULL");
  if (!tops) return fail(tops.error());
  if (tops->empty()) return actor.scope().is_everything();
  for (const auto& top : *tops) {
    if (!actor.may(right, top.text("organisation_id"))) return false;
  }
  return true;
}

Result<JobId> insert(store::Transaction& transaction, const access::Actor& actor, const Work& work,
                     std::optional<JobId> again_of, Instant at) {
  const auto id = store::insert_numbered(
      transaction, "job", "job_id",
      {{"kind", name_of(work.kind)},
       {"work", text_of(work)},
       {"state", name_of(State::waiting)},
       {"asked_by", actor.who()},
       {"asked_at", at.ms},
       {"missed", 0},
       {"again_of", again_of ? store::Value(again_of->value) : store::Value()}},
      actor.stamp(at));
  if (!id) return fail(id.error());
  const auto job = load(transaction, {*id});
  if (!job) return fail(job.error());
  std::map<std::string, std::string> refs;
  if (again_of) refs["again_of"] = word_of(*again_of);
  if (auto told = tell(transaction, actor, *job, "job.asked", at, "done", std::move(refs)); !told)
    return fail(told.error());
  return job->id;
}

Status update(store::Transaction& transaction, const Job& job, const store::Fields& fields,
              const access::Actor& actor, Instant at) {
  return store::update_record(transaction, {"job", "job_id", job.id.value}, job.version, fields,
                              actor.stamp(at));
}

/// "done", "rejected", "failed:import.empty", "cancelled", "lost".
std::string outcome_of(const End& how) {
  std::string outcome(name_of(how.state));
  if (how.state == State::done && how.exit_code == 3) outcome = "rejected";
  if (!how.error.empty()) outcome += ":" + how.error;
  return outcome;
}

}  // namespace

std::string_view name_of(State state) {
  for (const auto& [known, name] : state_names) {
    if (known == state) return name;
  }
  CHECK(false);
  return {};
}

std::optional<State> state_named(std::string_view name) {
  for (const auto& [state, known] : state_names) {
    if (known == name) return state;
  }
  return std::nullopt;
}

Status check_over_all(store::Transaction& transaction, const access::Actor& actor,
                      std::string_view right) {
  const auto all = is_over_all(transaction, actor, right);
  if (!all) return fail(all.error());
  if (!*all) return fail(ErrorKind::forbidden, "access.no_right", std::string(right));
  return {};
}

Result<JobId> ask(store::Transaction& transaction, const access::Actor& actor,
                  const catalog::Catalog& catalog, const lake::Workspace& workspace,
                  const Work& work, Instant at) {
  if (auto allowed = check_over_all(transaction, actor, right_of(work.kind)); !allowed)
    return fail(allowed.error());
  const bool anywhere = actor.how() == access::Authenticated::console;
  if (auto sound = check(work, catalog, workspace, anywhere); !sound) return fail(sound.error());
  return insert(transaction, actor, work, {}, at);
}

Result<JobId> ask_again(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, const lake::Workspace& workspace, JobId id,
                        Instant at) {
  const auto job = find(transaction, actor, id);
  if (!job) return fail(job.error());
  if (auto allowed = check_over_all(transaction, actor, right_of(job->work.kind)); !allowed)
    return fail(allowed.error());
  if (!is_over(job->state))
    return fail(ErrorKind::conflict, "job.not_over", std::string(name_of(job->state)));
  // Whoever asked first could name any file, or not; who asks again names none.
  if (auto sound = check(job->work, catalog, workspace, true); !sound) return fail(sound.error());
  return insert(transaction, actor, job->work, id, at);
}

Status cancel(store::Transaction& transaction, const access::Actor& actor, JobId id,
              std::int64_t version, Instant at) {
  const auto job = find(transaction, actor, id);
  if (!job) return fail(job.error());
  if (auto allowed = check_over_all(transaction, actor, right_of(job->work.kind)); !allowed)
    return allowed;
  if (is_over(job->state))
    return fail(ErrorKind::conflict, "job.over", std::string(name_of(job->state)));
  if (version > job->version) return fail(ErrorKind::conflict, "store.stale", "no such version");
  if (job->cancel_at) return {};  // it is being stopped already
  store::Fields fields = {{"cancel_by", actor.who()}, {"cancel_at", at.ms}};
  const bool at_once = job->state == State::waiting;
  if (at_once) {
    fields.emplace_back("state", name_of(State::cancelled));
    fields.emplace_back("ended_at", at.ms);
  }
  const auto changed = store::update_record(transaction, {"job", "job_id", id.value}, version,
                                            fields, actor.stamp(at));
  if (!changed) return changed;
  return tell(transaction, actor, *job, "job.cancel", at, at_once ? "cancelled" : "stopping");
}

Result<Job> find(store::Transaction& transaction, const access::Actor& actor, JobId id) {
  const auto all = is_over_all(transaction, actor, right_read);
  if (!all) return fail(all.error());
  if (!*all) return fail(ErrorKind::not_found, "job.not_found", std::to_string(id.value));
  return load(transaction, id);
}

Result<std::vector<Job>> list(store::Transaction& transaction, const access::Actor& actor,
                              const JobFilter& filter) {
  std::vector<Job> jobs;
  const auto all = is_over_all(transaction, actor, right_read);
  if (!all) return fail(all.error());
  if (!*all) return jobs;
  std::string where = " WHERE 1 = 1";
  std::vector<store::Value> values;
  const auto add = [&](const char* condition, store::Value value) {
    where += condition;
    values.push_back(std::move(value));
  };
  if (filter.state) add(" AND j.state = ?", name_of(*filter.state));
  if (filter.kind) add(" AND j.kind = ?", name_of(*filter.kind));
  if (filter.before) add(" AND j.job_id < ?", filter.before->value);
  const auto rows =
      transaction.query(std::string(columns) + where + " ORDER BY j.job_id DESC LIMIT " +
                            std::to_string(filter.limit),
                        values);
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) {
    auto job = job_from(row);
    if (!job) return fail(job.error());
    jobs.push_back(std::move(*job));
  }
  return jobs;
}

Result<std::vector<JobId>> note_lost(store::Transaction& transaction, const access::Actor& who,
                                     Instant at) {
  const auto rows = transaction.query("SELECT job_id FROM job WHERE state = 'running'");
  if (!rows) return fail(rows.error());
  std::vector<JobId> lost;
  for (const auto& row : *rows) {
    const JobId id{row.integer("job_id")};
    if (auto ended = end(transaction, who, id, {.state = State::lost}, at); !ended)
      return fail(ended.error());
    lost.push_back(id);
  }
  return lost;
}

Result<std::optional<Job>> begin_next(store::Transaction& transaction, const access::Actor& who,
                                      Instant at) {
  const auto row = transaction.query_one(
      "SELECT job_id FROM job WHERE state = 'waiting' ORDER BY job_id LIMIT 1");
  if (!row) return fail(row.error());
  if (!*row) return std::optional<Job>();
  const auto job = load(transaction, {(*row)->integer("job_id")});
  if (!job) return fail(job.error());
  const auto changed = update(transaction, *job,
                              {{"state", name_of(State::running)}, {"started_at", at.ms}}, who, at);
  if (!changed) return fail(changed.error());
  if (auto told = tell(transaction, who, *job, "job.started", at); !told) return fail(told.error());
  auto begun = load(transaction, job->id);
  if (!begun) return fail(begun.error());
  return std::optional(std::move(*begun));
}

Status put_back(store::Transaction& transaction, const access::Actor& who, JobId id, Instant at) {
  const auto job = load(transaction, id);
  if (!job) return fail(job.error());
  const auto changed =
      update(transaction, *job,
             {{"state", name_of(State::waiting)}, {"started_at", store::Value()}}, who, at);
  if (!changed) return changed;
  return tell(transaction, who, *job, "job.put_back", at, "workspace.busy");
}

Status note_progress(store::Transaction& transaction, JobId id, const Progress& progress,
                     Instant at) {
  const auto noted = transaction.run(
      "INSERT INTO job_progress (job_id, step, done, total, told_at) VALUES (?, ?, ?, ?, ?)"
      " ON CONFLICT (job_id) DO UPDATE SET step = excluded.step, done = excluded.done,"
      " total = excluded.total, told_at = excluded.told_at",
      {id.value, progress.step, progress.done, progress.total, at.ms});
  if (!noted) return fail(noted.error());
  return {};
}

Result<bool> is_unwanted(store::Transaction& transaction, JobId id) {
  const auto row = transaction.query_one("SELECT cancel_at FROM job WHERE job_id = ?", {id.value});
  if (!row) return fail(row.error());
  return row->has_value() && !(*row)->is_null("cancel_at");
}

Status end(store::Transaction& transaction, const access::Actor& who, JobId id, const End& how,
           Instant at) {
  const auto job = load(transaction, id);
  if (!job) return fail(job.error());
  if (is_over(job->state))
    return fail(ErrorKind::conflict, "job.over", std::string(name_of(job->state)));
  const auto or_null = [](const std::string& text) {
    return text.empty() ? store::Value() : store::Value(text);
  };
  const auto changed =
      update(transaction, *job,
             {{"state", name_of(how.state)},
              {"ended_at", at.ms},
              {"exit_code", how.exit_code ? store::Value(*how.exit_code) : store::Value()},
              {"error", or_null(how.error)},
              {"result", or_null(how.result)}},
             who, at);
  if (!changed) return changed;
  return tell(transaction, who, *job, how.state == State::lost ? "job.lost" : "job.ended", at,
              outcome_of(how));
}

}  // namespace anlan::jobs
