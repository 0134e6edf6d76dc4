#include <algorithm>
#include <charconv>

#include "base/file.hpp"
#include "jobs/job_json.hpp"
#include "lake/deliveries.hpp"
#include "server/desk.hpp"
#include "server/page.hpp"

namespace anlan::server {
namespace {

constexpr std::size_t log_bytes_max = 64 << 10;

jobs::JobId id_in(const Call& call) {
  return {call.number("job_id")};
}

/// The version in If-Match; 0 if the request names none, for what may be made or changed.
Result<std::int64_t> version_seen(const Call& call) {
  if (!call.has("if-match")) return 0;
  return call.if_match();
}

template <class Value>
Value value_in(const Json& body, const char* name, Value otherwise) {
  const auto found = body.find(name);
  return found == body.end() || found->is_null() ? otherwise : found->get<Value>();
}

jobs::Work work_in(jobs::Kind kind, const Json& body) {
  jobs::Work work{.kind = kind};
  if (kind == jobs::Kind::import) {
    work.paths = value_in(body, "paths", work.paths);
    work.table = value_in(body, "table", work.table);
    work.period = value_in(body, "period", work.period);
    work.replace_period = value_in(body, "replace_period", false);
  } else {
    work.only = value_in(body, "only", work.only);
    work.as_of = value_in(body, "as_of", work.as_of);
    work.force = value_in(body, "force", false);
  }
  return work;
}

/// What is there already is changed by who says which version they saw.
Result<Answer> version_needed(Result<Answer> answer) {
  if (answer ||
      (answer.error().code != "schedule.exists" && answer.error().code != "source.exists"))
    return answer;
  return fail(ErrorKind::invalid_input, "request.if_match_missing", answer.error().detail);
}

/// Says of a wrong job that it is the body which is wrong.
Result<Answer> placed(Call& call, Result<Answer> answer, const char* pointer) {
  if (answer) return answer;
  const auto& code = answer.error().code;
  if (code == "job.work" || code == "job.path" || code == "job.file_missing")
    return call.wrong("body", pointer, {ErrorKind::invalid_input, code, answer.error().detail});
  return answer;
}

Answer job_answer(const jobs::Job& job) {
  return {.body = jobs::json_of(job), .etag = version_tag(job.version)};
}

Result<Answer> found_job(store::Transaction& transaction, const Call& call, jobs::JobId id) {
  const auto job = jobs::find(transaction, call.actor(), id);
  if (!job) return fail(job.error());
  return job_answer(*job);
}

void tell(Desk& desk) {
  desk.live.tell("jobs", Json::object());
}

Result<Answer> list_jobs(Call& call, Desk&) {
  const auto parts = cursor_parts(call, 1);
  if (!parts) return fail(parts.error());
  const auto limit = call.number("limit", page_usual);
  jobs::JobFilter filter{.limit = static_cast<int>(limit) + 1};
  if (call.has("state")) filter.state = jobs::state_named(call.text("state"));
  if (call.has("kind")) filter.kind = jobs::kind_named(call.text("kind"));
  if (!parts->empty()) {
    const auto& text = parts->front();
    jobs::JobId before;
    std::from_chars(text.data(), text.data() + text.size(), before.value);
    filter.before = before;
  }
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    auto found = jobs::list(transaction, call.actor(), filter);
    if (!found) return fail(found.error());
    Json next;
    if (static_cast<std::int64_t>(found->size()) > limit) {
      found->resize(static_cast<std::size_t>(limit));
      next = cursor_text({std::to_string(found->back().id.value)}, question_of(call));
    }
    Json rows = Json::array();
    for (const auto& one : *found) rows.push_back(jobs::json_of(one));
    return Answer{.body = {{"jobs", std::move(rows)}, {"next", std::move(next)}}};
  });
}

Result<Answer> get_job(Call& call, Desk&) {
  return call.read(
      [&](store::Transaction& transaction) { return found_job(transaction, call, id_in(call)); });
}

/// The end of what it said on its standard error, where people read why it failed.
Result<Answer> get_job_log(Call& call, Desk& desk) {
  const auto known = get_job(call, desk);
  if (!known) return fail(known.error());
  const auto file = desk.parts.workspace.jobs() / std::to_string(id_in(call).value) / "errors";
  std::string text;
  if (const auto kept = read_file(file)) {
    text = kept->size() <= log_bytes_max ? *kept : kept->substr(kept->size() - log_bytes_max);
    // Not in the middle of a character.
    if (kept->size() > log_bytes_max) text.erase(0, text.find('\n') + 1);
  }
  return Answer{.media = "text/plain; charset=utf-8", .text = std::move(text)};
}

