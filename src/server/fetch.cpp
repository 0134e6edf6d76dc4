#include "server/fetch.hpp"

#include <curl/curl.h>

#include <memory>
#include <mutex>

namespace anlan::server {
namespace {

constexpr std::size_t body_bytes_max = 1024 * 1024;
constexpr long connect_seconds = 5;
constexpr long whole_seconds = 10;

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  const std::size_t more = size * count;
  if (body.size() + more > body_bytes_max) return 0;
  body.append(bytes, more);
  return more;
}

struct Cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

Result<Fetched> fetch(const FetchRequest& request, const std::string& ca_file) {
  static std::once_flag begun;
  std::call_once(begun, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const auto failed = [](const char* why) {
    return fail(ErrorKind::unavailable, "oidc.unreachable", why);
  };
  if (!is_safe_address(request.url)) return failed("neither HTTPS nor this machine");
  const std::unique_ptr<CURL, Cleanup> handle(curl_easy_init());
  if (!handle) return failed("libcurl");
  CURL* const curl = handle.get();
  Fetched fetched;
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, whole_seconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &fetched.body);
  if (request.url.starts_with("http://")) curl_easy_setopt(curl, CURLOPT_PROXY, "");
  if (!ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file.c_str());
  if (!request.form.empty()) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.form.c_str());
  if (!request.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request.password.c_str());
  }
  if (const auto code = curl_easy_perform(curl); code != CURLE_OK) {
    return failed(curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  fetched.status = static_cast<int>(status);
  return fetched;
}

}  // namespace

bool is_safe_address(const std::string& url) {
  if (url.starts_with("https://")) return true;
  for (const char* here : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (!url.starts_with(here)) continue;
    const std::string rest = url.substr(std::string(here).size());
    return rest.empty() || rest.front() == ':' || rest.front() == '/';
  }
  return false;
}

Fetch fetch_over_http(const std::string& ca_file) {
  return [ca_file](const FetchRequest& request) { return fetch(request, ca_file); };
}

}  // namespace anlan::server
