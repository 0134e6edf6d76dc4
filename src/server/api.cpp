#include "server/api.hpp"

#include <fmt/format.h>

#include <exception>
#include <typeinfo>

#include "base/text.hpp"

namespace anlan::server {
namespace {

/// Whether a write was begun by a page of another site. Browsers say so; programs say nothing.
bool from_elsewhere(const Request& request) {
  const auto site = request.field("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const auto origin = request.field("origin");
  if (origin.empty()) return false;
  const auto begin = origin.find("://");
  return begin == std::string_view::npos || origin.substr(begin + 3) != request.field("host");
}

/// Takes as long wherever two texts begin to differ.
bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

bool names_tag(std::string_view field, const std::string& tag) {
  for (const auto one : split(field, ',')) {
    auto name = trim(one);
    if (name.starts_with("W/")) name.remove_prefix(2);
    if (name == "*" || name == "\"" + tag + "\"") return true;
  }
  return false;
}

Problem too_fast(std::chrono::milliseconds wait) {
  return {.status = 429,
          .code = "request.too_fast",
          .headers = {{"retry-after", std::to_string((wait.count() + 999) / 1000)}}};
}

}  // namespace

struct Api::Outcome {
  Response response;
  std::string operation = "none";
  std::string actor;
  std::string code;   ///< of what went wrong
  std::string fault;  ///< for the log: what the machine had trouble with
};

Api::Api(Contract contract, Handlers handlers, ApiOptions options)
    : contract_(std::move(contract)),
      handlers_(std::move(handlers)),
      options_(std::move(options)),
      actor_limit_(options_.actor_burst, options_.actor_per_second),
      login_limit_(options_.login_burst, options_.login_per_second) {}

Result<std::unique_ptr<Api>> Api::make(Contract contract, Handlers handlers, ApiOptions options) {
  std::string difference;
  for (const auto& operation : contract.operations()) {
    if (!handlers.contains(operation.id)) difference += " -" + operation.id;
  }
  for (const auto& [id, handler] : handlers) {
    if (contract.operation(id) == nullptr) difference += " +" + id;
  }
  if (!difference.empty()) {
    return fail(ErrorKind::invalid_input, "server.operations", difference.substr(1));
  }
  return std::unique_ptr<Api>(
      new Api(std::move(contract), std::move(handlers), std::move(options)));
}

std::size_t Api::body_bytes_max(std::string_view method, std::string_view path) const {
  const auto match = contract_.find(method, path);
  constexpr std::size_t usual = 64 * 1024;
  return match.operation == nullptr || match.operation->body_bytes_max == 0
             ? usual
             : match.operation->body_bytes_max;
}

bool Api::is_upload(std::string_view method, std::string_view path) const {
  const auto match = contract_.find(method, path);
  return match.operation != nullptr && match.operation->upload;
}

/// Runs `work`, and presents, counts and logs what came of it, if anything did.
template <class Work>
std::optional<Response> Api::timed(const Request& request, Work&& work) {
  const auto begun = std::chrono::steady_clock::now();
  const Lang lang = lang_of(request.field("accept-language"));
  std::optional<Outcome> outcome;
  try {
    outcome = work(lang);
  } catch (const std::exception& problem) {
    // A library's promise broken. Its words may hold data: only its type is told.
    outcome.emplace();
    outcome->code = "server.internal";
    outcome->fault = typeid(problem).name();
    outcome->response =
        present({.status = 500, .code = outcome->code}, request, lang, options_.words);
  }
  if (!outcome) return std::nullopt;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begun);
  finish(request, outcome->response);
  metrics_.answered(outcome->operation, outcome->response.status, took);
  log(request, *outcome, took);
  return std::move(outcome->response);
}

Response Api::answer(const Request& request) {
  return *timed(request, [&](Lang lang) { return std::optional(answer_to(request, lang)); });
}

std::optional<Response> Api::receive(Request& request) {
  return timed(request, [&](Lang lang) -> std::optional<Outcome> {
    bool wanted = false;
    auto outcome = on_the_way(request, lang, [&](Call& call, Outcome& so_far) {
      auto sink = options_.make_sink(call.operation.body_bytes_max);
      if (!sink) {
        so_far.fault = sink.error().detail;
        return std::optional<Problem>(problem_of(sink.error()));
      }
      request.sink = std::move(*sink);
      wanted = true;
      return std::optional<Problem>();
    });
    if (wanted) return std::nullopt;
    return outcome;
  });
}

Response Api::refuse(const Request& request, int status, std::string_view code) {
  const Lang lang = lang_of(request.field("accept-language"));
  Outcome outcome;
  outcome.code = code;
  outcome.response =
      present({.status = status, .code = std::string(code)}, request, lang, options_.words);
  if (status == 503) outcome.response.fields.emplace_back("retry-after", "1");
  finish(request, outcome.response);
  metrics_.answered("none", status, std::chrono::microseconds(0));
  log(request, outcome, std::chrono::microseconds(0));
  return std::move(outcome.response);
}

template <class Then>
Api::Outcome Api::on_the_way(const Request& request, Lang lang, Then&& then) {
  Outcome outcome;
  const auto refused = [&](const Problem& problem) {
    outcome.code = problem.code;
    outcome.response = present(problem, request, lang, options_.words);
    return std::move(outcome);
  };
  const auto match = contract_.find(request.method, request.path());
  if (match.operation == nullptr) {
    if (match.allowed.empty()) return refused({.status = 404, .code = "request.no_such_path"});
    std::string allow;
    for (const auto& method : match.allowed) allow += (allow.empty() ? "" : ", ") + method;
    return refused({.status = 405, .code = "request.method", .headers = {{"allow", allow}}});
  }
  const Operation& operation = *match.operation;
  outcome.operation = operation.id;
  const Instant at = options_.clock();

  std::optional<Caller> caller;
  auto problem = admit(request, operation, at, caller);
  if (caller) outcome.actor = caller->actor.who();
  if (problem) return refused(*problem);

  auto read = read_request(request, operation, match.path);
  if (read.problem) return refused(*read.problem);

  Call call{.request = request,
            .operation = operation,
            .lang = lang,
            .at = at,
            .caller = std::move(caller),
            .arguments = std::move(read.arguments),
            .body = std::move(read.body),
            .database = options_.database,
            .on_written = &options_.on_written};
  if (auto wrong = then(call, outcome)) return refused(*wrong);
  return outcome;
}

Api::Outcome Api::answer_to(const Request& request, Lang lang) {
  return on_the_way(request, lang, [&](Call& call, Outcome& outcome) -> std::optional<Problem> {
    auto answer = handlers_.find(call.operation.id)->second(call);
    if (!answer) {
      outcome.fault = answer.error().detail;
      auto told = problem_of(answer.error());
      if (told.status < 500) {
        outcome.fault.clear();
        if (call.wrong_field) told.fields.push_back(std::move(*call.wrong_field));
      }
      return told;
    }
    if (options_.check_answers) {
      if (auto bad = unfit(call.operation, *answer)) {
        outcome.fault = bad->detail;
        return bad;
      }
    }
    outcome.response = presented(request, call.operation, std::move(*answer));
    return std::nullopt;
  });
}

std::optional<Problem> Api::admit(const Request& request, const Operation& operation, Instant at,
                                  std::optional<Caller>& caller) {
  const auto now = std::chrono::steady_clock::now();
  if (operation.rate == "login") {
    if (const auto wait = login_limit_.take(request.peer, now); wait.count() > 0) {
      return too_fast(wait);
    }
  }
  if (operation.writes() && from_elsewhere(request)) {
    return Problem{.status = 403, .code = "request.csrf"};
  }
  if (operation.is_public) return std::nullopt;

  auto found = options_.identify(request, at);
  if (!found) return problem_of(found.error());
  if (!*found) return Problem{.status = 401, .code = "access.not_logged_in"};
  caller = std::move(*found);
  if (const auto wait = actor_limit_.take(caller->actor.who(), now); wait.count() > 0) {
    return too_fast(wait);
  }
  if (operation.writes() && !caller->csrf.empty() &&
      !same_secret(request.field("x-csrf-token"), caller->csrf)) {
    return Problem{.status = 403, .code = "request.csrf"};
  }
  if (!operation.right.empty()) {
    if (auto may = caller->actor.check(operation.right); !may) return problem_of(may.error());
  }
  return std::nullopt;
}

std::optional<Problem> Api::unfit(const Operation& operation, const Answer& answer) const {
  const auto known = operation.answers.find(answer.status);
  if (known == operation.answers.end()) {
    return Problem{.status = 500,
                   .code = "server.answer_unfit",
                   .detail = fmt::format("{}: status {}", operation.id, answer.status)};
  }
  if (known->second == nullptr || !answer.text.empty()) return std::nullopt;
  std::vector<Violation> found;
  known->second->check(answer.body, "", found, 1);
  if (found.empty()) return std::nullopt;
  return Problem{.status = 500,
                 .code = "server.answer_unfit",
                 .detail = fmt::format("{}: {} {}", operation.id, found[0].pointer, found[0].code)};
}

Response Api::presented(const Request& request, const Operation& operation, Answer answer) const {
  Response response;
  response.status = answer.status;
  response.fields = std::move(answer.fields);
  if (!answer.location.empty()) response.fields.emplace_back("location", answer.location);
  if (!answer.etag.empty()) {
    response.fields.emplace_back("etag", "\"" + answer.etag + "\"");
    if (!operation.writes() && answer.status == 200 &&
        names_tag(request.field("if-none-match"), answer.etag)) {
      response.status = 304;
      return response;
    }
  }
  if (answer.feed) {
    response.fields.emplace_back("content-type", "text/event-stream");
    response.feed = std::move(answer.feed);
  } else if (answer.pieces) {
    response.fields.emplace_back("content-type", answer.media);
    response.pieces = std::move(answer.pieces);
  } else if (!answer.body.is_null()) {
    response.fields.emplace_back("content-type", "application/json");
    response.body = json_text(answer.body);
  } else if (!answer.text.empty()) {
    response.fields.emplace_back("content-type", answer.media);
    response.body = std::move(answer.text);
  }
  return response;
}

/// What every response carries, whatever it is.
void Api::finish(const Request& request, Response& response) const {
  const auto add = [&](const char* name, std::string value) {
    for (const auto& [own, given] : response.fields) {
      if (own == name) return;
    }
    response.fields.emplace_back(name, std::move(value));
  };
  add("x-request-id", request.id);
  add("cache-control", "no-store");
  add("vary", "accept-language, cookie, authorization");
  add("content-security-policy",
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  add("x-content-type-options", "nosniff");
  add("x-frame-options", "DENY");
  add("referrer-policy", "no-referrer");
  add("cross-origin-opener-policy", "same-origin");
  add("cross-origin-resource-policy", "same-origin");
  add("permissions-policy", "camera=(), geolocation=(), microphone=()");
  if (request.secure) add("strict-transport-security", "max-age=31536000");
}

/// Neither target nor body: they hold ids of people. The operation says enough.
void Api::log(const Request& request, const Outcome& outcome,
              std::chrono::microseconds took) const {
  if (!options_.log) return;
  Json line = {{"at", format_instant(options_.clock())},
               {"request", request.id},
               {"operation", outcome.operation},
               {"status", outcome.response.status},
               {"us", took.count()},
               {"bytes_in", request.body.size()},
               {"bytes_out", outcome.response.body.size()}};
  if (!outcome.actor.empty()) line["actor"] = outcome.actor;
  if (!outcome.code.empty()) line["code"] = outcome.code;
  if (!outcome.fault.empty()) line["fault"] = outcome.fault;
  options_.log(json_text(line));
}

}  // namespace anlan::server