Result<Answer> asked(Call& call, Desk& desk, jobs::Kind kind) {
  const auto work = work_in(kind, call.body);
  auto answer = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = jobs::ask(transaction, call.actor(), desk.parts.catalog, desk.parts.workspace,
                              work, call.at);
    if (!id) return fail(id.error());
    auto made = found_job(transaction, call, *id);
    if (!made) return made;
    made->status = 201;
    made->location = "/api/jobs/" + std::to_string(id->value);
    return made;
  });
  if (answer) tell(desk);
  return placed(call, std::move(answer), kind == jobs::Kind::import ? "/paths" : "/only");
}

Result<Answer> ask_import(Call& call, Desk& desk) {
  return asked(call, desk, jobs::Kind::import);
}

Result<Answer> ask_detection(Call& call, Desk& desk) {
  return asked(call, desk, jobs::Kind::detect);
}

Result<Answer> ask_job_again(Call& call, Desk& desk) {
  auto answer = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto id = jobs::ask_again(transaction, call.actor(), desk.parts.catalog,
                                    desk.parts.workspace, id_in(call), call.at);
    if (!id) return fail(id.error());
    auto made = found_job(transaction, call, *id);
    if (!made) return made;
    made->status = 201;
    made->location = "/api/jobs/" + std::to_string(id->value);
    return made;
  });
  if (answer) tell(desk);
  return answer;
}

Result<Answer> cancel_job(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  auto answer = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    if (auto done = jobs::cancel(transaction, call.actor(), id_in(call), *seen, call.at); !done)
      return fail(done.error());
    return found_job(transaction, call, id_in(call));
  });
  if (answer) tell(desk);
  return answer;
}

Result<Answer> list_schedules(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = jobs::list_schedules(transaction, call.actor());
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) rows.push_back(jobs::json_of(one));
    Json standard = Json::array();
    for (const auto& one : desk.parts.catalog.monitoring.schedules) {
      standard.push_back({{"name", one.name},
                          {"title", {{"zh", one.title.zh}, {"en", one.title.en}}},
                          {"kind", one.kind},
                          {"rule", fund::text_of(one.rule)},
                          {"late", one.catch_up ? "run" : "skip"},
                          {"basis", one.basis},
                          {"sure", one.sure}});
    }
    return Answer{.body = {{"schedules", std::move(rows)}, {"standard", std::move(standard)}}};
  });
}

Result<Answer> found_schedule(store::Transaction& transaction, const Call& call) {
  const auto found = jobs::find_schedule(transaction, call.actor(), call.text("name"));
  if (!found) return fail(found.error());
  return Answer{.body = jobs::json_of(*found), .etag = version_tag(found->version)};
}

Result<Answer> get_schedule(Call& call, Desk&) {
  return call.read(
      [&](store::Transaction& transaction) { return found_schedule(transaction, call); });
}

Result<Answer> set_schedule(Call& call, Desk& desk) {
  const auto seen = version_seen(call);
  if (!seen) return fail(seen.error());
  const auto rule = fund::parse_recurrence(call.body["rule"].get<std::string>());
  if (!rule) return call.wrong("body", "/rule", rule.error());
  const auto kind = jobs::kind_named(call.body["kind"].get<std::string>());
  const auto work = call.body.contains("work") ? call.body["work"] : Json::object();
  const jobs::NewSchedule schedule{call.text("name"), work_in(*kind, work), *rule,
                                   value_in(call.body, "late", std::string("run")) == "run"};
  auto answer = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto set = jobs::set_schedule(transaction, call.actor(), desk.parts.catalog,
                                        desk.parts.workspace, schedule, *seen, call.at);
    if (!set) return fail(set.error());
    return found_schedule(transaction, call);
  });
  if (answer) tell(desk);
  return version_needed(placed(call, std::move(answer), "/work"));
}

Result<Answer> remove_schedule(Call& call, Desk& desk) {
  const auto seen = call.if_match();
  if (!seen) return fail(seen.error());
  auto answer = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto gone =
        jobs::remove_schedule(transaction, call.actor(), call.text("name"), *seen, call.at);
    if (!gone) return fail(gone.error());
    return Answer{.status = 204};
  });
  if (answer) tell(desk);
  return answer;
}

Result<std::vector<jobs::Source>> sources_for(store::Transaction& transaction, const Call& call,
                                              const Desk& desk) {
  const auto deliveries = lake::list_deliveries(desk.parts.workspace);
  if (!deliveries) return fail(deliveries.error());
  return jobs::list_sources(transaction, call.actor(), desk.parts.catalog, *deliveries,
                            call.at.day());
}

