#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "access/session.hpp"
#include "server/http.hpp"

namespace anlan::server {

/// The value of a request's cookie; "" if it has none.
std::string cookie_of(const Request& request, std::string_view name);

/// As a field of the answer: HttpOnly, and Secure over TLS. `seconds` 0 takes it away.
Field cookie(const Request& request, std::string_view name, const std::string& value,
             std::int64_t seconds, std::string_view path, std::string_view same_site);

/// The cookie that is a session.
inline constexpr std::string_view session_cookie_name = "anlan_session";
Field session_cookie(const Request& request, const std::string& token,
                     const access::SessionLimits& limits);

}  // namespace anlan::server
