#include "server/cookies.hpp"

#include "base/text.hpp"

namespace anlan::server {

std::string cookie_of(const Request& request, std::string_view name) {
  for (const auto part : split(request.field("cookie"), ';')) {
    const auto pair = trim(part);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return std::string(pair.substr(equals + 1));
    }
  }
  return {};
}

Field cookie(const Request& request, std::string_view name, const std::string& value,
             std::int64_t seconds, std::string_view path, std::string_view same_site) {
  std::string text(name);
  text += "=" + value + "; Path=" + std::string(path) +
          "; HttpOnly; SameSite=" + std::string(same_site) + "; Max-Age=" + std::to_string(seconds);
  if (request.secure) text += "; Secure";
  return {"set-cookie", std::move(text)};
}

Field session_cookie(const Request& request, const std::string& token,
                     const access::SessionLimits& limits) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(limits.whole);
  return cookie(request, session_cookie_name, token, token.empty() ? 0 : whole.count(), "/",
                "Strict");
}

}  // namespace anlan::server
