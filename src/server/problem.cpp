#include "server/problem.hpp"

#include <charconv>
#include <set>

#include "base/text.hpp"
#include "server/json_text.hpp"

namespace anlan::server {
namespace {

/// "2 s" → "2".
std::string seconds_in(const std::string& detail) {
  const auto end = detail.find_first_not_of("0123456789");
  return end == 0 || detail.empty() ? "1" : detail.substr(0, end);
}

int status_of(const Error& error) {
  static const std::set<std::string_view> ours = {
      "store.sql",   "store.constraint",     "store.reference", "store.transaction_failed",
      "store.retry", "store.record_missing", "store.token",     "engine.sql"};
  if (ours.contains(error.code)) return 500;
  if (error.code == "store.stale" || error.code == "duties.stale") return 412;
  if (error.code == "request.if_match_missing") return 428;
  static const std::set<std::string_view> unknown_caller = {"access.not_logged_in",
                                                            "access.no_session", "access.no_token",
                                                            "access.login_failed", "oidc.refused"};
  if (unknown_caller.contains(error.code)) return 401;
  if (error.code == "access.login_wait") return 429;
  if (error.kind == ErrorKind::invalid_input && error.code.starts_with("request.")) return 400;
  switch (error.kind) {
    case ErrorKind::invalid_input:
      return 422;
    case ErrorKind::forbidden:
      return 403;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::unavailable:
      return 503;
    case ErrorKind::corrupted:
      return 500;
  }
  return 500;
}

}  // namespace

Problem problem_of(const Error& error) {
  Problem problem{.status = status_of(error), .code = error.code};
  // Details of the machine's own troubles name its files; they are for the log.
  if (problem.status < 500) problem.detail = error.detail;
  if (problem.status == 429) problem.headers.emplace_back("retry-after", seconds_in(error.detail));
  if (problem.status == 503) problem.headers.emplace_back("retry-after", "1");
  return problem;
}

Response present(const Problem& problem, const Request& request, Lang lang, const WordsOf& words) {
  Json json = {{"type", "urn:anlan:problem:" + problem.code},
               {"title", words(problem.code, lang)},
               {"status", problem.status},
               {"code", problem.code},
               {"request_id", request.id}};
  if (!problem.detail.empty()) json["detail"] = problem.detail;
  if (!problem.fields.empty()) {
    auto& errors = json["errors"] = Json::array();
    for (const auto& [in, violation] : problem.fields) {
      errors.push_back({{"in", in},
                        {"pointer", violation.pointer},
                        {"code", violation.code},
                        {"detail", violation.words.zh.empty() ? words(violation.code, lang)
                                                              : violation.words.in(lang)}});
    }
  }
  Response response;
  response.status = problem.status;
  response.fields = problem.headers;
  response.fields.emplace_back("content-type", "application/problem+json");
  response.fields.emplace_back("content-language", lang == Lang::zh ? "zh" : "en");
  response.body = json_text(json);
  return response;
}

Lang lang_of(std::string_view accept_language) {
  double zh = -1;
  double en = -1;
  for (const auto part : split(accept_language, ',')) {
    const auto semicolon = part.find(';');
    const auto tag = trim(part.substr(0, semicolon));
    double weight = 1;
    if (semicolon != std::string_view::npos) {
      const auto q = part.find("q=", semicolon);
      if (q != std::string_view::npos) {
        std::from_chars(part.data() + q + 2, part.data() + part.size(), weight);
      }
    }
    double* wanted = tag.starts_with("zh") ? &zh : tag.starts_with("en") ? &en : nullptr;
    if (wanted != nullptr && weight > *wanted) *wanted = weight;
  }
  return en > zh && en > 0 ? Lang::en : Lang::zh;
}

}  // namespace anlan::server
