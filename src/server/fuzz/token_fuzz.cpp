// What a provider of logins might send as an ID token, and the names of files that people give.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "files/files.hpp"
#include "server/id_token.hpp"

using anlan::server::Json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const Json keys = {{"keys",
                             {{{"kty", "OKP"},
                               {"crv", "Ed25519"},
                               {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}}}};
  // Nobody holds the private key: nothing may pass.
  CHECK(!anlan::server::check_id_token(text, keys, {"https://login.example", "anlan", "n", {}}));
  if (const auto bytes = anlan::server::base64url_decoded(text)) {
    CHECK(anlan::server::base64url(*bytes) == text);
  }
  if (const auto name = anlan::files::name_kept(text)) {
    CHECK(!name->empty() && name->find_first_of("/\\\r\n\"") == std::string::npos);
  }
  return 0;
}
