#include <algorithm>

#include "detect/run_record.hpp"
#include "lake/deliveries.hpp"
#include "leads/lead.hpp"
#include "leads/run_leads.hpp"
#include "server/desk.hpp"
#include "server/page.hpp"

namespace anlan::server {
namespace {

Json text_json(const Title& title) {
  return {{"zh", title.zh}, {"en", title.en}};
}

Json delivery_json(const lake::Delivery& delivery) {
  const auto& manifest = delivery.manifest;
  return {{"delivery_id", manifest.id},
          {"table", manifest.table},
          {"source", manifest.source},
          {"source_sha256", manifest.source_sha256},
          {"format", manifest.format},
          {"encoding", manifest.encoding},
          {"period", manifest.period},
          {"received_at", manifest.received_at},
          {"rows_read", manifest.rows_read},
          {"rows_loaded", manifest.rows_loaded},
          {"rows_rejected", manifest.rows_rejected},
          {"rows_marked", manifest.rows_marked},
          {"replaces", manifest.replaces},
          {"active", delivery.active}};
}

/// One page of items in order, which a cursor names by their ids. `id_of` gives an item's.
template <class Item, class IdOf, class JsonOf>
Result<Answer> page_of(Call& call, const std::vector<Item>& items, const char* name, IdOf id_of,
                       JsonOf json_of) {
  const auto parts = cursor_parts(call, 1);
  if (!parts) return fail(parts.error());
  std::size_t from = 0;
  if (!parts->empty()) {
    const auto last = std::find_if(items.begin(), items.end(),
                                   [&](const Item& item) { return id_of(item) == (*parts)[0]; });
    if (last == items.end()) {
      return call.wrong("query", "/cursor",
                        {ErrorKind::invalid_input, "request.cursor", "its place is gone"});
    }
    from = static_cast<std::size_t>(last - items.begin()) + 1;
  }
  const auto slice = slice_of(from, items.size(), call.number("limit", page_usual));
  Json list = Json::array();
  for (std::size_t i = slice.from; i < slice.to; ++i) list.push_back(json_of(items[i]));
  Json next;
  if (slice.more) next = cursor_text({id_of(items[slice.to - 1])}, question_of(call));
  return Answer{
      .body = {{name, std::move(list)}, {"total", items.size()}, {"next", std::move(next)}}};
}

Result<std::vector<lake::Delivery>> deliveries_for(Call& call, Desk& desk) {
  const auto all = over_all(call, call.operation.right);
  if (!all) return fail(all.error());
  if (!*all) return std::vector<lake::Delivery>{};
  return lake::list_deliveries(desk.parts.workspace);
}

Result<Answer> list_deliveries(Call& call, Desk& desk) {
  auto deliveries = deliveries_for(call, desk);
  if (!deliveries) return fail(deliveries.error());
  const std::string table = call.text("table");
  std::erase_if(*deliveries, [&](const lake::Delivery& one) {
    return (!table.empty() && one.manifest.table != table) ||
           (call.has("active") && one.active != call.arguments.at("active").get<bool>());
  });
  return page_of(
      call, *deliveries, "deliveries", [](const lake::Delivery& one) { return one.manifest.id; },
      delivery_json);
}

Result<Answer> get_delivery(Call& call, Desk& desk) {
  const auto deliveries = deliveries_for(call, desk);
  if (!deliveries) return fail(deliveries.error());
  const std::string id = call.text("delivery_id");
  for (const auto& one : *deliveries) {
    if (one.manifest.id == id) return Answer{.body = delivery_json(one)};
  }
  return fail(ErrorKind::not_found, "delivery.missing", id);
}

bool is_run_id(const std::string& name) {
  return name.size() == 16 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Json run_row(const detect::RunRecord& run, std::int64_t current) {
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t not_run = 0;
  std::int64_t hits = 0;
  for (const auto& detection : run.detections) {
    if (detection.state == detect::RunState::done) ++done;
    if (detection.state == detect::RunState::failed) ++failed;
    if (detection.state == detect::RunState::not_run) ++not_run;
    hits += detection.hits;
  }
  return {{"run_id", run.id},
          {"as_of", format_date(run.as_of)},
          {"snapshot", run.snapshot_id},
          {"detections", run.detections.size()},
          {"done", done},
          {"failed", failed},
          {"not_run", not_run},
          {"hits", hits},
          {"current", current}};
}

Result<Answer> list_runs(Call& call, Desk& desk) {
  const auto all = over_all(call, call.operation.right);
  if (!all) return fail(all.error());
  std::vector<std::shared_ptr<const detect::RunRecord>> runs;
  std::map<std::string, std::int64_t> current;
  if (*all) {
    const auto speaking = leads::current_runs(desk.parts.workspace);
    if (!speaking) return fail(speaking.error());
    for (const auto& [code, run] : *speaking) ++current[run.run_id];
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(desk.parts.workspace.runs(), error)) {
      const auto name = entry.path().filename().string();
      if (!is_run_id(name)) continue;
      auto run = desk.run(name);
      if (!run) return fail(run.error());
      runs.push_back(std::move(*run));
    }
  }
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
    return a->as_of != b->as_of ? a->as_of > b->as_of : a->id < b->id;
  });
  return page_of(
      call, runs, "runs", [](const auto& run) { return run->id; },
      [&](const auto& run) { return run_row(*run, current[run->id]); });
}

