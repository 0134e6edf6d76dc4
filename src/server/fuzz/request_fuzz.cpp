// libFuzzer: whatever a request holds, it is answered, by the handler or by a problem document that
// the contract describes. Input: method, target, fields and body, one a line, the body being the
// rest.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "server/api.hpp"

namespace {

using namespace anlan;
using namespace anlan::server;

std::unique_ptr<Api> make_api() {
  auto contract = Contract::built_in();
  CHECK(contract.has_value());
  Handlers handlers;
  for (const auto& operation : contract->operations()) {
    handlers[operation.id] = [](Call& call) -> Result<Answer> {
      // What reaches a handler is as the contract says.
      for (const auto& parameter : call.operation.parameters) {
        std::vector<Violation> found;
        if (call.has(parameter.name)) {
          parameter.schema->check(call.arguments.at(parameter.name), "", found);
        }
        CHECK(found.empty());
        CHECK(call.has(parameter.name) || !parameter.required);
      }
      if (call.operation.body != nullptr && !call.request.body.empty()) {
        std::vector<Violation> found;
        call.operation.body->check(call.body, "", found);
        CHECK(found.empty());
      }
      return Answer{.status = 204};
    };
  }
  ApiOptions options;
  options.words = [](std::string_view code, Lang) { return std::string(code); };
  options.identify = [](const Request&, Instant) -> Result<std::optional<Caller>> {
    return Caller{access::Actor::console("uid:0"), "", ""};
  };
  options.actor_burst = options.login_burst = 1e18;
  auto api = Api::make(std::move(*contract), std::move(handlers), std::move(options));
  CHECK(api.has_value());
  return std::move(*api);
}

std::string_view line_of(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto api = make_api();
  static const auto contract = Contract::built_in();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Request request;
  request.id = "0123456789abcdef";
  request.method = line_of(rest);
  request.target = line_of(rest);
  for (auto line = line_of(rest); !line.empty(); line = line_of(rest)) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) break;
    request.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  request.body = rest;
  const auto response = api->answer(request);
  if (response.status == 204 || response.status == 304) return 0;
  CHECK(response.status >= 400 && response.status < 500);
  const auto json = read_json(response.body);
  CHECK(json.has_value());
  std::vector<Violation> found;
  contract->schema("Problem")->check(*json, "", found);
  CHECK(found.empty());
  CHECK((*json)["status"] == response.status);
  return 0;
}
