// libFuzzer: whatever bytes come as JSON, reading ends, holds its limits, and what was read reads
// back the same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "server/json_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace anlan::server;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = read_json(text);
  if (!json) {
    CHECK(json.error().code.starts_with("json."));
    return 0;
  }
  const auto again = read_json(json_text(*json));
  CHECK(again.has_value());
  CHECK(*again == *json);
  return 0;
}
