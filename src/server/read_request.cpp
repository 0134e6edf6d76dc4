#include "server/api.hpp"

namespace anlan::server {
namespace {

const char* word_of(Parameter::In in) {
  return in == Parameter::In::path ? "path" : in == Parameter::In::query ? "query" : "header";
}

/// Collects what is wrong with one request.
class Reader {
 public:
  Reader(const Request& request, const Operation& operation, ReadRequest& read)
      : request_(request), operation_(operation), read_(read) {}

  void take_path(const std::map<std::string, std::string, std::less<>>& path) {
    for (const auto& [name, text] : path) {
      if (const auto* parameter = operation_.parameter(Parameter::In::path, name)) {
        keep(*parameter, parameter->schema->value_of(text));
      }
    }
  }

  void take_query() {
    const auto pairs = parse_query(request_.query());
    if (!pairs) {
      read_.problem = Problem{.status = 400, .code = "request.query"};
      return;
    }
    Arguments lists;
    for (const auto& [name, text] : *pairs) {
      const auto* parameter = operation_.parameter(Parameter::In::query, name);
      if (parameter == nullptr) {
        wrong("query", {pointer_step(name), "value.unknown", {"没有这一项", "is not known here"}});
      } else if (parameter->schema->is_list()) {
        auto& list = lists.try_emplace(name, Json::array()).first->second;
        const Schema* items = parameter->schema->items();
        list.push_back(items == nullptr ? Json(text) : items->value_of(text));
      } else if (read_.arguments.contains(name)) {
        wrong("query", {pointer_step(name), "value.repeated", {"只能出现一次", "may come once"}});
      } else {
        keep(*parameter, parameter->schema->value_of(text));
      }
    }
    for (auto& [name, list] : lists) {
      keep(*operation_.parameter(Parameter::In::query, name), std::move(list));
    }
  }

  void take_headers() {
    for (const auto& parameter : operation_.parameters) {
      if (parameter.in != Parameter::In::header) continue;
      const auto text = request_.field(parameter.name);
      if (!text.empty()) keep(parameter, parameter.schema->value_of(text));
    }
  }

  void look_for_missing() {
    for (const auto& parameter : operation_.parameters) {
      if (!parameter.required || read_.arguments.contains(parameter.name)) continue;
      wrong(word_of(parameter.in),
            {pointer_step(parameter.name), "value.required", {"必须填写", "is required"}});
    }
  }

  void take_body() {
    if (operation_.any_media) return;
    if (operation_.body == nullptr) {
      if (!request_.body.empty()) {
        read_.problem = Problem{.status = 400, .code = "request.body_unexpected"};
      }
      return;
    }
    if (request_.body.empty()) {
      if (operation_.body_required) {
        wrong("body", {"", "value.required", {"必须填写", "is required"}});
      }
      return;
    }
    const auto type = request_.field("content-type");
    if (type.substr(0, type.find(';')) != "application/json") {
      read_.problem = Problem{.status = 415, .code = "request.media_type"};
      return;
    }
    auto json = read_json(request_.body);
    if (!json) {
      read_.problem = Problem{.status = 400,
                              .code = json.error().code,
                              .fields = {{"body", {json.error().pointer, json.error().code, {}}}}};
      return;
    }
    std::vector<Violation> found;
    operation_.body->check(*json, "", found);
    for (auto& violation : found) wrong("body", std::move(violation));
    read_.body = std::move(*json);
  }

  void end() {
    if (read_.problem || wrong_.empty()) return;
    // A precondition that was not given has a status of its own.
    const bool only_version = wrong_.size() == 1 && wrong_[0].violation.pointer == "/if-match" &&
                              wrong_[0].violation.code == "value.required";
    read_.problem = Problem{.status = only_version ? 428 : 400,
                            .code = only_version ? "request.if_match_missing" : "request.invalid",
                            .fields = std::move(wrong_)};
  }

 private:
  void keep(const Parameter& parameter, Json value) {
    std::vector<Violation> found;
    parameter.schema->check(value, pointer_step(parameter.name), found);
    for (auto& violation : found) wrong(word_of(parameter.in), std::move(violation));
    read_.arguments.emplace(parameter.name, std::move(value));
  }
  void wrong(const char* in, Violation violation) {
    if (wrong_.size() < 20) wrong_.push_back({in, std::move(violation)});
  }

  const Request& request_;
  const Operation& operation_;
  ReadRequest& read_;
  std::vector<FieldProblem> wrong_;
};

}  // namespace

ReadRequest read_request(const Request& request, const Operation& operation,
                         const std::map<std::string, std::string, std::less<>>& path) {
  ReadRequest read;
  Reader reader(request, operation, read);
  reader.take_path(path);
  if (!read.problem) reader.take_query();
  if (!read.problem) reader.take_headers();
  if (!read.problem) reader.take_body();
  if (!read.problem) reader.look_for_missing();
  reader.end();
  return read;
}

}  // namespace anlan::server