Result<Answer> list_sources(Call& call, Desk& desk) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = sources_for(transaction, call, desk);
    if (!all) return fail(all.error());
    Json rows = Json::array();
    std::int64_t late = 0;
    for (const auto& one : *all) {
      if (one.freshness == jobs::Freshness::late) ++late;
      rows.push_back(jobs::json_of(one));
    }
    return Answer{.body = {{"sources", std::move(rows)}, {"late", late}}};
  });
}

Result<Answer> found_source(store::Transaction& transaction, const Call& call, const Desk& desk) {
  const auto all = sources_for(transaction, call, desk);
  if (!all) return fail(all.error());
  const auto table = call.text("table");
  for (const auto& one : *all) {
    if (one.agreement.table != table) continue;
    Answer answer{.body = jobs::json_of(one)};
    if (one.agreement.version > 0) answer.etag = version_tag(one.agreement.version);
    return answer;
  }
  return fail(ErrorKind::not_found, "source.not_found", table);
}

Result<Answer> get_source(Call& call, Desk& desk) {
  return call.read(
      [&](store::Transaction& transaction) { return found_source(transaction, call, desk); });
}

Result<Answer> agreed(Call& call, Desk& desk, const jobs::NewAgreement& agreement) {
  const auto seen = version_seen(call);
  if (!seen) return fail(seen.error());
  auto answer = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    // Who may not see sources is told no more than that there is none.
    if (const auto there = found_source(transaction, call, desk); !there)
      return fail(there.error());
    const auto set = jobs::set_agreement(transaction, call.actor(), desk.parts.catalog, agreement,
                                         *seen, call.at);
    if (!set) return fail(set.error());
    return found_source(transaction, call, desk);
  });
  if (!answer && answer.error().code == "source.document")
    return call.wrong("body", "/document", answer.error());
  return version_needed(std::move(answer));
}

Result<Answer> set_source_agreement(Call& call, Desk& desk) {
  const auto agreed_on = parse_date(call.body["agreed_on"].get<std::string>());
  if (!agreed_on) return call.wrong("body", "/agreed_on", agreed_on.error());
  return agreed(
      call, desk,
      {call.text("table"), call.body["frequency"].get<std::string>(),
       call.body["grace_days"].get<int>(), call.body["document"].get<std::string>(), *agreed_on});
}

Result<Answer> reset_source_agreement(Call& call, Desk& desk) {
  return agreed(call, desk, {call.text("table"), "", 0, "", call.at.day()});
}

/// What could be imported. Names only: whoever sees them may ask for the import.
Result<Answer> list_inbox(Call& call, Desk& desk) {
  const auto all = over_all(call, call.operation.right);
  if (!all) return fail(all.error());
  std::vector<std::pair<std::string, std::int64_t>> files;
  std::error_code error;
  if (*all) {
    for (const auto& entry :
         std::filesystem::directory_iterator(desk.parts.workspace.inbox(), error)) {
      auto name = entry.path().filename().string();
      if (name.starts_with('.')) continue;
      const auto status = entry.symlink_status(error);
      if (status.type() == std::filesystem::file_type::regular) {
        files.emplace_back(std::move(name), static_cast<std::int64_t>(entry.file_size(error)));
      } else if (status.type() == std::filesystem::file_type::directory) {
        files.emplace_back(std::move(name), -1);
      }
    }
  }
  std::sort(files.begin(), files.end());
  Json rows = Json::array();
  for (const auto& [name, size] : files) {
    rows.push_back(
        {{"name", name}, {"folder", size < 0}, {"size", size < 0 ? Json() : Json(size)}});
  }
  return Answer{.body = {{"files", std::move(rows)}, {"total", files.size()}}};
}

}  // namespace

void add_job_routes(Handlers& handlers, Desk& desk) {
  const auto add = [&](const char* id, auto route) {
    handlers[id] = [&desk, route](Call& call) { return route(call, desk); };
  };
  add("list_jobs", list_jobs);
  add("get_job", get_job);
  add("get_job_log", get_job_log);
  add("ask_import", ask_import);
  add("ask_detection", ask_detection);
  add("ask_job_again", ask_job_again);
  add("cancel_job", cancel_job);
  add("list_schedules", list_schedules);
  add("get_schedule", get_schedule);
  add("set_schedule", set_schedule);
  add("remove_schedule", remove_schedule);
  add("list_sources", list_sources);
  add("get_source", get_source);
  add("set_source_agreement", set_source_agreement);
  add("reset_source_agreement", reset_source_agreement);
  add("list_inbox", list_inbox);
}

}  // namespace anlan::server