Json detection_run_json(const detect::DetectionRun& one) {
  Json params = Json::object();
  for (const auto& param : one.params) params[param.name] = param.value;
  const char* state = one.state == detect::RunState::done      ? "done"
                      : one.state == detect::RunState::not_run ? "not_run"
                                                               : "failed";
  Json json = {{"code", one.code},
               {"name", one.name},
               {"version", one.version},
               {"kind", one.is_rule ? "rule" : "model"},
               {"state", state},
               {"hits", one.hits},
               {"excluded", one.excluded},
               {"ms", one.ms},
               {"params", std::move(params)},
               {"missing_tables", one.missing_tables},
               {"faults", one.faults}};
  if (one.error) json["error"] = one.error->code;
  return json;
}

Result<Answer> get_run(Call& call, Desk& desk) {
  const auto all = over_all(call, call.operation.right);
  if (!all) return fail(all.error());
  const std::string id = call.text("run_id");
  const auto folder = desk.parts.workspace.runs() / id;
  if (!*all || !std::filesystem::exists(folder)) {
    return fail(ErrorKind::not_found, "run.not_found", id);
  }
  const auto run = desk.run(id);
  if (!run) return fail(run.error());
  Json detections = Json::array();
  for (const auto& one : (*run)->detections) detections.push_back(detection_run_json(one));
  Answer answer;
  answer.etag = id;  // a run never changes
  answer.body = {{"run_id", (*run)->id},
                 {"as_of", format_date((*run)->as_of)},
                 {"snapshot", (*run)->snapshot_id},
                 {"deliveries", (*run)->deliveries},
                 {"catalog", (*run)->catalog_hash},
                 {"engine", (*run)->engine},
                 {"detections", std::move(detections)}};
  return answer;
}

Json detection_row(const catalog::Detection& detection, bool is_rule) {
  return {{"code", detection.code},
          {"name", detection.name},
          {"kind", is_rule ? "rule" : "model"},
          {"title", text_json(detection.title)},
          {"severity", leads::severity_name(detection.severity)},
          {"amount_kind", leads::amount_kind_name(detection.amount_kind)},
          {"subject_kind", detection.about},
          {"phases", detection.phases}};
}

Json param_json(const catalog::Param& param) {
  return {{"name", param.name},
          {"title", text_json(param.title)},
          {"value", param.value},
          {"unit", param.unit},
          {"sure", param.sure}};
}

Json detection_text(const catalog::Detection& detection, bool is_rule, Json params, Json files) {
  Json json = detection_row(detection, is_rule);
  json["version"] = detection.version;
  json["because"] = text_json(detection.because);
  json["basis"] = detection.basis;
  json["false_alarms"] = text_json(detection.false_alarms);
  json["params"] = std::move(params);
  json["files"] = std::move(files);
  return json;
}

Result<Answer> list_detections(Call&, Desk& desk) {
  std::vector<Json> rows;
  for (const auto& model : desk.parts.catalog.models) rows.push_back(detection_row(model, false));
  for (const auto& rule : desk.parts.catalog.rules) rows.push_back(detection_row(rule, true));
  std::sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) {
    return a["code"].get_ref<const std::string&>() < b["code"].get_ref<const std::string&>();
  });
  Answer answer{.body = {{"detections", rows}}};
  answer.etag = desk.parts.catalog.hash.substr(0, 16);
  return answer;
}

Result<Answer> get_detection(Call& call, Desk& desk) {
  const std::string code = call.text("code");
  for (const auto& model : desk.parts.catalog.models) {
    if (model.code != code) continue;
    Json params = Json::array();
    for (const auto& param : model.params) params.push_back(param_json(param));
    return Answer{
        .body = detection_text(
            model, false, std::move(params),
            {{"model.yaml", model.yaml}, {"model.sql", model.sql}, {"model.spec", model.spec}}),
        .etag = model.version};
  }
  for (const auto& rule : desk.parts.catalog.rules) {
    if (rule.code != code) continue;
    Json params = Json::array();
    for (const auto& param : rule.params) params.push_back(param_json(param.param));
    return Answer{.body = detection_text(rule, true, std::move(params),
                                         {{"rule.yaml", rule.yaml}, {"rule.spec", rule.spec}}),
                  .etag = rule.version};
  }
  return fail(ErrorKind::not_found, "detection.unknown", code);
}

}  // namespace

Result<std::shared_ptr<const detect::RunRecord>> Desk::run(const std::string& run_id) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(run_id);
    if (found != runs_.end()) return found->second;
  }
  auto record = detect::read_run(parts.workspace.runs() / run_id);
  if (!record) return fail(record.error());
  const std::lock_guard lock(mutex_);
  auto& kept = runs_[run_id];
  kept = std::make_shared<const detect::RunRecord>(std::move(*record));
  return kept;
}

void add_run_routes(Handlers& handlers, Desk& desk) {
  const auto add = [&](const char* id, auto route) {
    handlers[id] = [&desk, route](Call& call) { return route(call, desk); };
  };
  add("list_deliveries", list_deliveries);
  add("get_delivery", get_delivery);
  add("list_runs", list_runs);
  add("get_run", get_run);
  add("list_detections", list_detections);
  add("get_detection", get_detection);
}

}  // namespace anlan::server
