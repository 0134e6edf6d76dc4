// libFuzzer: whatever an expression says, checking and interpreting it end; what is accepted gives
// a value, missing, or an error.

#include <cstddef>
#include <cstdint>
#include <string>

#include "rules/test_rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static anlan::rules::SmallWorld world;
  const std::string text(reinterpret_cast<const char*>(data), size);
  world.value(text);
  return 0;
}
