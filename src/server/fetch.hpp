#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace anlan::server {

/// A request that this program sends to another.
struct FetchRequest {
  std::string url;
  std::string form;  ///< application/x-www-form-urlencoded, sent by POST; "" is a GET
  std::string user;  ///< of HTTP's basic authentication, percent-encoded; "" for none
  std::string password;
};

struct Fetched {
  int status = 0;
  std::string body;
};

/// Errors: unavailable "oidc.unreachable".
using Fetch = std::function<Result<Fetched>(const FetchRequest&)>;

/// By libcurl: HTTPS with the certificate checked, against `ca_file` if one is given; plain HTTP to
/// this very machine only. No redirects, ten seconds, a mebibyte.
Fetch fetch_over_http(const std::string& ca_file);

/// Whether an address is HTTPS, or names this machine.
bool is_safe_address(const std::string& url);

}  // namespace anlan::server
